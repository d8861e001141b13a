import { expect, it } from "vitest";
import { countUse } from "./rate-limit";

it("refuses one too many, says when to come back, and forgets", () => {
  const limit = { name: "test", most: 2, withinMs: 10_000 };
  countUse(limit, "ada", 0);
  countUse(limit, "ada", 4_000);
  expect(() => countUse(limit, "ada", 5_000)).toThrow(
    expect.objectContaining({ status: 429, options: { headers: { "retry-after": "5" } } }),
  );
  expect(() => countUse(limit, "bob", 5_000)).not.toThrow();
  expect(() => countUse({ ...limit, name: "other" }, "ada", 5_000)).not.toThrow();
  expect(() => countUse(limit, "ada", 10_001)).not.toThrow();
  expect(() => countUse(limit, "ada", 10_002)).toThrow(/Try again in 4 seconds/);
});
