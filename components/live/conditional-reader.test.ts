import { describe, expect, it } from "vitest";
import { conditionalReader } from "./conditional-reader";
import { RequestFailed } from "./request-failed";

/** A fetch that answers in turn and records the ETags it was sent. */
function answering(...answers: (() => Response)[]) {
  const sent: (string | null)[] = [];
  const fetcher: typeof fetch = async (_url, init) => {
    sent.push(new Headers(init?.headers).get("if-none-match"));
    const answer = answers.shift();
    if (!answer) throw new TypeError("fetch failed");
    return answer();
  };
  return { sent, fetcher };
}

const signal = new AbortController().signal;
const json = (body: unknown, etag: string) => () => Response.json(body, { headers: { etag } });
const unchanged = () => new Response(null, { status: 304 });

describe("conditionalReader", () => {
  it("sends the last ETag and hands out the last body when nothing changed", async () => {
    const { sent, fetcher } = answering(json({ n: 1 }, '"1"'), unchanged, json({ n: 2 }, '"2"'), unchanged);
    const read = conditionalReader<{ n: number }>("/api/x", fetcher);
    const first = await read(signal);
    expect(await read(signal)).toBe(first);
    expect(await read(signal)).toEqual({ n: 2 });
    expect(await read(signal)).toEqual({ n: 2 });
    expect(sent).toEqual([null, '"1"', '"1"', '"2"']);
  });

  it("keeps the ETag over a failure", async () => {
    const { sent, fetcher } = answering(
      json({ n: 1 }, '"1"'),
      () => new Response("gateway", { status: 502, statusText: "Bad Gateway" }),
      unchanged,
    );
    const read = conditionalReader<{ n: number }>("/api/x", fetcher);
    await read(signal);
    await expect(read(signal)).rejects.toMatchObject({
      status: 502,
      message: "The server answered 502 Bad Gateway",
    });
    expect(await read(signal)).toEqual({ n: 1 });
    expect(sent[2]).toBe('"1"');
  });

  it("tells ARM's errors in their own words", async () => {
    const body = { error: { code: "ResourceNotFound", message: "There is no such migration." } };
    const { fetcher } = answering(() => Response.json(body, { status: 404 }));
    const failure = conditionalReader("/api/x", fetcher)(signal);
    await expect(failure).rejects.toBeInstanceOf(RequestFailed);
    await expect(failure).rejects.toMatchObject({
      status: 404,
      code: "ResourceNotFound",
      message: body.error.message,
    });
  });

  it("calls silence by its name", async () => {
    const { fetcher } = answering();
    await expect(conditionalReader("/api/x", fetcher)(signal)).rejects.toMatchObject({
      status: 0,
      code: "NO_ANSWER",
    });
  });
});
