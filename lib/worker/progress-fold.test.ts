import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngineEvent, ObjectFailure } from "@/lib/engine/events";
import { ProgressFold } from "./progress-fold";

const at = new Date("2026-01-01T00:00:00Z");
const table = (name: string) => ({ schema: "public", name });
const failure: ObjectFailure = {
  severity: "error",
  kind: "table",
  object: "public.b",
  code: "TABLE_COPY_FAILED",
  sqlState: "23505",
  message: "duplicate key",
  remedy: "mend it",
  statement: null,
};

function planned(...names: string[]): EngineEvent {
  const tables = names.map((name) => ({ ...table(name), bytesEstimated: 1000, rowsEstimated: 10 }));
  return { type: "planned", tables, indexes: 3 };
}

function foldOf(...events: EngineEvent[]): ProgressFold {
  const fold = new ProgressFold("db-1", "app");
  for (const event of events) fold.apply(event, at);
  return fold;
}

describe("ProgressFold", () => {
  it("counts tables by state and sums what was copied", () => {
    const fold = foldOf(
      planned("a", "b", "c"),
      { type: "table-started", table: table("a"), format: "binary", attempt: 1 },
      { type: "table-progress", table: table("a"), bytes: 400, rows: 4 },
      { type: "table-completed", table: table("a"), bytes: 900, rows: 9, ms: 5, parts: 1 },
      { type: "table-started", table: table("b"), format: "text", attempt: 1 },
      { type: "table-progress", table: table("b"), bytes: 300, rows: 3 },
      { type: "table-failed", table: table("b"), failure },
      { type: "table-started", table: table("c"), format: "text", attempt: 1 },
      { type: "table-progress", table: table("c"), bytes: 50, rows: 0 },
      { type: "index-completed", object: "public.a_pkey", table: table("a"), ms: 3, kept: false },
    );
    expect(fold.totals()).toEqual({ bytesCopied: 950, rowsCopied: 9, activeJobs: 1 });
    const batch = fold.drain();
    expect(batch.counters).toMatchObject({
      bytesEstimated: 2900,
      bytesCopied: 950,
      tablesQueued: 0,
      tablesLoading: 1,
      tablesCompleted: 1,
      tablesErrored: 1,
      indexesTotal: 3,
      indexesDone: 1,
    });
    expect(batch.plan).toHaveLength(3);
    expect(batch.problems).toEqual([failure]);
    expect(batch.tables.map(({ name, state, format }) => [name, state, format])).toEqual([
      ["a", "completed", "binary"],
      ["b", "errored", "text"],
      ["c", "loading", "text"],
    ]);
  });

  it("takes what tables came to for their estimates, and never makes the copied share smaller", () => {
    const fold = foldOf(planned("a", "b"));
    let share = 0;
    const apply = (event: EngineEvent) => {
      fold.apply(event, new Date());
      const { bytesCopied = 0, bytesEstimated = 0 } = fold.drain().counters ?? {};
      expect(bytesCopied / bytesEstimated).toBeGreaterThanOrEqual(share);
      share = bytesCopied / bytesEstimated;
      return { bytesCopied, bytesEstimated };
    };
    const larger = table("a");
    apply({ type: "table-started", table: larger, format: "text", attempt: 1 });
    const over = { type: "table-progress", table: larger, bytes: 1500, rows: 4 } as const;
    expect(apply(over)).toEqual({ bytesCopied: 1500, bytesEstimated: 2500 });
    apply({ type: "table-completed", table: larger, bytes: 1600, rows: 5, ms: 5, parts: 1 });
    apply({ type: "table-started", table: table("b"), format: "text", attempt: 1 });
    const smaller = {
      type: "table-completed",
      table: table("b"),
      bytes: 20,
      rows: 1,
      ms: 5,
      parts: 1,
    } as const;
    expect(apply(smaller)).toEqual({ bytesCopied: 1620, bytesEstimated: 1620 });
  });

  it("hands out nothing twice", () => {
    const fold = foldOf(planned("a"), {
      type: "table-started",
      table: table("a"),
      format: "text",
      attempt: 1,
    });
    fold.drain();
    const second = fold.drain();
    expect(second).toMatchObject({
      plan: null,
      tables: [],
      counters: null,
      problems: [],
      events: [],
      phases: [],
    });
  });

  it("does not count bytes of an attempt that is begun anew, and says so in the log", () => {
    const fold = foldOf(
      planned("a"),
      { type: "table-started", table: table("a"), format: "text", attempt: 1 },
      { type: "table-progress", table: table("a"), bytes: 700, rows: 7 },
      { type: "table-started", table: table("a"), format: "text", attempt: 2 },
    );
    expect(fold.totals().bytesCopied).toBe(0);
    const batch = fold.drain();
    expect(batch.tables[0]).toMatchObject({ attempts: 2, state: "loading", bytesCopied: 0 });
    expect(batch.events.map(({ kind }) => kind)).toEqual(["table-retried"]);
  });

  it("logs the first failures only but keeps every problem", () => {
    const fold = foldOf(...Array.from({ length: 200 }, () => ({ type: "object-failed", failure }) as const));
    const batch = fold.drain();
    expect(batch.problems).toHaveLength(200);
    expect(batch.events).toHaveLength(50);
  });

  it("loses and doubles nothing when batches cannot be written", () => {
    const names = ["a", "b", "c"];
    const event = fc.oneof(
      fc.record({
        type: fc.constant("table-progress" as const),
        table: fc.constantFrom(...names).map(table),
        bytes: fc.nat(1000),
        rows: fc.nat(100),
      }),
      fc.record({ type: fc.constant("object-failed" as const), failure: fc.constant(failure) }),
      fc.record({
        type: fc.constant("table-started" as const),
        table: fc.constantFrom(...names).map(table),
        format: fc.constant("text" as const),
        attempt: fc.constantFrom(1, 2),
      }),
    );
    const step = fc.oneof(event, fc.constant("written" as const), fc.constant("lost" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const fold = foldOf(planned(...names));
        const reference = foldOf(planned(...names));
        const written = new Map<string, unknown>();
        let problems = 0;
        let expected = 0;
        const drain = (lost: boolean) => {
          const batch = fold.drain();
          if (lost) return fold.restore(batch);
          for (const row of batch.tables) written.set(row.name, row);
          problems += batch.problems.length;
        };
        for (const entry of steps) {
          if (entry === "written" || entry === "lost") drain(entry === "lost");
          else {
            fold.apply(entry, at);
            reference.apply(entry, at);
            if (entry.type === "object-failed") expected++;
          }
        }
        drain(false);
        expect(problems).toBe(expected);
        for (const row of reference.drain().tables) expect(written.get(row.name)).toEqual(row);
      }),
    );
  });

  it("a run that goes on shows the earlier figures until it says what it keeps", () => {
    const before = {
      bytesEstimated: 3000,
      bytesCopied: 1200,
      rowsCopied: 12,
      tablesCompleted: 1,
      tablesQueued: 2,
    };
    const fold = new ProgressFold("d", "app", before);
    const apply = (event: EngineEvent) => fold.apply(event, new Date());
    apply({ type: "phase-started", phase: "schema" });
    apply(planned("a", "b", "c"));
    apply({ type: "step-completed", step: "resume-check", ms: 40 });
    const early = fold.drain();
    expect(early.plan).toBeNull();
    expect(early.counters).toMatchObject({ ...before, phase: "schema" });
    apply({ type: "table-kept", table: table("a"), bytes: 1000, rows: 10, reason: "source-unchanged" });
    apply({ type: "table-kept", table: table("b"), bytes: 100, rows: 1, reason: "source-unchanged" });
    const batch = fold.drain();
    expect(batch.plan).toHaveLength(3);
    expect(batch.counters).toMatchObject({ bytesCopied: 1100, tablesCompleted: 2, tablesQueued: 1 });
    expect(batch.tables.map(({ name, state, endedAt }) => [name, state, endedAt])).toEqual([
      ["a", "completed", null],
      ["b", "completed", null],
    ]);
    expect(batch.events.filter(({ kind }) => kind === "table-kept")).toMatchObject([
      { level: "debug", data: { tables: 2, rows: 11, bytes: 1100, reason: "source-unchanged" } },
    ]);
  });
});
