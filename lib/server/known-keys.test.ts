import { describe, expect, test } from "vitest";
import { z } from "zod";
import { withKnownKeys } from "./known-keys";
import { nearestWord } from "./nearest-word";
import { demandStorable } from "./storable-text";

const schema = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
  list: z.array(z.object({ itemName: z.string() })).default([]),
  inner: z.object({ Deep: z.object({ value: z.number() }).nullable() }).optional(),
  open: z.looseObject({ known: z.string() }).optional(),
});

describe("withKnownKeys", () => {
  test("takes keys in any case, and leaves values and keys of records alone", () => {
    const sent = { NAME: "A", Tags: { NAME: "B" }, list: [{ ITEMNAME: "C" }], Inner: { deep: { VALUE: 1 } } };
    expect(withKnownKeys(schema, sent)).toEqual({
      name: "A",
      tags: { NAME: "B" },
      list: [{ itemName: "C" }],
      inner: { Deep: { value: 1 } },
    });
    expect(withKnownKeys(schema, { open: { KNOWN: "a", more: 1 } })).toEqual({
      open: { known: "a", more: 1 },
    });
  });

  test("names every unknown key with its place, and leaves out what only answers set", () => {
    const sent = { nam: 1, id: 2, list: [{}, { x: 1 }], inner: { Deep: { valu: 1 } } };
    expect(() => withKnownKeys(schema, sent, ["id"])).toThrow(
      expect.objectContaining({
        status: 400,
        options: expect.objectContaining({
          target: "nam",
          details: [
            expect.objectContaining({ target: "nam", message: expect.stringContaining("'name'") }),
            expect.objectContaining({ target: "list[1].x" }),
            expect.objectContaining({ target: "inner.Deep.valu" }),
          ],
        }),
      }),
    );
    expect(withKnownKeys(schema, { ID: 2, name: "a" }, ["id"])).toEqual({ name: "a" });
    expect(() => withKnownKeys(schema, { name: "a", Name: "b" })).toThrow("twice");
  });

  test("what is no object is left to the schema, and odd names are names", () => {
    for (const json of [null, "text", 7, [1], { list: "x" }, { inner: null }]) {
      expect(withKnownKeys(schema, json)).toEqual(json);
    }
    for (const key of ["__proto__", "constructor", "toString"]) {
      expect(() => withKnownKeys(schema, JSON.parse(`{"${key}": 1}`))).toThrow(key);
    }
  });
});

test("a misspelled word is recognized, another one is not", () => {
  const words = ["dbsToMigrate", "jobs", "sslMode"];
  expect(nearestWord("dbsToMigrat", words)).toBe("dbsToMigrate");
  expect(nearestWord("databasesToMigrate", words)).toBeNull();
  expect(nearestWord("job", words)).toBe("jobs");
  expect(nearestWord("x".repeat(100), words)).toBeNull();
});

test("texts that PostgreSQL cannot hold are named by their place", () => {
  expect(() => demandStorable({ a: [{ b: "fine\u{1f600}" }], c: null, d: 1 })).not.toThrow();
  expect(() => demandStorable({ a: [{ b: "a\0" }] })).toThrow("'a[0].b'");
  expect(() => demandStorable({ tags: { x: "\ud800" } })).toThrow("'tags.x'");
  expect(() => demandStorable({ tags: { "\ud800": "x" } })).toThrow("'tags'");
});
