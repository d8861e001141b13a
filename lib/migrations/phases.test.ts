import { expect, it } from "vitest";
import { parsePhases, phaseDurationMs, withPhaseChanges } from "./phases";

const at = (second: number) => new Date(second * 1000).toISOString();

it("counts only the time databases were in a phase, however often it opens again", () => {
  const first = withPhaseChanges(
    [],
    [
      { phase: "copy", change: "started", at: at(1) },
      { phase: "schema", change: "started", at: at(0) },
      { phase: "schema", change: "ended", at: at(1) },
      { phase: "copy", change: "ended", at: at(4) },
    ],
  );
  expect(first).toEqual([
    { phase: "schema", startedAt: at(0), resumedAt: at(0), endedAt: at(1), activeMs: 1_000 },
    { phase: "copy", startedAt: at(1), resumedAt: at(1), endedAt: at(4), activeMs: 3_000 },
  ]);
  const second = withPhaseChanges(first, [{ phase: "schema", change: "started", at: at(10) }]);
  expect(second[0]).toMatchObject({ startedAt: at(0), resumedAt: at(10), endedAt: null, activeMs: 1_000 });
  expect(first[0]?.endedAt).toBe(at(1));
  const third = withPhaseChanges(second, [{ phase: "schema", change: "ended", at: at(12) }]);
  expect(third[0]).toMatchObject({ startedAt: at(0), endedAt: at(12), activeMs: 3_000 });
});

it("lets an open phase grow and a closed one stand still", () => {
  const [open] = withPhaseChanges([], [{ phase: "copy", change: "started", at: at(5) }]);
  expect(open && phaseDurationMs(open, 9_000)).toBe(4_000);
  const [closed] = withPhaseChanges(open ? [open] : [], [{ phase: "copy", change: "ended", at: at(6) }]);
  expect(closed && phaseDurationMs(closed, 9_000)).toBe(1_000);
});

it("stays open until the last of several databases has left", () => {
  const change = (databaseId: string, change: "started" | "ended", second: number) =>
    ({ phase: "copy", change, databaseId, at: at(second) }) as const;
  const both = withPhaseChanges([], [change("a", "started", 0), change("b", "started", 1)]);
  const one = withPhaseChanges(both, [change("a", "ended", 3)]);
  expect(one[0]).toMatchObject({ endedAt: null, resumedAt: at(0) });
  // Its worker died and another one takes it up: it was never outside.
  const again = withPhaseChanges(parsePhases(JSON.parse(JSON.stringify(one))), [change("b", "started", 5)]);
  const none = withPhaseChanges(again, [change("b", "ended", 9)]);
  expect(none[0]).toEqual({
    phase: "copy",
    startedAt: at(0),
    resumedAt: at(0),
    endedAt: at(9),
    activeMs: 9_000,
  });
  const stopped = withPhaseChanges(both, [{ phase: "copy", change: "ended", at: at(4) }]);
  expect(stopped[0]).toMatchObject({ endedAt: at(4), activeMs: 4_000 });
});

it("does not count a repeated end twice", () => {
  const once = withPhaseChanges(
    [],
    [
      { phase: "copy", change: "started", at: at(0) },
      { phase: "copy", change: "ended", at: at(2) },
      { phase: "copy", change: "ended", at: at(3) },
    ],
  );
  expect(once[0]).toMatchObject({ endedAt: at(3), activeMs: 2_000 });
});

it("reads what it wrote and nothing else", () => {
  const phases = withPhaseChanges([], [{ phase: "finish", change: "started", at: at(1) }]);
  expect(parsePhases(JSON.parse(JSON.stringify(phases)))).toEqual(phases);
  expect(parsePhases([{ ...phases[0], phase: "lunch" }])).toEqual([]);
  expect(parsePhases(null)).toEqual([]);
});
