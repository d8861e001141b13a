import { expect, it } from "vitest";
import { ruleHeading } from "./rule-page";

it("a rule's heading begins with a capital letter, unless it begins with the name of a setting", () => {
  expect(ruleHeading({ title: "the target takes writes" })).toBe("The target takes writes");
  expect(ruleHeading({ title: "wal_level is logical" })).toBe("wal_level is logical");
});
