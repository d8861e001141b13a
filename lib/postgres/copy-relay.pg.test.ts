import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { underLoad } from "@/lib/util/testing/under-load";
import { connect } from "./connect";
import type { ConnectionSettings, SslMode } from "./connection-settings";
import {
  type CopyProgress,
  type CopyRelayOptions,
  type CopyRelayResult,
  type CopyStatements,
  relayCopies,
} from "./copy-relay";
import { toCodedError } from "./errors";

let older: TestServer;
let newer: TestServer;

beforeAll(async () => {
  const { certificate, key } = await createTestCertificates("127.0.0.1");
  [older, newer] = await Promise.all([
    startTestServer(15, { tls: { certificate, key } }),
    startTestServer(18, { tls: { certificate, key } }),
  ]);
});

afterAll(async () => {
  await older?.[Symbol.asyncDispose]();
  await newer?.[Symbol.asyncDispose]();
});

function settingsOf({ host, port, user, password }: TestServer, sslMode: SslMode): ConnectionSettings {
  return { host, port, user, password, database: "postgres", sslMode };
}

interface Sessions extends AsyncDisposable {
  source: pg.Client;
  target: pg.Client;
}

async function openSessions(sslMode: SslMode = "Prefer"): Promise<Sessions> {
  const source = await connect(settingsOf(older, sslMode), { applicationName: "relay source" });
  const target = await connect(settingsOf(newer, sslMode), { applicationName: "relay target" });
  return {
    source,
    target,
    async [Symbol.asyncDispose]() {
      await source.end().catch(() => undefined);
      await target.end().catch(() => undefined);
    },
  };
}

type RelayOptions = Partial<CopyRelayOptions & CopyStatements>;

/** Relays one copy of table t. */
async function relay({ source, target }: Sessions, more: RelayOptions = {}): Promise<CopyRelayResult> {
  const { copyOut = "copy t to stdout", copyIn = "copy t from stdin", ...options } = more;
  const [result] = await relayCopies({
    source,
    target,
    copies: [{ copyOut, copyIn }],
    onProgress: () => undefined,
    signal: AbortSignal.timeout(50_000),
    ...options,
  });
  if (!result) throw new Error("no result");
  return result;
}

