import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FollowStart } from "@/lib/engine/cdc/follow-options";
import type { TableIdentity } from "@/lib/engine/cdc/table-identities";
import { listFollowed } from "@/lib/store/checkpoint";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { forgetCapture } from "@/lib/store/online/captures";
import { appendFollowSample, readFollowSamples } from "@/lib/store/online/follow-samples";
import { claimMigration, type Run, StaleRunError } from "@/lib/store/run";
import { appendSample, thinSamples } from "@/lib/store/samples";
import { writePlan, writeTableProgress } from "@/lib/store/table-progress";
import { noteTakeOver } from "@/lib/store/take-overs";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { StoredCheckpoint } from "./stored-checkpoint";

let testStore: TestStore;
let run: Run;
let databaseId: string;
let count = 0;

beforeAll(async () => {
  testStore = await startTestStore();
});

afterAll(async () => {
  await testStore?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  const nowhere = { host: "127.0.0.1", port: 1, user: "postgres", password: "pw" };
  const server = await registerServer(nowhere);
  const body = bodyOf(nowhere, nowhere, {});
  const { id } = await createMigration({ server, name: `s-${++count}`, body, actor: "test" });
  const claimed = await claimMigration(id, "first");
  if (!claimed) throw new Error("not claimed");
  run = claimed;
  ({ id: databaseId } = await store().migrationDatabase.findFirstOrThrow({ where: { migrationId: id } }));
});

const head = {
  source: { systemIdentifier: "7000000000000000001", databaseOid: "16384", snapshot: "1/700:705:701,703" },
  target: { systemIdentifier: null, databaseOid: "20000", timeline: "1" },
  schemaHash: "abc.def",
  splits: [
    { schema: "public", name: "big", pages: 1000 },
    { schema: "public", name: "old", column: "Id", bounds: ["-9223372036854775808", "0"] },
  ],
};

function part(name: string, number = 0, parts = 1) {
  return { schema: 'Odd "schema"', name, part: number, parts, rows: 5_000_000_000, bytes: 9_000_000_000_000 };
}

describe("a stored checkpoint", () => {
  it("gives back what was begun, added, renewed and forgotten", async () => {
    const checkpoint = new StoredCheckpoint(run, databaseId);
    expect(await checkpoint.load()).toBeNull();
    await checkpoint.begin(head);
    await checkpoint.append([part("big", 0, 2), part("big", 1, 2), part("small")]);
    await checkpoint.append([{ ...part("small"), rows: 7 }]);
    const newer = { ...head, source: { ...head.source, snapshot: "1/800:800:" } };
    await checkpoint.renew(newer);
    await checkpoint.forget([{ schema: 'Odd "schema"', name: "big" }]);
    expect(await checkpoint.load()).toEqual({
      head: newer,
      parts: [{ ...part("small"), rows: 7, lsn: null }],
      follow: null,
    });
    await checkpoint.begin(head);
    expect((await checkpoint.load())?.parts).toEqual([]);
    await checkpoint.clear();
    expect(await checkpoint.load()).toBeNull();
  });

  it("keeps positions, and what is followed from then on until it is begun anew", async () => {
    const checkpoint = new StoredCheckpoint(run, databaseId);
    await checkpoint.begin(head);
    await checkpoint.append([{ ...part("small"), lsn: "1/ABCDEF" }]);
    const identity: Required<TableIdentity> = {
      ...{ oid: "16400", filenode: "16401", parents: "", generated: "", endedBefore: "700" },
      ...{ columns: "0cc175b9", constraints: "92eb5ffe" },
    };
    const start: FollowStart = {
      capture: {
        ...{ name: "howdah_abcdef_0", plugin: "pgoutput", publications: ["howdah_abcdef_0"] },
        history: { systemId: "7000000000000000001", timeline: 1 },
      },
      tables: [
        { ...{ schema: 'Odd "schema"', name: "small", lsn: "1/ABCDEF" }, identity },
        { schema: "public", name: "of an older version", lsn: "1/ABCDEF" },
      ],
      recopied: [{ schema: "public", name: "unlogged" }],
      deferred: [{ sql: "create trigger t ...", kind: "trigger", object: "t", table: null, roles: [] }],
      foreignKeys: [],
      leftOut: [{ schema: "public", name: "foreign" }],
    };
    expect(await listFollowed(store(), run.migrationId)).toEqual(new Set());
    await checkpoint.follow(start);
    expect(await listFollowed(store(), run.migrationId)).toEqual(new Set([databaseId]));
    expect(await checkpoint.load()).toMatchObject({ parts: [{ lsn: "1/ABCDEF" }], follow: start });
    // Without what tells a table from another one of its name, the next worker would apply its changes to the wrong rows.
    expect((await checkpoint.load())?.follow).toEqual(start);
    await forgetCapture(store(), databaseId);
    expect(await checkpoint.load()).toMatchObject({ head, parts: [{ lsn: "1/ABCDEF" }], follow: null });
    expect(await listFollowed(store(), run.migrationId)).toEqual(new Set());
    await checkpoint.follow(start);
    await checkpoint.begin(head);
    expect(await checkpoint.load()).toMatchObject({ parts: [], follow: null });
  });

  it("takes tens of thousands of parts at once", async () => {
    const checkpoint = new StoredCheckpoint(run, databaseId);
    await checkpoint.begin(head);
    await checkpoint.append(Array.from({ length: 30_000 }, (_, index) => part(`t${index}`)));
    expect((await checkpoint.load())?.parts).toHaveLength(30_000);
  });

  it("is closed to a worker that no longer owns the migration", async () => {
    const stale = new StoredCheckpoint(run, databaseId);
    await stale.begin(head);
    await claimMigration(run.migrationId, "second");
    await expect(stale.append([part("small")])).rejects.toBeInstanceOf(StaleRunError);
    await expect(stale.clear()).rejects.toBeInstanceOf(StaleRunError);
    expect(await store().migrationPart.count({ where: { databaseId } })).toBe(0);
  });
});

