import { expect, test } from "vitest";
import { PositionTracker } from "./position-tracker";

test("a keepalive moves the position only when nothing is pending", () => {
  const tracker = new PositionTracker(10n);
  tracker.quiet(20n);
  expect(tracker.confirmable).toBe(20n);
  tracker.handOut(30n);
  tracker.handOut(40n);
  tracker.quiet(50n);
  expect(tracker.confirmable).toBe(20n);
  expect(tracker.isDrained).toBe(false);
  tracker.flush(30n);
  expect(tracker.confirmable).toBe(30n);
  tracker.flush(40n);
  expect(tracker.isDrained).toBe(true);
  expect(tracker.confirmable).toBe(50n);
});

test("a keepalive in a backlog counts only for what came before it", () => {
  const tracker = new PositionTracker();
  tracker.handOut(10n);
  tracker.quiet(15n);
  tracker.handOut(20n);
  tracker.flush(10n);
  expect(tracker.confirmable).toBe(15n);
  expect(tracker.isDrained).toBe(false);
});

test("the position never moves back", () => {
  const tracker = new PositionTracker(100n);
  tracker.handOut(50n);
  tracker.flush(50n);
  tracker.quiet(60n);
  expect(tracker.confirmable).toBe(100n);
});
