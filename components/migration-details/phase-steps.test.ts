import { describe, expect, it } from "vitest";
import type { DatabaseProgress, PhaseTimes } from "@/lib/migrations/read-model";
import {
  databaseProgressFixture,
  followedDatabaseFixture,
  onlineDetailsFixture,
  onlineMigrationFixture,
} from "@/lib/migrations/testing/read-models";
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

/** A migration of this state with no databases of note. */
function base(state: "Failed" | "Canceled" | "InProgress") {
  const databaseProgress: DatabaseProgress[] = [];
  return { state, option: "ValidateAndMigrate", tablesErrored: 0, databaseProgress } as const;
}

function database(state: DatabaseProgress["state"], phase: DatabaseProgress["phase"]): DatabaseProgress {
  return databaseProgressFixture({ name: `${state}-${phase}`, state, phase });
}

const begun = [phase("prerequisites", 0, 2), phase("validation", 2, 10), phase("schema", 10, 14)];

describe("phasesOf", () => {
  it("follows the option", () => {
    expect(phasesOf("Validate")).toEqual(["prerequisites", "validation"]);
    expect(phasesOf("Migrate")).toEqual(["prerequisites", "schema", "copy", "indexes", "finish"]);
    expect(phasesOf("ValidateAndMigrate")).toHaveLength(6);
    expect(phasesOf("Migrate", true, "Online").slice(-4)).toEqual([
      "finish",
      "catch-up",
      "cutover",
      "verify",
    ]);
    expect(phasesOf("Validate", false, "Online")).toEqual(["prerequisites", "validation"]);
  });
});

