import { expect, test } from "vitest";
import { takeCall } from "./throttle";

const LIMIT = { kind: "read", header: "x-left", most: 3, perSecond: 2 } as const;

test("a bucket empties, tells when to come back, fills up again and no further", () => {
  expect([0, 0, 0].map((now) => takeCall(LIMIT, "ada", now))).toEqual([2, 1, 0]);
  expect(() => takeCall(LIMIT, "ada", 0)).toThrow(
    expect.objectContaining({
      status: 429,
      code: "SubscriptionRequestsThrottled",
      options: { headers: { "retry-after": "1", "x-left": "0" } },
    }),
  );
  expect(takeCall(LIMIT, "bob", 0)).toBe(2);
  expect(takeCall(LIMIT, "ada", 500)).toBe(0);
  expect(() => takeCall(LIMIT, "ada", 999)).toThrow("Please try again after '1' seconds");
  expect(takeCall(LIMIT, "ada", 1_000_000)).toBe(2);
});
