import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { underLoad } from "@/lib/util/testing/under-load";
import type { EngineEvent } from "./events";
import { createTargetDatabase, dropTargetDatabase } from "./target-database";
import { moveAndReport } from "./testing/move-and-report";
import { settingsOf } from "./testing/settings-of";
import { leftSessions } from "./testing/source-guard";
import { queryRows, runSql } from "./testing/with-session";
import { checksumDatabase } from "./verify/table-checksums";

let sourceServer: TestServer;
let targetServer: TestServer;
let source: ConnectionSettings;
let target: ConnectionSettings;

beforeAll(async () => {
  [sourceServer, targetServer] = await Promise.all([
    startTestServer(16, { settings: { autovacuum: "off" } }),
    startTestServer(17, { settings: { autovacuum: "off" } }),
  ]);
  source = settingsOf(sourceServer, "origin");
  target = settingsOf(targetServer, "copy");
});

afterAll(async () => {
  await sourceServer?.[Symbol.asyncDispose]();
  await targetServer?.[Symbol.asyncDispose]();
});

const signal = new AbortController().signal;

beforeEach(() => recreate());

/** Empty databases on both sides; the source's with `clauses`. */
async function recreate(clauses = ""): Promise<void> {
  const admin = settingsOf(sourceServer);
  await runSql(
    admin,
    "drop database if exists origin with (force)",
    `create database origin template template0 ${clauses}`,
  );
  const on = { target: settingsOf(targetServer), name: "copy", signal };
  await dropTargetDatabase(on);
  await createTargetDatabase({ source, ...on });
}

/** Runs `act` once, as soon as an event is the one looked for. */
function when(matches: (event: EngineEvent) => boolean, act: () => void): (event: EngineEvent) => void {
  let done = false;
  return (event) => {
    if (done || !matches(event)) return;
    done = true;
    act();
  };
}

async function expectEqualRows(): Promise<void> {
  expect(await checksumDatabase(target, { signal })).toEqual(await checksumDatabase(source, { signal }));
}

function formats(events: readonly EngineEvent[]): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === "table-started" ? [[event.table.name, event.format]] : [])),
  );
}

test("binary where it means the same on both servers, text elsewhere", async () => {
  await runSql(
    source,
    "create type mood as enum ('sad', 'happy')",
    "create domain short as text check (length(value) < 9)",
    "create type pair as (a int, b mood)",
    "create type span as range (subtype = int8)",
    "create extension hstore",
    "create table b_plain (id int generated always as identity, n numeric[], j jsonb, t timestamptz, twice int generated always as (7) stored)",
    "insert into b_plain (n, j, t) values ('{1.5,NaN,null}', '{\"a\": [1, null]}', 'infinity')",
    "create table b_enum (m mood, s short, r span)",
    "insert into b_enum values ('happy', 'ok', '[1,5)')",
    "create table b_hstore (h hstore)",
    "insert into b_hstore values ('a=>1, b=>NULL')",
    "create table t_enums (m mood[])",
    "insert into t_enums values ('{sad,happy}')",
    "create table t_domains (s short[])",
    "insert into t_domains values ('{a,b}')",
    "create table t_composite (p pair)",
    "insert into t_composite values ('(1,sad)')",
    "create table t_reg (c regclass, p regprocedure)",
    "insert into t_reg values ('b_enum', 'hstore_in(cstring)')",
    "create table t_acl (a aclitem)",
    "create table t_hstores (h hstore[])",
    "insert into t_hstores values (array['a=>1'::hstore])",
    "create table b_none ()",
    "insert into b_none default values",
  );
  const { events, failures, result } = await moveAndReport({ source, target });
  expect(failures).toEqual([]);
  expect(result).toMatchObject({ tables: 10, rows: 9 });
  for (const [name, format] of Object.entries(formats(events)))
    expect(format, name).toBe(name.startsWith("b_") ? "binary" : "text");
  await expectEqualRows();
});

test.each([
  ["LATIN1", "ü€".slice(0, 1), "\\xfc", "text"],
  ["EUC_JP", "表", "\\xc9bd", "text"],
  ["SQL_ASCII", "表", "\\xff", "binary"],
])("bytes of a %s database arrive unchanged, names too", async (encoding, name, bytes, format) => {
  await recreate(`encoding '${encoding}' lc_collate 'C' lc_ctype 'C'`);
  await runSql(
    source,
    `create table "${name}" (id int primary key, "${name}" text)`,
    `insert into "${name}" select g, convert_from(repeat('${bytes}'::bytea::text, 0)::bytea || '${bytes}'::bytea, '${encoding}') from generate_series(1, 10) g`,
  );
  const { events, failures } = await moveAndReport({ source, target });
  expect(failures).toEqual([]);
  expect(formats(events)).toEqual({ [name]: format });
  const hex = `select encode(convert_to("${name}", '${encoding}'), 'hex') as hex, count(*) from "${name}" group by 1`;
  expect(await queryRows(target, hex)).toEqual([{ hex: bytes.slice(2), count: "10" }]);
});

