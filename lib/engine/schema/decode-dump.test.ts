import { expect, test } from "vitest";
import { decodeDump } from "./decode-dump";

test("a character that is cut between two pieces comes out whole, and a leading byte order mark stays", () => {
  const text = "\uFEFFcomment on table grüße is '🐘';\n";
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(decodeDump([bytes.slice(0, cut), bytes.slice(cut)])).toBe(text);
  expect(decodeDump([])).toBe("");
});

test("bytes that are not UTF-8 are refused, at the end of the dump too", () => {
  const ok = new TextEncoder().encode("select 1;");
  for (const wrong of [Uint8Array.of(0xff), Uint8Array.of(0xc3)])
    expect(() => decodeDump([ok, wrong])).toThrow(expect.objectContaining({ code: "SCHEMA_DUMP_FAILED" }));
});
