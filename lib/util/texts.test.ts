import { expect, test } from "vitest";
import { ownText, sharedText } from "./texts";

test.each([
  "",
  "a",
  "public.orders",
  "grüße 🐘",
  "\ud800 alone \udc00",
  "null \0 character",
  "12",
  "__proto__",
  "constructor",
  "x".repeat(100_000),
  "🐘".repeat(20_000),
])("gives back %j as it is", (text) => {
  expect(ownText(text)).toBe(text);
  expect(ownText(`${text}, cut`.slice(0, text.length))).toBe(text);
  expect(sharedText(text)).toBe(text);
  expect(sharedText([...text].join(""))).toBe(text);
});
