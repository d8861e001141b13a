import { describe, expect, it } from "vitest";
import type { Divergence, FollowEvent, FollowFigures } from "@/lib/engine/cdc/follow-options";
import type { ObjectFailure } from "@/lib/engine/events";
import { parseLsn } from "@/lib/postgres/lsn";
import { FollowFold } from "./follow-fold";

const at = new Date("2026-11-21T10:00:00Z");
const table = { schema: "public", name: "item" };
const lsn = parseLsn("0/10");

const NOTHING: FollowFigures = {
  sourceLsn: lsn,
  receivedLsn: lsn,
  appliedLsn: lsn,
  flushedLsn: lsn,
  lagMs: 0,
  lagBytes: 0,
  incomingChanges: 0,
  appliedChanges: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
  truncates: 0,
  transactions: 0,
  divergences: 0,
  slot: null,
};

const progress = (figures: Partial<FollowFigures>, inserts = 0): FollowEvent => ({
  type: "follow-progress",
  figures: { ...NOTHING, ...figures },
  tables: inserts > 0 ? [{ table, inserts, updates: 0, deletes: 0, truncates: 0 }] : [],
});

const failure: ObjectFailure = {
  severity: "warning",
  kind: "table",
  object: "public.item",
  code: "CHANGE_DIVERGED",
  sqlState: null,
  message: "No such row.",
  remedy: "Look.",
  statement: null,
};

const divergence: Divergence = {
  table,
  operation: "update",
  key: { id: "1" },
  lsn: "0/10",
  message: "No such row.",
};

const begin = () => new FollowFold("id", "shop", { figures: null, stopped: [], tables: [] });

describe("what is kept of a followed database", () => {
  it("counts on from an earlier run, whose slot is shown until this one can be asked", () => {
    const slot = { name: "s", isActive: true, walStatus: null, retainedBytes: 1, safeWalBytes: null };
    const first = begin();
    first.apply(progress({ inserts: 5, appliedChanges: 5, slot }, 5), at);
    const before = first.drain();
    const second = new FollowFold("id", "shop", {
      figures: before.change.figures,
      stopped: [],
      tables: before.tables,
    });
    second.apply(progress({ inserts: 2, appliedChanges: 2 }, 2), at);
    second.apply(progress({ inserts: 3, appliedChanges: 3, lagMs: 40 }, 3), at);
    const { change, tables } = second.drain();
    expect(change.figures).toMatchObject({
      inserts: 8,
      appliedChanges: 8,
      lagMs: 40,
      slot,
      at: at.toISOString(),
    });
    expect(tables).toEqual([expect.objectContaining({ ...table, databaseId: "id", inserts: 8 })]);
  });

  it("a batch that could not be written goes into the next one, and newer figures win", () => {
    const fold = begin();
    fold.enter("catch-up", at);
    fold.apply(progress({ inserts: 1 }, 1), at);
    fold.apply({ type: "caught-up" }, at);
    const lost = fold.drain();
    expect(fold.drain().isChanged).toBe(false);
    fold.apply(progress({ inserts: 4 }, 4), at);
    fold.restore(lost);
    const { change, tables, events, phases } = fold.drain();
    expect(change).toMatchObject({ phase: "catch-up", caughtUpAt: at, figures: { inserts: 4 } });
    expect(tables.map(({ inserts }) => inserts)).toEqual([4]);
    expect(events.map(({ kind }) => kind)).toEqual(["caught-up"]);
    expect(phases).toHaveLength(1);
  });

  it("logs the first divergences, lists some more, and counts the rest", () => {
    const fold = begin();
    for (let n = 0; n < 500; n++) fold.apply({ type: "diverged", divergence, failure }, at);
    const { events, problems } = fold.drain();
    expect([events.length, problems.length]).toEqual([20, 200]);
    expect(problems[0]).toMatchObject({ object: "public.item", message: "No such row. Row: id = 1." });
    expect(events.at(-1)?.message).toBe("No such row. Row: id = 1. Further ones are only counted.");
    expect(events[0]).toMatchObject({
      database: "shop",
      object: "public.item",
      data: { key: { id: "1" }, lsn: "0/10" },
    });
  });

  it("names the row of a divergence, cut short where it is a whole one with long values", () => {
    const fold = begin();
    const key = { a: null, b: "x".repeat(99), c: "", d: "4", e: "5", f: "6" };
    fold.apply({ type: "diverged", divergence: { ...divergence, key }, failure }, at);
    fold.apply({ type: "diverged", divergence: { ...divergence, key: {} }, failure }, at);
    expect(fold.drain().problems.map(({ message }) => message)).toEqual([
      `No such row. Row: a = null, b = ${"x".repeat(60)}..., c = , d = 4, e = 5, ...`,
      "No such row.",
    ]);
  });

  it("tells of a stopped table once, however often a run meets it again", () => {
    const stop: FollowEvent = { type: "table-stopped", table, stop: "columns-changed", failure };
    const first = begin();
    first.apply(stop, at);
    first.apply(stop, at);
    const { change, problems, events } = first.drain();
    expect(change.stopped).toEqual([{ ...table, reason: "columns-changed" }]);
    expect([problems.length, events.length]).toEqual([1, 1]);
    const second = new FollowFold("id", "shop", { figures: null, stopped: change.stopped ?? [], tables: [] });
    second.apply(stop, at);
    expect(second.drain().events).toEqual([]);
  });

  it("a rehearsal is no phase, a cutover is one", () => {
    const fold = begin();
    fold.apply({ type: "cutover-started", isRehearsal: true, lsn: "0/20" }, at);
    const cutover = {
      isRehearsal: true,
      startedAt: at.toISOString(),
      lsn: "0/20",
      ms: 12.4,
      steps: [],
      unfollowed: [],
    };
    fold.apply({ type: "rehearsed", id: "1", cutover }, at);
    const rehearsed = fold.drain();
    expect(rehearsed.phases).toEqual([]);
    expect(rehearsed.change.rehearsal).toEqual({
      startedAt: at.toISOString(),
      lsn: "0/20",
      ms: 12.4,
      steps: [],
      unfollowed: [],
    });
    expect(rehearsed.events.map(({ message }) => message)).toEqual([
      "Rehearsal of the cutover started: everything before 0/20 is applied first.",
      "Rehearsal of the cutover ended: it took 12 ms.",
    ]);
    fold.apply({ type: "cutover-started", isRehearsal: false, lsn: "0/30" }, at);
    const { change, phases } = fold.drain();
    expect([change.phase, phases.map(({ phase, change: what }) => [phase, what])]).toEqual([
      "cutover",
      [["cutover", "started"]],
    ]);
  });
});