test("a table bigger than its share is copied in parts, each row once, whatever was deleted before", async () => {
  await runSql(
    source,
    "create table big (id int primary key, v text)",
    "alter table big alter v set storage external",
    "insert into big select g, repeat(md5(g::text), 30) from generate_series(1, 160000) g",
    "delete from big where id % 3 = 0 or id between 40000 and 70000",
    "create table small (id int)",
    "insert into small values (1)",
  );
  const { events, failures, result } = await moveAndReport({ source, target, jobs: 3 });
  expect(failures).toEqual([]);
  expect(result?.tables).toBe(2);
  await expectEqualRows();
  const figures = events.flatMap((event) =>
    event.type === "table-progress" && event.table.name === "big" ? [event.bytes] : [],
  );
  expect(figures).toEqual(figures.toSorted((one, other) => one - other));
  // What is split is not frozen; that tells that it was.
  await runSql(target, "create extension pg_visibility");
  expect(
    await queryRows(target, "select all_frozen::int as frozen from pg_visibility_map_summary('big')"),
  ).toEqual([{ frozen: 0 }]);
});

test("a large table that is not split arrives frozen", async () => {
  await runSql(
    source,
    "create table large (id int, v text)",
    "insert into large select g, repeat('x', 500) from generate_series(1, 50000) g",
  );
  await moveAndReport({ source, target, jobs: 1 });
  await runSql(target, "create extension pg_visibility");
  // The heap grows ahead of its rows, so a few pages at its end are empty.
  const sql =
    "select all_frozen > 0.95 * pg_relation_size('large') / 8192 as frozen from pg_visibility_map_summary('large')";
  expect(await queryRows(target, sql)).toEqual([{ frozen: true }]);
  await expectEqualRows();
});

const COPYING = (event: EngineEvent) => event.type === "table-progress" && event.table.name === "slow";

function endSessions(on: ConnectionSettings, name: string): Promise<void> {
  return runSql(
    on,
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${name}' and datname = current_database()`,
  );
}