describe("resolvePhases", () => {
  it("does not call the phase done that a pause broke off", () => {
    const phases = [...begun, phase("copy", 14, 30)];
    expect(statuses({ ...base("InProgress"), phases })["copy"]).toBe("done");
    expect(statuses({ ...base("InProgress"), phases, pausedAt: at(30) })).toMatchObject({
      schema: "done",
      copy: "partial",
      indexes: "pending",
    });
  });

  it("shows the open phase as current, with the time so far", () => {
    const steps = resolvePhases(
      {
        state: "InProgress",
        option: "ValidateAndMigrate",
        tablesErrored: 0,
        databaseProgress: [],
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
    const result = statuses({
      state: "InProgress",
      option: "ValidateAndMigrate",
      tablesErrored: 0,
      databaseProgress: [],
      phases,
    });
    expect(result).toMatchObject({ copy: "current", indexes: "current", finish: "pending" });
  });

  it("marks the last phase when a person is waited for", () => {
    const phases = [phase("prerequisites", 0, null)];
    const result = statuses({
      state: "WaitingForUserAction",
      option: "Migrate",
      tablesErrored: 0,
      databaseProgress: [],
      phases,
    });
    expect(result["prerequisites"]).toBe("waiting");
  });

  it("blames the copy when tables failed although later phases ran", () => {
    const phases = [...begun, phase("copy", 14, 50), phase("indexes", 30, 60), phase("finish", 60, 61)];
    const result = statuses({
      state: "Failed",
      option: "ValidateAndMigrate",
      tablesErrored: 1,
      databaseProgress: [],
      phases,
    });
    expect(result).toMatchObject({ copy: "failed", indexes: "done", finish: "done" });
  });

  it("blames the last phase begun otherwise", () => {
    const failed = base("Failed");
    expect(statuses({ ...failed, phases: begun })).toMatchObject({ schema: "failed", copy: "pending" });
    expect(statuses({ ...failed, phases: [phase("prerequisites", 0, null)] })).toMatchObject({
      prerequisites: "failed",
      validation: "pending",
    });
  });

  it("blames validation when it failed", () => {
    const phases = begun.slice(0, 2);
    const result = statuses({
      state: "ValidationFailed",
      option: "Validate",
      tablesErrored: 0,
      databaseProgress: [],
      phases,
    });
    expect(result).toEqual({ prerequisites: "done", validation: "failed" });
  });

  it("stops where it was canceled", () => {
    const phases = [...begun, phase("copy", 14, 50)];
    const result = statuses({
      state: "Canceled",
      option: "ValidateAndMigrate",
      tablesErrored: 0,
      databaseProgress: [],
      phases,
    });
    expect(result).toMatchObject({ schema: "done", copy: "stopped", indexes: "pending" });
  });

  it("shows everything done after success", () => {
    const phases = [phase("prerequisites", 0, 1), phase("validation", 1, 2)];
    const result = statuses({
      state: "Succeeded",
      option: "Validate",
      tablesErrored: 0,
      databaseProgress: [],
      phases,
    });
    expect(result).toEqual({ prerequisites: "done", validation: "done" });
  });

  it("does not call a phase done that other databases have yet to pass", () => {
    const phases = [
      ...begun.slice(0, 2),
      phase("schema", 10, null),
      phase("copy", 14, 20),
      phase("indexes", 20, 22),
      phase("finish", 22, 23),
    ];
    const databaseProgress = [
      database("Succeeded", "done"),
      database("InProgress", "schema"),
      database(null, "queued"),
    ];
    const running = { ...base("InProgress"), databaseProgress, phases };
    expect(statuses(running)).toMatchObject({ validation: "done", schema: "current", copy: "partial" });
    const copy = resolvePhases(running, T0).find((step) => step.phase === "copy");
    expect(copy?.share).toEqual({ passed: 1, total: 3 });
    expect(statuses({ ...running, state: "Succeeded" })).toMatchObject({ copy: "done", finish: "done" });
  });

  it("blames and stops the phase in which the database was, not what an earlier one passed", () => {
    const phases = [...begun, phase("copy", 14, 20), phase("indexes", 20, 22), phase("finish", 22, 23)];
    const failing = [database("Succeeded", "done"), database("Failed", "schema")];
    expect(statuses({ ...base("Failed"), databaseProgress: failing, phases })).toMatchObject({
      schema: "failed",
      finish: "partial",
    });
    const canceled = [database("Succeeded", "done"), database("Canceled", "copy")];
    expect(statuses({ ...base("Canceled"), databaseProgress: canceled, phases })).toMatchObject({
      schema: "done",
      copy: "stopped",
    });
  });
});

describe("resolvePhases of an online migration", () => {
  const done = [...begun, phase("copy", 14, 20), phase("indexes", 20, 30), phase("finish", 30, 32)];
  const copied = { state: "InProgress", phase: "catch-up" } as const;
  const following = onlineMigrationFixture({
    phases: [...done, phase("catch-up", 32, null)],
    online: onlineDetailsFixture({ databases: [followedDatabaseFixture({ caughtUpAt: at(50) })] }),
  });
  const step = (migration: typeof following, name: MigrationPhase) =>
    resolvePhases(migration, T0 + 100_000).find((one) => one.phase === name);

  it("catches up until every database has", () => {
    const behind = { ...following, state: "InProgress", substate: "MigratingData" } as const;
    expect(step(behind, "catch-up")).toMatchObject({ status: "current", durationMs: 68_000 });
    expect(step(behind, "cutover")).toMatchObject({ status: "pending", durationMs: null });
  });

  it("waits for the user from the moment the target has caught up", () => {
    expect(step(following, "catch-up")).toMatchObject({ status: "done", durationMs: 18_000 });
    expect(step(following, "cutover")).toMatchObject({ status: "waiting", durationMs: 50_000 });
  });

  it("does not wait any more once the cutover was asked for", () => {
    const databases = [followedDatabaseFixture({ caughtUpAt: at(50), cutoverRequestedAt: at(90) })];
    const asked = { ...following, online: onlineDetailsFixture({ databases }) };
    expect(step(asked, "cutover")?.status).toBe("current");
  });

  it("counts a database that follows as through with its copy", () => {
    const databaseProgress = [
      databaseProgressFixture({ name: "a", ...copied }),
      databaseProgressFixture({ name: "b", state: "InProgress", phase: "copy" }),
    ];
    const half = { ...following, state: "InProgress", substate: "MigratingData", databaseProgress } as const;
    const steps = resolvePhases({ ...half, databaseProgress }, T0 + 100_000);
    expect(steps.find((one) => one.phase === "finish")?.share).toEqual({ passed: 1, total: 2 });
  });
});
