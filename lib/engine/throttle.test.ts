import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { LiveSlots } from "./live-slots";
import { Throttle, type ThrottleLimits, UNTHROTTLED } from "./throttle";

const { signal } = new AbortController();

/** Sends chunks through a throttle until `stop`, and counts them. */
async function pump(throttle: Throttle, chunk: number, stop: AbortSignal): Promise<number> {
  let sent = 0;
  try {
    for (;;) {
      await throttle.pass(chunk, stop);
      sent += chunk;
    }
  } catch {
    return sent;
  }
}

test("several streams together keep to the rate, a chunk larger than it gets through too", async () => {
  using throttle = new Throttle(() => ({ bytesPerSecond: 1_000_000, connections: null }));
  const stop = AbortSignal.timeout(1_000);
  const sent = await Promise.all([pump(throttle, 10_000, stop), pump(throttle, 400_000, stop)]);
  const total = sent[0] + sent[1];
  // One second and what may be overdrawn by a chunk of each; a slow machine sends less.
  expect(total).toBeLessThanOrEqual(1_000_000 + 250_000 + 410_000);
  expect(total).toBeGreaterThan(200_000);
});

test("a lifted limit lets those who wait go on at once", async () => {
  let limits: ThrottleLimits = { bytesPerSecond: 1, connections: null };
  using throttle = new Throttle(() => limits);
  const waiting = throttle.pass(1_000_000, signal);
  expect(throttle.isHolding).toBe(true);
  limits = UNTHROTTLED;
  await waiting;
  expect(throttle.isHolding).toBe(false);
});

test("an abort ends the wait, disposing too", async () => {
  const throttle = new Throttle(() => ({ bytesPerSecond: 1, connections: null }));
  const abort = new AbortController();
  const aborted = throttle.pass(1_000_000, abort.signal);
  abort.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  const disposed = throttle.pass(1_000_000, signal);
  throttle[Symbol.dispose]();
  await disposed;
});

test("slots follow a limit that is lowered and raised", async () => {
  let capacity = 2;
  const abort = new AbortController();
  const slots = new LiveSlots(() => capacity, abort.signal);
  await slots.enter();
  await slots.enter();
  let third = false;
  const entering = slots.enter().then(() => {
    third = true;
  });
  await sleep(20);
  expect(third).toBe(false);
  capacity = 1;
  expect(slots.isOverfull).toBe(true);
  slots.leave();
  await sleep(20);
  expect([third, slots.isOverfull]).toEqual([false, false]);
  capacity = 2;
  await entering;
  expect(third).toBe(true);
  const aborted = slots.enter();
  abort.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
});
