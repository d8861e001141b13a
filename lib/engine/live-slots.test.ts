import { expect, test } from "vitest";
import { LiveSlots } from "./live-slots";

test("of those that wait the heaviest comes first, of the same weight who came first", async () => {
  const slots = new LiveSlots(() => 1, new AbortController().signal);
  await slots.enter();
  const order: string[] = [];
  const all = [
    ["light", 0],
    ["heavy", 7],
    ["middle", 3],
    ["second of the heavy ones", 7],
  ].map(async ([name, weight]) => {
    await slots.enter(undefined, Number(weight));
    order.push(String(name));
    slots.leave();
  });
  slots.leave();
  await Promise.all(all);
  expect(order).toEqual(["heavy", "second of the heavy ones", "middle", "light"]);
});

test("a raised limit lets in who waits as soon as somebody looks", async () => {
  let limit = 1;
  const slots = new LiveSlots(() => limit, new AbortController().signal);
  await slots.enter();
  let isIn = false;
  const entering = slots.enter().then(() => {
    isIn = true;
  });
  slots.look();
  await Promise.resolve();
  expect(isIn).toBe(false);
  limit = 2;
  slots.look();
  await entering;
  expect(slots.taken).toBe(2);
});