describe("while a large table moves", () => {
  /** Many tables, of which one keeps the copy busy for a second or two; made once, since it takes longer than to move it. */
  beforeAll(async () => {
    await runSql(settingsOf(sourceServer), "create database busy_origin");
    source = settingsOf(sourceServer, "busy_origin");
    await runSql(
      source,
      "create table slow (id int primary key, v text, n numeric)",
      "insert into slow select g, repeat(md5(g::text), 20), g from generate_series(1, 250000) g",
      "create index on slow (v)",
      "create index on slow (n)",
      "do $$ begin for i in 1..30 loop execute format('create table t%s (id int primary key); insert into t%1$s values (%1$s)', i); end loop; end $$",
    );
  });

  afterAll(() => {
    source = settingsOf(sourceServer, "origin");
  });

  test("the application can neither truncate nor alter a table that is still to be copied", async () => {
    const attempts: Promise<unknown>[] = [];
    const onEvent = when(
      (event) => event.type === "planned",
      () => {
        for (const sql of ["truncate slow", "alter table slow alter id type bigint", "drop table t7"])
          attempts.push(runSql(source, "set lock_timeout = '100ms'", sql).catch((error: unknown) => error));
      },
    );
    await runSql(source, "alter database busy_origin set lock_timeout = '100ms'");
    const { failures } = await moveAndReport({ source, target, onEvent });
    expect(failures).toEqual([]);
    for (const error of await Promise.all(attempts)) expect(error).toMatchObject({ code: "55P03" });
    await expectEqualRows();
    await runSql(source, "alter database busy_origin reset lock_timeout");
  });

  test.each([
    ["the snapshot's holder", () => endSessions(source, "howdah snapshot")],
    ["the target's witness", () => endSessions(target, "howdah schema")],
  ])("when %s is lost the move ends at once, as something that may pass", async (_which, end) => {
    let endedAt = 0;
    const onEvent = when(COPYING, () => {
      endedAt = performance.now();
      void end();
    });
    const { error } = await moveAndReport({ source, target, onEvent });
    expect(error).toMatchObject({ code: "CONNECTION_LOST", transient: true });
    expect(performance.now() - endedAt).toBeLessThan(underLoad(5_000));
    expect(await leftSessions(sourceServer)).toEqual([]);
    expect(await leftSessions(targetServer)).toEqual([]);
  });

  test("copies and index builds whose sessions are ended on the target are done again, nothing is there twice", async () => {
    const copying = when(COPYING, () => void endSessions(target, "howdah copy"));
    const building = when(
      (event) => event.type === "table-completed" && event.table.name === "slow",
      () => setTimeout(() => void endSessions(target, "howdah indexes"), 150),
    );
    const { events, failures, error } = await moveAndReport({
      source,
      target,
      onEvent: (event) => {
        copying(event);
        building(event);
      },
    });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    const attempts = events.flatMap((event) => (event.type === "table-started" ? [event.attempt] : []));
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    await expectEqualRows();
    expect(
      await queryRows(target, "select indexname from pg_indexes where tablename = 'slow' order by 1"),
    ).toEqual([{ indexname: "slow_n_idx" }, { indexname: "slow_pkey" }, { indexname: "slow_v_idx" }]);
  });

  test.each([
    ["copied", COPYING],
    ["indexed", (event: EngineEvent) => event.type === "table-completed" && event.table.name === "slow"],
  ] as const)("an abort while rows are %s leaves no session, transaction or lock", async (_what, matches) => {
    const abort = new AbortController();
    let abortedAt = 0;
    const onEvent = when(matches, () => {
      abortedAt = performance.now();
      abort.abort(new Error("enough"));
    });
    await expect(moveAndReport({ source, target, onEvent, signal: abort.signal })).rejects.toThrow("enough");
    expect(performance.now() - abortedAt).toBeLessThan(underLoad(4_000));
    for (const server of [sourceServer, targetServer]) {
      const sql =
        "select application_name, state, query from pg_stat_activity where application_name like 'howdah%'";
      expect(await queryRows(settingsOf(server), sql)).toEqual([]);
      const locks = "select locktype from pg_locks where pid <> pg_backend_pid() and database is not null";
      expect(await queryRows(settingsOf(server), locks)).toEqual([]);
    }
  });

  test("few free connections on the target are enough", async () => {
    await runSql(
      settingsOf(targetServer),
      "drop role if exists few",
      "create role few superuser login password 'few' connection limit 5",
    );
    const few = { ...target, user: "few", password: "few" };
    const { failures, error } = await moveAndReport({ source, target: few, jobs: 8 });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    await expectEqualRows();
  });

  // The last one: it writes to what the others share.
  test("writes that go on during the copy are not in it", async () => {
    const before = await checksumDatabase(source, { signal });
    let written: Promise<void> | undefined;
    const onEvent = when(
      (event) => event.type === "planned",
      () => {
        written = runSql(
          source,
          "insert into slow select -g, 'late', 0 from generate_series(1, 5000) g",
          "delete from t5",
        );
      },
    );
    const { failures } = await moveAndReport({ source, target, onEvent });
    await written;
    expect(failures).toEqual([]);
    expect(await checksumDatabase(target, { signal })).toEqual(before);
  });
});

test("a row the target refuses fails its table only, alone out of its batch, and keys onto it are a consequence", async () => {
  await runSql(
    source,
    "create table parent (id int primary key)",
    "create table child (id int primary key, parent int references parent)",
    "create table other (id int primary key)",
    "insert into parent select generate_series(1, 100)",
    "insert into child select g, g from generate_series(1, 100) g",
    "insert into other select generate_series(1, 100)",
    "alter table parent add constraint odd check (id <> 50) not valid",
    "update pg_constraint set convalidated = true where conname = 'odd'",
  );
  const { failures, result } = await moveAndReport({ source, target });
  expect(result).toMatchObject({ tables: 2, rows: 200 });
  expect(failures).toMatchObject([
    {
      code: "CONSTRAINT_VIOLATED",
      object: "public.parent",
      sqlState: "23514",
      message: expect.stringMatching(/COPY parent, line 50/),
    },
    { code: "OBJECT_SKIPPED", kind: "foreign-key" },
  ]);
  expect(await queryRows(target, "select count(*)::int as rows from parent")).toEqual([{ rows: 0 }]);
});

test("settings and comment of the database go along", async () => {
  await runSql(
    source,
    `alter database origin set search_path = "$user", 'Odd, "Schema"', public`,
    "alter database origin set work_mem = '7MB'",
    "alter database origin set app.flag = 'it''s on'",
    "comment on database origin is 'of ''old'''",
  );
  const { failures } = await moveAndReport({ source, target });
  expect(failures).toEqual([]);
  const sql =
    "select s.setconfig, shobj_description(d.oid, 'pg_database') from pg_database d join pg_db_role_setting s on s.setdatabase = d.oid where d.datname = current_database()";
  expect(await queryRows(target, sql)).toEqual(await queryRows(source, sql));
});
