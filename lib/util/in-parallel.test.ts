import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { inParallel } from "./in-parallel";

it("keeps the order of the items and never exceeds the limit", async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 1, 3, 2, 4], 2, async (ms) => {
    most = Math.max(most, ++running);
    await sleep(ms);
    running--;
    return ms * 10;
  });
  expect(results).toEqual([50, 10, 30, 20, 40]);
  expect(most).toBe(2);
});

it("throws the first error after those under way have ended, and starts no more", async () => {
  const started: number[] = [];
  let ended = 0;
  const attempt = inParallel([0, 1, 2, 3], 2, async (item) => {
    started.push(item);
    await sleep(item === 0 ? 1 : 20);
    ended++;
    if (item === 0) throw new Error("first");
  });
  await expect(attempt).rejects.toThrow("first");
  expect(ended).toBe(2);
  expect(started).toEqual([0, 1]);
});

it("does nothing for no items", async () => {
  expect(await inParallel([], 4, async () => 1)).toEqual([]);
});
