import { describe, expect, it } from "vitest";
import type { FollowSample, MigrationDetails } from "@/lib/migrations/read-model";
import {
  cutoverResultFixture,
  followedDatabaseFixture,
  onlineDetailsFixture,
  onlineMigrationFixture,
} from "@/lib/migrations/testing/read-models";
import { copyProgress } from "./copy-progress";
import { figures } from "./figures";

const NOW = Date.parse("2026-11-21T14:31:20Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

/** A sample a second: WAL behind shrinks by `pace` bytes a second to `behind`, 1,000 rows applied in each. */
function samples(seconds: number, behind: number, pace: number): FollowSample[] {
  return Array.from({ length: seconds + 1 }, (_, index) => ({
    at: ago(seconds - index),
    lagMs: 30_000,
    lagBytes: behind + (seconds - index) * pace,
    appliedChanges: index * 1_000,
    retainedBytes: 0,
  }));
}

/** Behind by 30 s and 60 MB, of which `pace` bytes a second are worked off. */
function behind(pace: number, over: Partial<MigrationDetails> = {}): MigrationDetails {
  const databases = [
    followedDatabaseFixture({ name: "shop", lagMs: 400, appliedChanges: 1_200 }),
    followedDatabaseFixture({ name: "crm", lagMs: 30_000, lagBytes: 60e6, appliedChanges: 3_400 }),
  ];
  return onlineMigrationFixture({
    startedAt: ago(600),
    lagMs: 30_000,
    online: onlineDetailsFixture({ databases, samples: samples(60, 60e6, pace) }),
    ...over,
  });
}

function read(migration: MigrationDetails): Record<string, (string | null)[]> {
  const list = figures(migration, copyProgress(migration, NOW), NOW);
  return Object.fromEntries(list.map((entry) => [entry.label, [entry.value, entry.unit, entry.caption]]));
}

describe("figures of a migration that follows", () => {
  it("say how far behind, how fast and until when", () => {
    expect(read(behind(1e6))).toMatchObject({
      Lag: ["30 s", null, "crm, 60.0 MB behind"],
      Applied: ["1.0 k", "rows/s", "4,600 changes so far"],
      "Time to catch up": ["About 1 min", null, "at the present pace"],
    });
    expect(Object.keys(read(behind(1e6)))).toHaveLength(4);
  });

  it("promise no end when the source writes as fast", () => {
    expect(read(behind(-10))["Time to catch up"]?.[0]).toBe("Not shrinking");
  });

  it("guess nothing from a few seconds", () => {
    const early = behind(1e6);
    const online = onlineDetailsFixture({ ...early.online, samples: samples(5, 60e6, 1e6) });
    expect(read({ ...early, online })["Time to catch up"]?.[0]).toBe("–");
    expect(read({ ...early, online: { ...online, samples: [] } })["Applied"]?.[0]).toBe("–");
  });

  it("say that nothing is pending", () => {
    expect(read(onlineMigrationFixture())).toMatchObject({
      Lag: ["Caught up", null, "Nothing is pending"],
      "Time to catch up": ["0 s", null, "The target has everything"],
    });
  });

  it("rest with the migration", () => {
    const paused = behind(1e6, { pauseRequestedAt: ago(60), pausedAt: ago(60) });
    expect(read(paused)["Time to catch up"]).toEqual(["Paused", null, "since 14:30 UTC"]);
  });

  it("still are those of the copy while a database is copied", () => {
    const copying = behind(1e6);
    const databaseProgress = copying.databaseProgress.map((row) => ({ ...row, phase: "copy" as const }));
    expect(read({ ...copying, databaseProgress })).toHaveProperty("Throughput");
  });

  it("give the downtime afterwards", () => {
    const databases = [
      followedDatabaseFixture({ cutover: cutoverResultFixture({ ms: 900 }) }),
      followedDatabaseFixture({ name: "crm", cutover: cutoverResultFixture() }),
    ];
    const ended = behind(0, {
      state: "Succeeded",
      substate: "Completed",
      lagMs: null,
      endedAt: ago(0),
      online: onlineDetailsFixture({ databases }),
    });
    expect(read(ended)["Downtime"]).toEqual(["2.4 s", null, "from the request to the end, 2 databases"]);
    expect(read(ended)).not.toHaveProperty("Throughput");
  });
});
