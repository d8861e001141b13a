import { expect, test } from "vitest";
import { displayName, ident, literal, qualified } from "./sql";

test("an identifier cannot end its own quotes", () => {
  expect(ident(`a"b; drop`)).toBe(`"a""b; drop"`);
  expect(qualified("Sales.EU", "select")).toBe(`"Sales.EU"."select"`);
});

test("an empty name and a null character are refused", () => {
  expect(() => ident("")).toThrow(RangeError);
  expect(() => ident("a\0b")).toThrow(RangeError);
  expect(() => literal("a\0b")).toThrow(RangeError);
});

test("a literal is right with and without standard_conforming_strings", () => {
  expect(literal("it's")).toBe("'it''s'");
  expect(literal(`back\\slash '`)).toBe(` E'back\\\\slash '''`);
});

test("names are shown quoted only where PostgreSQL would", () => {
  expect(displayName("public", "orders")).toBe("public.orders");
  expect(displayName("public", "Order Lines")).toBe(`public."Order Lines"`);
});
