import { describe, expect, it } from "vitest";
import type { PhaseTimes } from "@/lib/migrations/read-model";
import type { MigrationPhase } from "@/lib/migrations/vocabulary";
import { phasesOf, resolvePhases } from "./phase-steps";

const T0 = Date.parse("2026-11-21T14:00:00Z");
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();

function phase(name: MigrationPhase, start: number, end: number | null): PhaseTimes {
  return {
    phase: name,
    startedAt: at(start),
    resumedAt: at(start),
    endedAt: end === null ? null : at(end),
    activeMs: end === null ? 0 : (end - start) * 1_000,
  };
}

const statuses = (migration: Parameters<typeof resolvePhases>[0]): Record<string, string> =>
  Object.fromEntries(resolvePhases(migration, T0 + 100_000).map((step) => [step.phase, step.status]));

const begun = [phase("prerequisites", 0, 2), phase("validation", 2, 10), phase("schema", 10, 14)];

describe("phasesOf", () => {
  it("follows the option", () => {
    expect(phasesOf("Validate")).toEqual(["prerequisites", "validation"]);
    expect(phasesOf("Migrate")).toEqual(["prerequisites", "schema", "copy", "indexes", "finish"]);
    expect(phasesOf("ValidateAndMigrate")).toHaveLength(6);
  });
});

describe("resolvePhases", () => {
  it("shows the open phase as current, with the time so far", () => {
    const steps = resolvePhases(
      {
        state: "InProgress",
        option: "ValidateAndMigrate",
        tablesErrored: 0,
        phases: [...begun, phase("copy", 14, null)],
      },
      T0 + 100_000,
    );
    expect(steps.map((step) => step.status)).toEqual([
      "done",
      "done",
      "done",
      "current",
      "pending",
      "pending",
    ]);
    expect(steps.map((step) => step.durationMs)).toEqual([2_000, 8_000, 4_000, 86_000, null, null]);
  });

  it("keeps two open phases current: databases do not move in step", () => {
    const phases = [...begun, phase("copy", 14, null), phase("indexes", 40, null)];
    const result = statuses({ state: "InProgress", option: "ValidateAndMigrate", tablesErrored: 0, phases });
    expect(result).toMatchObject({ copy: "current", indexes: "current", finish: "pending" });
  });

  it("marks the last phase when a person is waited for", () => {
    const phases = [phase("prerequisites", 0, null)];
    const result = statuses({ state: "WaitingForUserAction", option: "Migrate", tablesErrored: 0, phases });
    expect(result["prerequisites"]).toBe("waiting");
  });

  it("blames the copy when tables failed although later phases ran", () => {
    const phases = [...begun, phase("copy", 14, 50), phase("indexes", 30, 60), phase("finish", 60, 61)];
    const result = statuses({ state: "Failed", option: "ValidateAndMigrate", tablesErrored: 1, phases });
    expect(result).toMatchObject({ copy: "failed", indexes: "done", finish: "done" });
  });

  it("blames the last phase begun otherwise", () => {
    const failed = { state: "Failed", option: "ValidateAndMigrate", tablesErrored: 0 } as const;
    expect(statuses({ ...failed, phases: begun })).toMatchObject({ schema: "failed", copy: "pending" });
    expect(statuses({ ...failed, phases: [phase("prerequisites", 0, null)] })).toMatchObject({
      prerequisites: "failed",
      validation: "pending",
    });
  });

  it("blames validation when it failed", () => {
    const phases = begun.slice(0, 2);
    const result = statuses({ state: "ValidationFailed", option: "Validate", tablesErrored: 0, phases });
    expect(result).toEqual({ prerequisites: "done", validation: "failed" });
  });

  it("stops where it was canceled", () => {
    const phases = [...begun, phase("copy", 14, 50)];
    const result = statuses({ state: "Canceled", option: "ValidateAndMigrate", tablesErrored: 0, phases });
    expect(result).toMatchObject({ schema: "done", copy: "stopped", indexes: "pending" });
  });

  it("shows everything done after success", () => {
    const phases = [phase("prerequisites", 0, 1), phase("validation", 1, 2)];
    const result = statuses({ state: "Succeeded", option: "Validate", tablesErrored: 0, phases });
    expect(result).toEqual({ prerequisites: "done", validation: "done" });
  });
});
