import { describe, expect, it } from "vitest";
import { type Announced, type AnnouncerMemory, announce, PROGRESS_PAUSE_MS } from "./announcer";

/** Spoken sentences over a series of [second, percent, status]. */
function speak(series: [number, number | null, string][]): string[] {
  let memory: AnnouncerMemory | null = null;
  const spoken: string[] = [];
  for (const [second, percent, status] of series) {
    const value: Announced = { name: "crm", status, percent };
    const result = announce(memory, value, second * 1000);
    memory = result.memory;
    if (result.message) spoken.push(result.message);
  }
  return spoken;
}

describe("announce", () => {
  it("never speaks the first value", () => {
    expect(speak([[0, 60, "Migrating data"]])).toEqual([]);
    expect(
      speak([
        [0, 60, "Migrating data"],
        [2, 61, "Migrating data"],
      ]),
    ).toEqual([]);
  });

  it("speaks a change of status at once", () => {
    expect(
      speak([
        [0, null, "Validation in progress"],
        [2, null, "Migrating data"],
        [4, null, "Succeeded"],
      ]),
    ).toEqual(["crm: Migrating data.", "crm: Succeeded."]);
  });

  it("speaks each milestone once", () => {
    expect(
      speak([
        [0, 10, "m"],
        [40, 26, "m"],
        [80, 27, "m"],
        [120, 51, "m"],
        [160, 80, "m"],
      ]),
    ).toEqual(["crm: 26 percent.", "crm: 51 percent.", "crm: 80 percent."]);
  });

  it("holds progress back for 30 s and then speaks where it stands", () => {
    expect(PROGRESS_PAUSE_MS).toBe(30_000);
    expect(
      speak([
        [0, 10, "m"],
        [2, 25, "m"],
        [4, 50, "m"],
        [20, 75, "m"],
        [34, 90, "m"],
        [36, 91, "m"],
      ]),
    ).toEqual(["crm: 25 percent.", "crm: 90 percent."]);
  });

  it("does not repeat a milestone when the estimate falls back", () => {
    expect(
      speak([
        [0, 10, "m"],
        [40, 51, "m"],
        [80, 48, "m"],
        [120, 52, "m"],
      ]),
    ).toEqual(["crm: 51 percent."]);
  });
});
