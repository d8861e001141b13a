import { describe, expect, it } from "vitest";
import { BODY_LIMIT_BYTES, offsetOfJsonError, readJsonBody } from "./read-body";

const request = (body: BodyInit, type = "application/json") =>
  new Request("http://localhost/", { method: "POST", body, headers: { "content-type": type } });

describe("offsetOfJsonError", () => {
  it.each([
    ['{"a":1,}', 7],
    ['{"x": abc}', 6],
    ['{"password":"secret" x}', 21],
    ["abc", 0],
    ['{"a":[1,2,tru3]}', 13],
    ['{"a":"b\nc"}', 7],
    ['{"a":', 5],
    ['{"a":1}x', 7],
    [`{"long":"${"y".repeat(5000)}", "a": undefined}`, 5017],
  ])("%j breaks off at %i", (text, offset) => {
    let thrown: unknown;
    try {
      JSON.parse(text);
    } catch (error) {
      thrown = error;
    }
    expect(offsetOfJsonError(text, thrown)).toBe(offset);
  });
});

describe("readJsonBody", () => {
  it("reads JSON of any JSON type", async () => {
    expect(await readJsonBody(request('{"a":1}', "application/json; charset=utf-8"))).toEqual({ a: 1 });
    expect(await readJsonBody(request("[]", "application/merge-patch+json"))).toEqual([]);
  });

  it("takes exactly 1 MB and no byte more", async () => {
    const body = (bytes: number) => request(`"${"x".repeat(bytes - 2)}"`);
    expect(await readJsonBody(body(BODY_LIMIT_BYTES))).toHaveLength(BODY_LIMIT_BYTES - 2);
    await expect(readJsonBody(body(BODY_LIMIT_BYTES + 1))).rejects.toMatchObject({ status: 413 });
  });

  it("gives up on a body without end", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const init: RequestInit & { duplex: "half" } = {
      method: "POST",
      body: endless,
      duplex: "half",
      headers: { "content-type": "application/json" },
    };
    await expect(readJsonBody(new Request("http://localhost/", init))).rejects.toMatchObject({
      status: 413,
      options: { headers: { connection: "close" } },
    });
    expect(sent).toBeLessThan(20 * BODY_LIMIT_BYTES);
  });

  it("refuses forms, which browsers send across origins unasked, and bytes that are not UTF-8", async () => {
    await expect(readJsonBody(request("{}", "text/plain"))).rejects.toMatchObject({ status: 415 });
    await expect(readJsonBody(request(new Uint8Array([0x22, 0xff, 0x22])))).rejects.toMatchObject({
      status: 400,
    });
  });
});
