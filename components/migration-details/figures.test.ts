import { describe, expect, it } from "vitest";
import type { MigrationDetails, Sample } from "@/lib/migrations/read-model";
import { databaseProgressFixture, migrationDetailsFixture } from "@/lib/migrations/testing/read-models";
import { copyProgress } from "./copy-progress";
import { figures } from "./figures";

const NOW = Date.parse("2026-11-21T14:31:20Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const database = databaseProgressFixture({
  state: "InProgress",
  phase: "copy",
  sizeBytes: 10e9,
  bytesEstimated: 10e9,
  bytesCopied: 4e9,
  tablesQueued: 3,
  tablesLoading: 4,
  tablesCompleted: 20,
  indexesTotal: 40,
  indexesDone: 12,
  startedAt: ago(100),
});

/** A constant 40 MB/s for the last `seconds`. */
function steady(seconds: number): Sample[] {
  return Array.from({ length: seconds + 1 }, (_, i) => ({
    at: ago(seconds - i),
    bytesCopied: 4e9 - (seconds - i) * 40e6,
    rowsCopied: i * 1000,
    activeJobs: 4,
  }));
}

const running = migrationDetailsFixture({
  bytesEstimated: 10e9,
  bytesCopied: 4e9,
  tablesTotal: 27,
  tablesCompleted: 20,
  createdAt: ago(1160),
  startedAt: ago(1155),
  databaseProgress: [database],
  samples: steady(100),
});

/** [value, unit, caption] of each figure, by label. */
function read(migration: MigrationDetails): Record<string, (string | null)[]> {
  const list = figures(migration, copyProgress(migration, NOW), NOW);
  return Object.fromEntries(list.map((entry) => [entry.label, [entry.value, entry.unit, entry.caption]]));
}

describe("figures of a running copy", () => {
  it("say how far, how fast, until when and since when", () => {
    expect(read(running)).toEqual({
      Progress: ["40%", null, "4.0 of 10.0 GB, estimated"],
      Throughput: ["40.0", "MB/s", "average 40.0 MB/s, 4 jobs"],
      "Time left": ["About 2 min", null, "until about 14:33 UTC"],
      Duration: ["19 min 15 s", null, "since 14:12:05 UTC, by admin"],
    });
  });

  it("guess no end in the first 30 seconds", () => {
    const early = read({ ...running, samples: steady(20) });
    expect(early["Time left"]).toEqual(["–", null, "Estimated after 30 s of copying"]);
  });

  it("say that no bytes arrive", () => {
    const last = running.samples.at(-1);
    if (!last) throw new Error("samples expected");
    const still = Array.from({ length: 30 }, (_, i) => ({ ...last, at: ago(70 - i) }));
    const early = steady(100).filter((sample) => Date.parse(sample.at) < NOW - 70_000);
    const stalled = read({ ...running, samples: [...early, ...still] });
    expect(stalled["Time left"]?.[0]).toBe("Stalled 1 min 10 s");
    expect(stalled["Throughput"]?.slice(0, 2)).toEqual(["0", "B/s"]);
  });

  it("do not call the building of indexes a stall", () => {
    const rest = { tablesQueued: 0, tablesLoading: 0, tablesCompleted: 27 };
    const indexing = { ...running, bytesCopied: 10e9, databaseProgress: [{ ...database, ...rest }] };
    expect(read(indexing)["Time left"]?.slice(1)).toEqual([null, "12 of 40 indexes built"]);
    expect(read({ ...indexing, samples: [] })["Time left"]?.[0]).toBe("All rows copied");
    expect(read(indexing)["Progress"]?.[0]).toBe("99%");
  });

  it("show the limit that holds the rate down", () => {
    const limited = { ...running, throttle: { megabytesPerSecond: 5, connections: 1 } };
    expect(read(limited)["Throughput"]?.[2]).toBe("limit 5 MB/s, 1 connection");
    const early = { ...limited, samples: [], bytesEstimated: 0 };
    expect(read(early)["Throughput"]?.[2]).toBe("Limit 5 MB/s, 1 connection");
  });

  it("count nothing down while it rests", () => {
    const pausing = { ...running, pauseRequestedAt: ago(5) };
    expect(read(pausing)["Time left"]).toEqual(["–", null, "Pausing"]);
    const paused = { ...pausing, pausedAt: ago(4) };
    expect(read(paused)["Time left"]).toEqual(["Paused", null, "since 14:31 UTC"]);
    expect(read(paused)["Throughput"]?.[0]).toBe("–");
  });

  it("invent nothing before there is a plan", () => {
    const fresh = {
      ...running,
      substate: "PerformingPreRequisiteSteps" as const,
      bytesEstimated: 0,
      bytesCopied: 0,
      samples: [],
      databaseProgress: [],
      startedAt: null,
    };
    expect(read(fresh)).toMatchObject({
      Progress: ["–", null, "The copy has not begun"],
      Throughput: ["–", null, "Shown while data is copied"],
      Duration: ["–", null, "Queued for 19 min 20 s, by admin"],
    });
    // The status says that data is migrated as soon as the schema is.
    const schema = { ...fresh, substate: "MigratingData", phases: [] } as const;
    expect(read({ ...schema, phases: [] })["Progress"]?.[2]).toBe("The schema comes first");
  });
});

describe("figures of an ended migration", () => {
  const ended = { ...running, endedAt: ago(0) };

  it("give the result instead of an estimate", () => {
    const tables = { tablesQueued: 0, tablesLoading: 0, tablesCompleted: 25, tablesErrored: 2 };
    const failed = { ...ended, state: "Failed", databaseProgress: [{ ...database, ...tables }] } as const;
    expect(read({ ...failed, databaseProgress: [...failed.databaseProgress] })["Result"]).toEqual([
      "25",
      "of 27 tables",
      "2 tables failed",
    ]);
  });

  it("show 100 percent only after success", () => {
    expect(read({ ...ended, state: "Succeeded", bytesCopied: 11e9 })["Progress"]).toEqual([
      "100%",
      null,
      "11.0 GB copied",
    ]);
    expect(read({ ...ended, state: "Canceled" })["Progress"]?.[0]).toBe("40%");
  });

  it("name the day of one that began before today", () => {
    const yesterday = { ...ended, state: "Succeeded", startedAt: ago(86_400) } as const;
    expect(read(yesterday)["Duration"]).toEqual(["1 d", null, "from 20 Nov 2026, 14:31:20 UTC, by admin"]);
  });

  it("speak of checks when only validation was asked for", () => {
    const messages = [1, 2].map((n) => ({
      state: "Succeeded" as const,
      message: `fine ${n}`,
      rule: `rule-${n}`,
    }));
    const validated: MigrationDetails = {
      ...ended,
      option: "Validate",
      state: "Succeeded",
      validation: {
        status: "Succeeded",
        validationStartTimeInUtc: ago(10),
        validationEndTimeInUtc: ago(0),
        serverLevelValidationDetails: [{ type: "versions", state: "Succeeded", messages }],
        dbLevelValidationDetails: [],
      },
    };
    expect(read(validated)).toMatchObject({
      Checks: ["2", null, "2 passed"],
      Result: ["Passed", null, "Nothing was changed on either server"],
    });
    expect(read(validated)).not.toHaveProperty("Throughput");
  });
});
