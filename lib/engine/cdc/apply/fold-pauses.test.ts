import { expect, test } from "vitest";
import { ALL_TABLES, FoldPauses } from "./fold-pauses";

/** Batches out of `count` in which a table that fails whenever it is tried is tried. */
function triesOf(pauses: FoldPauses, table: string, count: number): number[] {
  const tries: number[] = [];
  for (let at = 0; at < count; at++) {
    const batch = pauses.nextBatch();
    if (!batch.isPaused(table)) {
      tries.push(at);
      batch.failed(table);
      expect(batch.isPaused(table)).toBe(true);
    }
    batch.succeeded();
  }
  return tries;
}

test("a table that fails again and again is tried more and more rarely, at most 32 batches apart", () => {
  expect(triesOf(new FoldPauses(), "a", 140)).toEqual([0, 2, 5, 10, 19, 36, 69, 102, 135]);
});

test("a pause does not touch other tables, and is no pause of all", () => {
  const pauses = new FoldPauses();
  pauses.nextBatch().failed("a");
  const batch = pauses.nextBatch();
  expect([batch.isPaused("a"), batch.isPaused("b"), batch.isPaused(ALL_TABLES)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("asked twice in a batch, a pause counts once", () => {
  const pauses = new FoldPauses();
  triesOf(pauses, "a", 4);
  const batch = pauses.nextBatch();
  expect([batch.isPaused("a"), batch.isPaused("a")]).toEqual([true, true]);
  expect(pauses.nextBatch().isPaused("a")).toBe(false);
});

test("after a success the next failure pauses for one batch again", () => {
  const pauses = new FoldPauses();
  triesOf(pauses, "a", 5);
  const batch = pauses.nextBatch();
  expect(batch.isPaused("a")).toBe(false);
  batch.succeeded();
  expect(triesOf(pauses, "a", 4)).toEqual([0, 2]);
});
