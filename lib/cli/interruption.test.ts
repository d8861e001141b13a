import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { watchSignals } from "./interruption";

test("the first signal asks, a later one forces; one press that arrives twice only asks", () => {
  let time = 1000;
  const source = new EventEmitter();
  using interruption = watchSignals(source, () => time);
  source.emit("SIGINT");
  expect(interruption.asked.aborted).toBe(true);
  time += 50;
  source.emit("SIGINT");
  expect(interruption.forced.aborted).toBe(false);
  time += 1000;
  source.emit("SIGTERM");
  expect(interruption.forced.aborted).toBe(true);
});

test("the death of the process that started this one counts as the first signal", () => {
  const source = new EventEmitter();
  using interruption = watchSignals(source);
  source.emit("disconnect");
  expect(interruption.asked.aborted).toBe(true);
});

test("no listener stays behind", () => {
  const source = new EventEmitter();
  {
    using _interruption = watchSignals(source);
    expect(source.listenerCount("SIGINT")).toBe(1);
  }
  expect(source.eventNames()).toEqual([]);
});
