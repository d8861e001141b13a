import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { decodeDump } from "./decode-dump";

async function decoded(...pieces: Uint8Array[]): Promise<string> {
  return (await Array.fromAsync(decodeDump(Readable.from(pieces)))).join("");
}

test("a character that is cut between two pieces comes out whole, and a leading byte order mark stays", async () => {
  const text = "\uFEFFcomment on table grüße is '🐘';\n";
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(await decoded(bytes.slice(0, cut), bytes.slice(cut))).toBe(text);
  expect(await decoded()).toBe("");
});

test("bytes that are not UTF-8 are refused, at the end of the dump too", async () => {
  const ok = new TextEncoder().encode("select 1;");
  for (const wrong of [Uint8Array.of(0xff), Uint8Array.of(0xc3)])
    await expect(decoded(ok, wrong)).rejects.toMatchObject({ code: "SCHEMA_DUMP_FAILED" });
});