it("only take-overs in a row without progress in between are counted", async () => {
  const lost = () => noteTakeOver(store(), run.migrationId, "next");
  expect([await lost(), await lost(), await lost()]).toEqual([1, 2, 3]);
  const checkpoint = new StoredCheckpoint(run, databaseId);
  await checkpoint.begin(head);
  await checkpoint.append([part("small")]);
  expect([await lost(), await lost()]).toEqual([1, 2]);
});

it("samples are thinned with their age; the recent ones stay", async () => {
  const now = new Date("2026-11-21T12:00:00.000Z");
  const ages = [
    ...Array.from({ length: 30 }, (_, second) => second),
    ...Array.from({ length: 60 }, (_, second) => 3_600 + second),
    ...Array.from({ length: 120 }, (_, second) => 2 * 86_400 + second),
  ];
  for (const age of ages) {
    const at = new Date(now.getTime() - age * 1_000);
    await appendSample(store(), run.migrationId, { at, bytesCopied: 1, rowsCopied: 1, activeJobs: 1 });
  }
  for (let repeat = 0; repeat < 2; repeat++) {
    await thinSamples(store(), run.migrationId, { now });
    const left = await store().migrationSample.findMany({ where: { migrationId: run.migrationId } });
    const seconds = left.map(({ at }) => (now.getTime() - at.getTime()) / 1_000);
    expect(seconds.filter((age) => age < 600)).toHaveLength(30);
    expect(seconds.filter((age) => age >= 3_600 && age < 7_200)).toHaveLength(7);
    expect(seconds.filter((age) => age > 86_400)).toHaveLength(3);
  }
});

it("lags are thinned as samples are, and shown from the oldest to the newest", async () => {
  const now = new Date();
  for (let second = 0; second < 60; second++) {
    for (const age of [second, 3_600 + second]) {
      const at = new Date(now.getTime() - age * 1_000);
      const figures = { lagMs: BigInt(age), lagBytes: 0n, appliedChanges: 0n, retainedBytes: 0n };
      await appendFollowSample(store(), run.migrationId, { at, ...figures });
    }
  }
  await thinSamples(store(), run.migrationId, { of: "migration_follow_sample", now });
  const all = await readFollowSamples(run.migrationId, 1_000);
  expect(all.filter(({ lagMs }) => lagMs < 600n)).toHaveLength(60);
  expect([6, 7]).toContain(all.filter(({ lagMs }) => lagMs >= 3_600n).length);
  const some = await readFollowSamples(run.migrationId, 20);
  expect(some.length).toBeLessThanOrEqual(20);
  expect(some.at(-1)?.lagMs).toBe(0n);
});

it("a plan keeps the times of what an earlier run completed, and forgets the rest", async () => {
  const planned = (...names: string[]) =>
    names.map((name) => ({ schema: "s", name, bytesEstimated: 10, rowsEstimated: 1 }));
  const at = new Date("2026-11-21T11:00:00.000Z");
  const row = (name: string, state: "completed" | "loading", endedAt: Date | null) => {
    const figures = { bytesCopied: 5, rowsCopied: 1, attempts: 2, startedAt: at, endedAt };
    return { databaseId, schema: "s", name, state, format: "binary" as const, ...figures };
  };
  await writePlan(store(), databaseId, planned("done", "gone", "half"));
  await writeTableProgress(store(), [row("done", "completed", at), row("gone", "completed", at)]);
  await writeTableProgress(store(), [row("half", "loading", null)]);
  await writePlan(store(), databaseId, planned("done", "half", "new"));
  const kept = { ...row("done", "completed", null), format: null, attempts: 0, startedAt: null };
  await writeTableProgress(store(), [kept]);
  const rows = await store().migrationTable.findMany({ where: { databaseId }, orderBy: { name: "asc" } });
  expect(rows.map(({ name, state, format, endedAt }) => [name, state, format, endedAt])).toEqual([
    ["done", "completed", "binary", at],
    ["half", "queued", null, null],
    ["new", "queued", null, null],
  ]);
});
