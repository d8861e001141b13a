import { describe, expect, it } from "vitest";
import {
  exactPattern,
  matchesObject,
  PatternError,
  parseObjectPattern,
  parseSchemaPattern,
} from "./object-pattern";

function matches(pattern: string, schema: string, name: string): boolean {
  return matchesObject(parseObjectPattern(pattern), schema, name);
}

describe("object patterns", () => {
  it("takes * and ? as wildcards outside of quotes only", () => {
    expect(matches("*.log_?", "audit", "log_1")).toBe(true);
    expect(matches("*.log_?", "audit", "log_12")).toBe(false);
    expect(matches('"*"."a?"', "audit", "ab")).toBe(false);
    expect(matches('"*"."a?"', "*", "a?")).toBe(true);
  });

  it("means every schema when it names none", () => {
    expect(matches("orders", "public", "orders")).toBe(true);
    expect(matches("orders", "Other", "orders")).toBe(true);
    expect(matches("orders", "public", "Orders")).toBe(false);
  });

  it.each([
    "plain",
    "Mixed Case",
    'with"quote',
    "dot.in",
    "new\nline",
    "ünï-[x]{1}(y)|z/^$\\",
    "emoji 🐘",
    "a*b?c",
  ])("names exactly %j by its exact pattern", (name) => {
    const pattern = exactPattern(name, name);
    expect(matches(pattern, name, name)).toBe(true);
    expect(matches(pattern, name, `${name}x`)).toBe(false);
    expect(matches(pattern, "x", name)).toBe(false);
    expect(parseObjectPattern(pattern).exact).toEqual({ schema: name, name });
  });

  it.each(["", ".", "a.", ".b", "a.b.c", '"open'])("refuses %j", (text) => {
    expect(() => parseObjectPattern(text)).toThrow(PatternError);
  });

  it("has no exact names with a wildcard", () => {
    expect(parseObjectPattern("a.b*").exact).toBeNull();
    expect(parseObjectPattern("?.b").exact).toBeNull();
    expect(parseObjectPattern('"?"').exact).toEqual({ schema: null, name: "?" });
  });

  it("refuses a table where a schema is to be named", () => {
    expect(() => parseSchemaPattern("a.b")).toThrow(PatternError);
    expect(matchesObject(parseSchemaPattern("app_*"), "", "app_1")).toBe(true);
  });
});
