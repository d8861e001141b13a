import { expect, it } from "vitest";
import { SHORTCUTS, shortcutFor } from "./shortcuts";

it("does what the sheet lists", () => {
  for (const { keys, action } of SHORTCUTS) {
    const [first, second] = keys;
    if (second) {
      expect(shortcutFor(null, first)).toBe("wait");
      expect(shortcutFor(first, second)).toBe(action);
    } else {
      expect(shortcutFor(null, first)).toBe(action);
    }
  }
});

it("does nothing for the second key of a sequence on its own", () => {
  expect(shortcutFor(null, "m")).toBeNull();
});

it("lets a single key work after an unfinished sequence", () => {
  expect(shortcutFor("g", "c")).toBe("create");
});

it("ignores other keys", () => {
  expect(shortcutFor(null, "x")).toBeNull();
  expect(shortcutFor("g", "x")).toBeNull();
});
