import { expect, test } from "vitest";
import { outlineOf, typeOf } from "./schema-outline";

const REF = { $ref: "#/components/schemas/Migration" };

test.each([
  [{ type: "string" }, "text"],
  [{ type: "string", format: "date-time" }, "date-time"],
  [{ type: "string", minLength: 1, maxLength: 63 }, "text, not empty, at most 63 characters"],
  [{ type: "integer", minimum: 1, maximum: 64, default: 4 }, "integer, from 1, up to 64, default 4"],
  [{ type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 }, "integer"],
  [{ type: "string", enum: ["True", "False"] }, "True | False"],
  [{ const: "Ready" }, '"Ready"'],
  [{ type: "array", items: { type: "string" }, maxItems: 50 }, "list of text, at most 50"],
  [{ type: "array", items: REF }, "list of Migration"],
  [{ anyOf: [{ type: "number" }, { type: "null" }] }, "number, or null"],
  [{ anyOf: [{ type: "number" }, { type: "string" }] }, "number or text"],
  [{ type: "object", additionalProperties: { type: "string" } }, "object of text"],
  [{}, "anything"],
])("%j is %s", (schema, words) => {
  expect(typeOf(schema)).toBe(words);
});

test("an outline goes into objects and lists, and stops at names", () => {
  const schema = {
    type: "object",
    required: ["list"],
    properties: {
      list: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
      inner: { anyOf: [{ type: "object", properties: { jobs: { type: "integer" } } }, { type: "null" }] },
      migrations: { type: "array", items: REF },
    },
  };
  expect(outlineOf(schema)).toEqual([
    { path: "list", required: true, type: "list of object", reference: null },
    { path: "list[].name", required: false, type: "text", reference: null },
    { path: "inner", required: false, type: "object, or null", reference: null },
    { path: "inner.jobs", required: false, type: "integer", reference: null },
    { path: "migrations", required: false, type: "list of Migration", reference: "Migration" },
  ]);
});