/** Runs SQL on a session of its own. */
async function run<Row extends pg.QueryResultRow>(server: TestServer, sql: string): Promise<Row[]> {
  const client = await connect(settingsOf(server, "Prefer"), { applicationName: "relay test" });
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function countRows(): Promise<string> {
  return (await run<{ count: string }>(newer, "select count(*) from t"))[0]?.count ?? "";
}

// Stored uncompressed: compressing 200 MB would be most of the time.
const TABLE =
  "create table t (id int primary key, note text, raw bytea); alter table t alter raw set storage external";

beforeEach(async () => {
  for (const server of [older, newer]) {
    await run(server, "drop table if exists t");
    await run(server, TABLE);
  }
});

describe.each(["binary", "text"])("format %s", (format) => {
  const statements = {
    copyOut: `copy t (id, note, raw) to stdout (format ${format})`,
    copyIn: `copy t (id, note, raw) from stdin (format ${format})`,
  };

  test.each(["Prefer", "Require"] as const)("rows arrive as they were, SSL mode %s", async (sslMode) => {
    await run(
      older,
      `insert into t select g, case when g % 3 = 0 then null else repeat('ä"\\', g % 50) end, sha256(g::text::bytea)
         from generate_series(1, 20000) g`,
    );
    await using sessions = await openSessions(sslMode);
    const seen: number[] = [];
    const { rows, bytes } = await relay(sessions, {
      ...statements,
      onProgress: (now) => seen.push(now.bytes),
    });
    expect(rows).toBe(20_000);
    expect(seen.at(-1)).toBe(bytes);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const digest = "select md5(string_agg(t::text, '|' order by id)) as digest from t";
    expect(await run(newer, digest)).toEqual(await run(older, digest));
  });

  test("both sessions are usable after a copy, also within transactions, and an empty table is no error", async () => {
    await using sessions = await openSessions();
    await sessions.source.query("begin");
    await sessions.target.query("begin");
    for (let round = 0; round < 3; round++) expect((await relay(sessions, statements)).rows).toBe(0);
    await sessions.source.query("commit");
    await sessions.target.query("commit");
    expect((await sessions.target.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });
});

test.each([
  ["binary", 200],
  ["text", 50],
])("in %s a value of %i MB passes and the memory stays flat", async (format, size) => {
  await run(older, `insert into t select 1, null, decode(repeat('a5', ${size} * 1024 * 1024), 'hex')`);
  await using sessions = await openSessions();
  const before = process.memoryUsage().rss;
  let highest = 0;
  const { bytes } = await relay(sessions, {
    copyOut: `copy t to stdout (format ${format})`,
    copyIn: `copy t from stdin (format ${format})`,
    onProgress: () => {
      highest = Math.max(highest, process.memoryUsage().rss);
    },
  });
  expect(bytes).toBeGreaterThan(size * 1024 * 1024);
  expect((highest - before) / 1024 / 1024).toBeLessThan(80);
  expect(await run(newer, "select length(raw) as length from t")).toEqual([{ length: size * 1024 * 1024 }]);
});

test("many copies go in one message, each with its own figures", async () => {
  await run(
    older,
    "create table if not exists u (id int); truncate u; insert into u select generate_series(1, 5)",
  );
  await run(newer, "create table if not exists u (id int); truncate u");
  await run(older, "insert into t select g, 'x', null from generate_series(1, 20000) g");
  await using sessions = await openSessions();
  const names = ["u", "t", "empty", "u"];
  const seen: CopyProgress[][] = names.map(() => []);
  const results = await relayCopies({
    source: sessions.source,
    target: sessions.target,
    prepareTarget: ["begin", "create temp table empty (id int)"],
    copies: names.map((name) => ({
      copyOut: name === "empty" ? "copy (select 1 where false) to stdout" : `copy ${name} to stdout`,
      copyIn: `copy ${name} from stdin`,
    })),
    onProgress: (progress, index) => seen[index]?.push(progress),
    signal: AbortSignal.timeout(50_000),
  });
  expect(results.map((one) => one.rows)).toEqual([5, 20_000, 0, 5]);
  expect(seen.map((one) => one.at(-1) ?? { bytes: 0, rows: 0 })).toEqual(results);
  expect(await countRows()).toBe("0");
  await sessions.target.query("commit");
  expect(await countRows()).toBe("20000");
});

test("one bad copy among many fails all of them", async () => {
  await run(older, "insert into t values (1, 'not a number', null)");
  await run(newer, "create table if not exists u (id int); truncate u");
  await using sessions = await openSessions();
  const copies = [
    { copyOut: "copy (select generate_series(1, 9)) to stdout", copyIn: "copy u from stdin" },
    { copyOut: "copy (select note from t) to stdout", copyIn: "copy u from stdin" },
    { copyOut: "copy (select generate_series(1, 300000)) to stdout", copyIn: "copy u from stdin" },
  ];
  const { source, target } = sessions;
  const signal = AbortSignal.timeout(50_000);
  await expect(
    relayCopies({ source, target, copies, onProgress: () => undefined, signal }),
  ).rejects.toMatchObject({
    code: "22P02",
  });
  expect(await run(newer, "select count(*) from u")).toEqual([{ count: "0" }]);
});

test("notices between rows do not reach the target", async () => {
  await run(
    older,
    `create or replace function noisy(i int) returns int language plpgsql as $$ begin raise notice 'row %', i; return i; end $$`,
  );
  await using sessions = await openSessions();
  const copyOut = "copy (select noisy(g), null, null from generate_series(1, 500) g) to stdout";
  expect((await relay(sessions, { copyOut })).rows).toBe(500);
});

test("a row the target refuses is named with table, line and column, and nothing of the copy stays", async () => {
  await run(older, "insert into t select g, 'x', null from generate_series(1, 100000) g");
  await run(newer, "alter table t add check (id <> 77777)");
  await using sessions = await openSessions();
  const failure = await relay(sessions).catch((error: unknown) => toCodedError(error, "TABLE_COPY_FAILED"));
  expect(failure).toMatchObject({ code: "CONSTRAINT_VIOLATED", sqlState: "23514" });
  expect(String(failure)).toMatch(/COPY t, line 77777/);
  expect(await countRows()).toBe("0");
});

test("a value the target cannot read is named with its column", async () => {
  await run(older, "insert into t values (1, 'no number', null)");
  await run(newer, "alter table t alter note type int using null");
  await using sessions = await openSessions();
  const failure = await relay(sessions).catch((error: unknown) => toCodedError(error, "TABLE_COPY_FAILED"));
  expect(failure).toMatchObject({ code: "VALUE_REJECTED" });
  expect(String(failure)).toMatch(/COPY t, line 1, column note: "no number"/);
});

test("an error of the source in the middle is thrown and the target keeps nothing", async () => {
  await using sessions = await openSessions();
  const copyOut = "copy (select g, (1 / (60000 - g))::text, null from generate_series(1, 90000) g) to stdout";
  await expect(relay(sessions, { copyOut })).rejects.toMatchObject({ code: "22012" });
  expect(await countRows()).toBe("0");
});

test("a source session that is ended in the middle is a transient error and the target keeps nothing", async () => {
  await using sessions = await openSessions();
  const copyOut = "copy (select g, pg_sleep(0.001)::text, null from generate_series(1, 90000) g) to stdout";
  const failing = relay(sessions, { copyOut }).catch((error: unknown) =>
    toCodedError(error, "TABLE_COPY_FAILED"),
  );
  await expect.poll(() => run(older, ACTIVE)).not.toEqual([]);
  await run(
    older,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'relay source'",
  );
  expect(await failing).toMatchObject({ transient: true });
  await expect.poll(() => run(newer, ACTIVE)).toEqual([]);
  expect(await countRows()).toBe("0");
});

test("a target that dies in the middle is a transient error", async () => {
  await using sessions = await openSessions();
  const copyOut = "copy (select g, repeat('x', 1000), null from generate_series(1, 3000000) g) to stdout";
  const failing = relay(sessions, { copyOut }).catch((error: unknown) =>
    toCodedError(error, "TABLE_COPY_FAILED"),
  );
  await expect.poll(() => run(newer, ACTIVE)).not.toEqual([]);
  await run(
    newer,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'relay target'",
  );
  expect(await failing).toMatchObject({ transient: true });
});

const ACTIVE =
  "select pid from pg_stat_activity where application_name like 'relay %' and application_name <> 'relay test' and state = 'active'";

test("an abort ends the copy on both servers within a second", async () => {
  await using sessions = await openSessions();
  const abort = new AbortController();
  const copyOut = "copy (select g, repeat('x', 1000), null from generate_series(1, 3000000) g) to stdout";
  const failing = relay(sessions, { copyOut, signal: abort.signal }).catch((error: unknown) => error);
  await expect.poll(() => run(newer, ACTIVE)).not.toEqual([]);
  const reason = new Error("stop");
  abort.abort(reason);
  expect(await failing).toBe(reason);
  for (const server of [older, newer])
    await expect.poll(() => run(server, ACTIVE), { timeout: underLoad(1_000) }).toEqual([]);
  expect(await countRows()).toBe("0");
});

test("a target that stores fewer rows than were sent is an error", async () => {
  await run(older, "insert into t select g, null, null from generate_series(1, 10) g");
  await run(
    newer,
    "create or replace function skip() returns trigger language plpgsql as 'begin return null; end'",
  );
  await run(
    newer,
    "create trigger skip before insert on t for each row when (new.id > 7) execute function skip()",
  );
  await using sessions = await openSessions();
  await expect(relay(sessions)).rejects.toMatchObject({ code: "ROW_COUNT_DIFFERS" });
});
