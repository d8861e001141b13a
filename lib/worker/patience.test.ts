import { expect, it } from "vitest";
import { Patience } from "./patience";

function clock() {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  return { now: () => now, pass };
}

it("pauses grow to 5 s and end with the limit", () => {
  const { now, pass } = clock();
  const patience = new Patience(20_000, now);
  const pauses: (number | null)[] = [];
  for (let n = 0; n < 8; n++) {
    const pause = patience.failed();
    pauses.push(pause);
    pass(pause ?? 0);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000, null, null]);
});

it("data that moves begins the time anew, but not for ever", () => {
  const { now, pass } = clock();
  const patience = new Patience(20_000, now);
  for (let n = 0; n < 10; n++) {
    patience.alive();
    pass(3_600_000);
    expect(patience.failed()).toBe(1_000);
  }
  patience.alive();
  expect(patience.failed()).toBeNull();
});

it("tells how long it has been going wrong", () => {
  const { now, pass } = clock();
  const patience = new Patience(20_000, now);
  pass(5_000);
  expect(patience.ms).toBe(0);
  patience.failed();
  pass(3_000);
  patience.failed();
  expect(patience.ms).toBe(3_000);
  patience.progress();
  expect(patience.ms).toBe(0);
});

it("what gets finished forgives everything", () => {
  const { now, pass } = clock();
  const patience = new Patience(20_000, now);
  for (let n = 0; n < 50; n++) {
    patience.alive();
    patience.progress();
    pass(19_000);
    expect(patience.failed()).toBe(1_000);
  }
});
