import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { EngineEvent } from "../events";
import { createTargetDatabase, dropTargetDatabase } from "../target-database";
import { compareDatabases } from "../testing/compare-databases";
import { type MemoryCheckpoint, memoryCheckpoint } from "../testing/memory-checkpoint";
import { type MoveReport, type MoveSettings, moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { guardSource, leftSessions } from "../testing/source-guard";
import { queryRows, runSql } from "../testing/with-session";

const ORIGIN = "resume_origin";
const COPY = "resume_copy";

let sourceServer: TestServer;
let targetServer: TestServer;
let source: ConnectionSettings;
let target: ConnectionSettings;
let checkpoint: MemoryCheckpoint;
const { signal } = new AbortController();

/** One table that is cut in two parts, some that go in one batch, partitions, and what stands on them. */
const SCHEMA = [
  // Few rows on many pages: what decides about parts is pages, what takes time is rows. On the target they are on few.
  "create table big (id int primary key, v text) with (fillfactor = 10)",
  "insert into big select i, repeat(md5(i::text), 14) from generate_series(1, 34000) i",
  "alter table big reset (fillfactor)",
  "create index on big (v) where id % 50 = 0",
  "create table parent (id int primary key, v text, check (v <> ''))",
  "insert into parent select i, md5(i::text) from generate_series(1, 5000) i",
  "create table child (id int primary key, parent int references parent, big int references big)",
  "insert into child select i, i, i from generate_series(1, 5000) i",
  "create table wide (id int primary key, v bytea)",
  "insert into wide select i, decode(repeat(md5(i::text), 100), 'hex') from generate_series(1, 3000) i",
  "create table parts (id int, at int, primary key (id, at), parent int references parent) partition by range (at)",
  "create table parts_1 partition of parts for values from (0) to (10)",
  "create table parts_2 partition of parts for values from (10) to (20)",
  "insert into parts select i, i % 20, i from generate_series(1, 2000) i",
  "create unlogged table volatile (id int primary key)",
  "insert into volatile select generate_series(1, 100)",
  "create function touch() returns trigger language plpgsql as 'begin new.v := new.v || $$!$$; return new; end'",
  "create trigger touched before insert on parent for each row execute function touch()",
  "alter table parent enable always trigger touched",
  "create materialized view totals as select count(*) as n from parent",
  "create sequence counter; select setval('counter', 77)",
  "select lo_from_bytea(4711, 'large')",
];

beforeAll(async () => {
  [sourceServer, targetServer] = await Promise.all([
    startTestServer(17, { settings: { autovacuum: "off" } }),
    startTestServer(17, { settings: { autovacuum: "off" } }),
  ]);
  await runSql(settingsOf(sourceServer), `create database ${ORIGIN}`);
  source = settingsOf(sourceServer, ORIGIN);
  target = settingsOf(targetServer, COPY);
  await runSql(source, ...SCHEMA);
});

afterAll(async () => {
  await sourceServer?.[Symbol.asyncDispose]();
  await targetServer?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  checkpoint = memoryCheckpoint();
  await anewTarget();
});

async function anewTarget(): Promise<void> {
  const server = { target: settingsOf(targetServer), name: COPY, signal };
  await dropTargetDatabase(server);
  await createTargetDatabase({ ...server, source });
}

const ONE_AT_A_TIME = () => ({ bytesPerSecond: null, connections: 1 });

/** On a busy machine the next part would be there before the last one is noted. */
const SLOWLY = () => ({ bytesPerSecond: 10_000_000, connections: 1 });

/** Moves until `isMoment` says so, and ends as a killed worker would: nothing is written any more. */
async function moveUntil(
  isMoment: (event: EngineEvent) => boolean,
  settings: Partial<MoveSettings> = {},
): Promise<void> {
  const abort = new AbortController();
  const onEvent = (event: EngineEvent) => {
    if (isMoment(event)) abort.abort(new Error("killed"));
  };
  const moving = moveAndReport({ source, target, checkpoint, ...settings, onEvent, signal: abort.signal });
  await expect(moving).rejects.toThrow("killed");
}

/** Moves until parts are to be noted in the checkpoint of which one is of `name`; that is still done. */
async function moveUntilNoted(name: string, settings: Partial<MoveSettings> = {}): Promise<void> {
  const abort = new AbortController();
  const noted = Promise.withResolvers<void>();
  const append = checkpoint.append.bind(checkpoint);
  checkpoint.append = async (parts) => {
    await append(parts);
    if (parts.some((part) => part.name === name)) {
      abort.abort(new Error("killed"));
      noted.resolve();
    }
  };
  const moving = moveAndReport({ source, target, checkpoint, ...settings, signal: abort.signal });
  await expect(moving).rejects.toThrow("killed");
  await noted.promise;
  checkpoint.append = append;
}

function copied(events: readonly EngineEvent[]): string[] {
  return events.flatMap((event) => (event.type === "table-started" ? [event.table.name] : [])).sort();
}

function kept(events: readonly EngineEvent[]): string[] {
  return events.flatMap((event) => (event.type === "table-kept" ? [event.table.name] : [])).sort();
}

function built(events: readonly EngineEvent[], isKept: boolean): string[] {
  return events.flatMap((event) =>
    event.type === "index-completed" && event.kept === isKept ? [event.object] : [],
  );
}

const ALL = ["big", "child", "parent", "parts_1", "parts_2", "volatile", "wide"];

async function expectMoved({ error, failures }: MoveReport): Promise<void> {
  expect(error).toBeNull();
  expect(failures).toEqual([]);
  expect(await compareDatabases(source, target)).toEqual([]);
  expect(await leftSessions(targetServer)).toEqual([]);
}

describe("ended in the middle of the copy, nothing written to the source since", () => {
  test("copied parts and tables stay, only the others are copied; the source is not touched", async () => {
    const guard = await guardSource(sourceServer, ORIGIN, { compareContents: false });
    await moveUntilNoted("big", { limits: SLOWLY });
    expect(checkpoint.known?.parts).toMatchObject([{ name: "big", part: 0, parts: 2 }]);

    await moveUntilNoted("big", { limits: SLOWLY });
    expect(checkpoint.writes).toEqual(["begin", "append big/0", "renew", "append big/1"]);

    const last = await moveAndReport({ source, target, checkpoint });
    expect(kept(last.events)).toEqual(["big"]);
    expect(copied(last.events)).toEqual(ALL.filter((name) => name !== "big"));
    expect(last.events).toContainEqual(
      expect.objectContaining({ type: "table-kept", rows: 34_000, reason: "source-unchanged" }),
    );
    await expectMoved(last);
    expect(await guard.changes()).toEqual([]);
  });

  test("a part that was committed but not noted means that its table is copied anew", async () => {
    let appends = 0;
    checkpoint.onAppend = () => {
      if (++appends > 1) throw new Error("the store is away");
    };
    const lost = moveAndReport({ source, target, checkpoint, limits: ONE_AT_A_TIME });
    await expect(lost).rejects.toThrow("the store is away");
    expect(checkpoint.known?.parts).toMatchObject([{ name: "big", part: 0 }]);
    checkpoint.onAppend = () => undefined;
    const last = await moveAndReport({ source, target, checkpoint });
    expect(kept(last.events)).toEqual([]);
    expect(checkpoint.writes).toContain("forget big");
    await expectMoved(last);
  });

  test("a crash of the target loses nothing that was noted", async () => {
    let crashed: Promise<void> | undefined;
    const append = checkpoint.append.bind(checkpoint);
    checkpoint.append = async (parts) => {
      await append(parts);
      if (parts.some(({ name }) => name === "wide")) crashed ??= targetServer.kill();
    };
    const broken = await moveAndReport({ source, target, checkpoint, limits: ONE_AT_A_TIME });
    expect(broken.error).toMatchObject({ transient: true });
    checkpoint.append = append;
    await crashed;
    targetServer = await targetServer.restart();
    const noted = checkpoint.known?.parts.map(({ name }) => name) ?? [];
    const last = await moveAndReport({ source, target, checkpoint });
    expect(kept(last.events)).toEqual([...new Set(noted)].sort());
    expect(kept(last.events)).toContain("wide");
    await expectMoved(last);
  });
});

describe("ended after the copy", () => {
  test("while indexes are built: rows and finished indexes stay", async () => {
    await moveUntil((event) => event.type === "phase-started" && event.phase === "finish");
    await runSql(target, "drop index big_v_idx", "alter table child drop constraint child_big_fkey");
    const last = await moveAndReport({ source, target, checkpoint });
    expect(copied(last.events)).toEqual(["volatile"]);
    expect(built(last.events, false).sort()).toEqual(["public.big_v_idx", "public.volatile_pkey"]);
    await expectMoved(last);
  });

  test("and then something was written: changed tables are copied anew, whatever stands on them", async () => {
    await expectMoved(await moveAndReport({ source, target, checkpoint }));
    await runSql(
      source,
      "update parent set v = v || 'x' where id = 17",
      "insert into parts values (9999, 3, 17)",
      "select setval('counter', 99); select lo_put(4711, 0, 'LARGE')",
    );
    const last = await moveAndReport({ source, target, checkpoint });
    expect(copied(last.events)).toEqual(["parent", "parts_1", "volatile"]);
    expect(kept(last.events)).toEqual(["big", "child", "parts_2", "wide"]);
    await expectMoved(last);
    expect(checkpoint.known?.parts.filter(({ name }) => name === "parent")).toHaveLength(1);
  });
});

describe("what does not go together", () => {
  test("another schema or another target database is refused, what was added is no obstacle", async () => {
    await expectMoved(await moveAndReport({ source, target, checkpoint }));
    await runSql(source, "create table added (id int primary key)", "insert into added values (1)");
    const added = await moveAndReport({ source, target, checkpoint });
    expect(copied(added.events)).toEqual(["added", "volatile"]);
    await expectMoved(added);

    await runSql(source, "drop table added");
    const changed = await moveAndReport({ source, target, checkpoint });
    expect(changed.error).toMatchObject({ code: "CHECKPOINT_UNUSABLE", transient: false });
    expect(await queryRows(target, "select count(*)::int as n from big")).toEqual([{ n: 34_000 }]);

    const filtered = await moveAndReport({
      source,
      target,
      checkpoint,
      filter: { exclude: { tables: ["wide"] } },
    });
    expect(filtered.error).toMatchObject({ code: "CHECKPOINT_UNUSABLE" });

    await anewTarget();
    const another = await moveAndReport({ source, target, checkpoint });
    expect(another.error).toMatchObject({ code: "CHECKPOINT_UNUSABLE" });
  });
});

test("what failed is tried again, and only that", async () => {
  await runSql(
    source,
    "create table odd (id int primary key)",
    "insert into odd select generate_series(1, 100)",
    "create table odder (id int references odd)",
    "alter table odd add constraint odd_check check (id <> 50) not valid",
    "update pg_constraint set convalidated = true where conname = 'odd_check'",
  );
  try {
    const first = await moveAndReport({ source, target, checkpoint });
    expect(first.failures.map(({ object }) => object)).toEqual([
      "public.odd",
      "odder_id_fkey on public.odder",
    ]);
    await runSql(source, "delete from odd where id = 50");
    const again = await moveAndReport({ source, target, checkpoint });
    expect(copied(again.events)).toEqual(["odd", "volatile"]);
    expect(built(again.events, false).sort()).toEqual(["public.odd_pkey", "public.volatile_pkey"]);
    await expectMoved(again);
  } finally {
    await runSql(source, "drop table odder, odd");
  }
});
