import { expect, it } from "vitest";
import { parsePhases, withPhaseChanges } from "./phases";

it("starts a phase once and ends it when the last database leaves it", () => {
  const first = withPhaseChanges(
    [],
    [
      { phase: "copy", change: "started", at: "1" },
      { phase: "schema", change: "started", at: "0" },
      { phase: "schema", change: "ended", at: "1" },
      { phase: "copy", change: "ended", at: "2" },
    ],
  );
  expect(first).toEqual([
    { phase: "schema", startedAt: "0", endedAt: "1" },
    { phase: "copy", startedAt: "1", endedAt: "2" },
  ]);
  const second = withPhaseChanges(first, [{ phase: "schema", change: "started", at: "3" }]);
  expect(second[0]).toEqual({ phase: "schema", startedAt: "0", endedAt: null });
  expect(first[0]?.endedAt).toBe("1");
});

it("reads what it wrote and nothing else", () => {
  const phases = withPhaseChanges([], [{ phase: "finish", change: "started", at: "1" }]);
  expect(parsePhases(JSON.parse(JSON.stringify(phases)))).toEqual(phases);
  expect(parsePhases([{ phase: "lunch", startedAt: "1", endedAt: null }])).toEqual([]);
  expect(parsePhases(null)).toEqual([]);
});
