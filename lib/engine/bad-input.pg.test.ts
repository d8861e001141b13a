import { describe, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import { describeCode } from "@/lib/util/error-codes";
import { createTargetDatabase, dropTargetDatabase, targetDatabaseExists } from "./target-database";
import { compareDatabases } from "./testing/compare-databases";
import { moveAndReport } from "./testing/move-and-report";
import { settingsOf } from "./testing/settings-of";
import { guardSource, leftSessions } from "./testing/source-guard";
import { queryRows, runSql, withSession } from "./testing/with-session";

// Autovacuum writes by itself, and here every write on the source has to be somebody's fault.
const servers = serversForFile(17, 17, { settings: { autovacuum: "off" } });
const { signal } = new AbortController();

/** A source database made of `statements`, and an empty one of the same name on the target. */
async function prepare(name: string, ...statements: string[]) {
  const [source, target] = [settingsOf(servers.source, name), settingsOf(servers.target, name)];
  await withSession(settingsOf(servers.source), async (client) => {
    await client.query(`create database "${name.replaceAll('"', '""')}"`);
  });
  if (statements.length > 0) await runSql(source, ...statements);
  await createTargetDatabase({ source, target: settingsOf(servers.target), name, signal });
  return { source, target };
}

describe("names", () => {
  const NAMES = [
    `x"; drop database postgres; --`,
    "it's $1 \\ %s $HOME `id`",
    "--single-transaction",
    "host=elsewhere dbname=postgres",
    "ÜTF 8 表 😀",
    "sixty-three bytes is what a name may have at most, not one more",
  ];

  test.each(NAMES)("a database called %j moves under its own name", async (name) => {
    const { source, target } = await prepare(
      name,
      "create table t (id integer primary key)",
      "insert into t values (1), (2)",
    );
    const guard = await guardSource(servers.source, name, { compareContents: false });
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures).toEqual([]);
    expect(result?.rows).toBe(2);
    expect(await compareDatabases(source, target)).toEqual([]);
    expect(await guard.changes()).toEqual([]);
    await dropTargetDatabase({ target: settingsOf(servers.target), name, signal });
    const left = await queryRows<{ datname: string }>(
      settingsOf(servers.target),
      "select datname from pg_database order by 1",
    );
    expect(left.map((row) => row.datname)).toEqual(["postgres", "template0", "template1"]);
  });

  test.each([
    ["empty", ""],
    ["of 200 characters", "n".repeat(200)],
    ["of 64 bytes in 32 characters", "é".repeat(32)],
    ["with a null character", "a\0b"],
  ])("a database name %s is refused before anything is created", async (_what, name) => {
    const source = settingsOf(servers.source);
    const creation = createTargetDatabase({ source, target: settingsOf(servers.target), name, signal });
    await expect(creation).rejects.toMatchObject({
      code: "DATABASE_NAME_INVALID",
      remedy: describeCode("DATABASE_NAME_INVALID").remedy,
    });
    expect(await leftSessions(servers.target)).toEqual([]);
  });

  test("tables, columns and schemas with hostile names arrive as they are", async () => {
    const { source, target } = await prepare(
      "names",
      `create schema "Upper.Dot"`,
      `create table "Upper.Dot"."a""b; drop" ("select" integer primary key, "from" text, "a""b; drop" text, "user" name, "Upper.Dot" text)`,
      `insert into "Upper.Dot"."a""b; drop" select i, 'x', 'y', 'z', null from generate_series(1, 100) i`,
      `create index "i""; drop" on "Upper.Dot"."a""b; drop" ("from", "user")`,
      `create table "Upper.Dot"."no columns" ()`,
      `insert into "Upper.Dot"."no columns" select from generate_series(1, 12)`,
      `create table "a" ("table" integer generated always as identity, "null" integer, "end" boolean)`,
      `create table "A" ("null" integer primary key)`,
      `insert into "A" ("null") values (1)`,
    );
    const guard = await guardSource(servers.source, "names");
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures).toEqual([]);
    expect(result).toMatchObject({ tables: 4, rows: 113 });
    expect(await compareDatabases(source, target)).toEqual([]);
    expect(await guard.changes()).toEqual([]);
  });
});

describe("databases", () => {
  test("an empty database moves, and only its empty schema is there", async () => {
    const { source, target } = await prepare("empty");
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures).toEqual([]);
    expect(result).toMatchObject({ tables: 0, rows: 0, bytes: 0 });
    expect(await compareDatabases(source, target)).toEqual([]);
  });

  test("a database that vanished is told as such, and the target is left as it was", async () => {
    const { source, target } = await prepare("vanished", "create table t (id integer)");
    await runSql(settingsOf(servers.source), "drop database vanished");
    const { error } = await moveAndReport({ source, target });
    expect(error).toMatchObject({
      code: "DATABASE_MISSING",
      remedy: describeCode("DATABASE_MISSING").remedy,
    });
    expect(await leftSessions(servers.target)).toEqual([]);
    const creation = createTargetDatabase({
      source,
      target: settingsOf(servers.target),
      name: "vanished too",
      signal,
    });
    await expect(creation).rejects.toMatchObject({ code: "DATABASE_MISSING" });
    const exists = { target: settingsOf(servers.target), name: "vanished too", signal };
    expect(await targetDatabaseExists(exists)).toBe(false);
  });

  test.each(["127.0.0.1", "localhost"])(
    "a target that is the source is refused, called %s or not",
    async (host) => {
      const name = `same as ${host}`;
      const source = settingsOf(servers.source, name);
      await runSql(settingsOf(servers.source), `create database "${name}"`);
      await runSql(source, "create table t (id integer)", "insert into t select generate_series(1, 50)");
      const guard = await guardSource(servers.source, name);
      const { error } = await moveAndReport({ source, target: { ...source, host } });
      expect(error).toMatchObject({ code: "SAME_SERVER", remedy: describeCode("SAME_SERVER").remedy });
      expect(await guard.changes()).toEqual([]);
    },
  );
});

describe("logins", () => {
  /** Everything a keyboard has, and what libpq's files and URIs treat specially. */
  const PASSWORD = `${Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("")}é表😀\\:'"`;

  test("a password with every special character works on both sides and is nowhere to be seen", async () => {
    const { source, target } = await prepare(
      "passwords",
      "create table t (id integer primary key)",
      "insert into t values (1)",
    );
    await withSession(settingsOf(servers.source), (client) =>
      client.query(`create role special superuser login password ${client.escapeLiteral(PASSWORD)}`),
    );
    await withSession(settingsOf(servers.target), (client) =>
      client.query(`create role special superuser login password ${client.escapeLiteral(PASSWORD)}`),
    );
    const login = { user: "special", password: PASSWORD };
    const { failures, result, events } = await moveAndReport({
      source: { ...source, ...login },
      target: { ...target, ...login },
    });
    expect(failures).toEqual([]);
    expect(result?.rows).toBe(1);
    expect(JSON.stringify(events)).not.toContain(JSON.stringify(PASSWORD).slice(1, -1));
    const wrong = await moveAndReport({ source: { ...source, ...login, password: `${PASSWORD}x` }, target });
    expect(wrong.error).toMatchObject({ code: "PASSWORD_REJECTED" });
    expect(String(wrong.error?.message)).not.toContain(PASSWORD);
  });

  test("a role that cannot read one table moves all others and names that one", async () => {
    const { source, target } = await prepare(
      "unreadable",
      "create schema closed",
      "create table open (id integer primary key)",
      "create table secret (id integer primary key, of integer references open)",
      "create table closed.away (id integer)",
      "create view on_secret as select id from secret",
      "insert into open select generate_series(1, 200)",
      "insert into secret select i, i from generate_series(1, 50) i",
      "create role limited login password 'limited'",
      "grant select on open, on_secret to limited",
    );
    const guard = await guardSource(servers.source, "unreadable");
    const login = { user: "limited", password: "limited" };
    const { failures, result } = await moveAndReport({ source: { ...source, ...login }, target });
    expect(result).toMatchObject({ tables: 1, rows: 200 });
    const errors = failures.filter((failure) => failure.severity === "error");
    expect(
      errors
        .filter(({ code }) => code === "TABLE_UNREADABLE")
        .map(({ object }) => object)
        .sort(),
    ).toEqual(["closed.away", "public.secret"]);
    for (const { code, remedy } of errors) expect(remedy, code).not.toBe("");
    expect(errors.find(({ code }) => code === "TABLE_UNREADABLE")?.remedy).toBe(
      describeCode("TABLE_UNREADABLE").remedy,
    );
    expect(errors.map(({ object }) => object)).toContain("public.on_secret");
    const tables = await queryRows<{ name: string }>(
      target,
      "select relname as name from pg_class where relkind in ('r', 'v') and relnamespace = 'public'::regnamespace",
    );
    expect(tables).toEqual([{ name: "open" }]);
    expect(
      await queryRows(target, "select conname from pg_constraint where contype = 'p' and oid >= 16384"),
    ).toEqual([{ conname: "open_pkey" }]);
    expect(await guard.changes()).toEqual([]);
  });

  test("a role with row security is told so, instead of moving the rows it sees", async () => {
    const { source, target } = await prepare(
      "row security",
      "create table mine (id integer primary key, owner name default current_user)",
      "create table free (id integer primary key)",
      "insert into mine select i, case when i < 5 then 'filtered' else 'other' end from generate_series(1, 100) i",
      "insert into free select generate_series(1, 10)",
      "alter table mine enable row level security",
      "create policy own on mine using (owner = current_user)",
      "create role filtered login password 'filtered'",
      "grant select on all tables in schema public to filtered",
    );
    const guard = await guardSource(servers.source, "row security");
    const login = { user: "filtered", password: "filtered" };
    const { failures, result } = await moveAndReport({ source: { ...source, ...login }, target });
    expect(result).toMatchObject({ tables: 1, rows: 10 });
    expect(failures.filter(({ severity }) => severity === "error")).toMatchObject([
      {
        code: "ROW_SECURITY_BLOCKS",
        object: "public.mine",
        remedy: describeCode("ROW_SECURITY_BLOCKS").remedy,
      },
    ]);
    expect(await queryRows(target, "select count(*)::int as rows from mine")).toEqual([{ rows: 0 }]);
    expect(await guard.changes()).toEqual([]);
  });

  test("time-outs and a read-only default set for the source role do not end its copy", async () => {
    const { source, target } = await prepare(
      "time-outs",
      "create table t (id integer primary key, v text)",
      "insert into t select i, repeat(md5(i::text), 20) from generate_series(1, 150000) i",
      "create role hurried login superuser password 'hurried'",
      "alter role hurried set statement_timeout = '50ms'",
      "alter role hurried set lock_timeout = '1ms'",
      "alter role hurried set idle_in_transaction_session_timeout = '100ms'",
      "alter role hurried set default_transaction_read_only = on",
      "alter role hurried set transaction_timeout = '300ms'",
      "alter role hurried set search_path = 'nowhere'",
    );
    const guard = await guardSource(servers.source, "time-outs");
    const login = { user: "hurried", password: "hurried" };
    const { failures, result, error } = await moveAndReport({ source: { ...source, ...login }, target });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    expect(result?.rows).toBe(150_000);
    expect(await compareDatabases(source, target)).toEqual([]);
    expect(await guard.changes()).toEqual([]);
  });
});

// How much memory ten thousand tables and a value of 500 MB take is seen in memory.pg.test.ts.
describe("sizes", () => {
  test("1,000 tables move with their rows, and nothing is written to the source", async () => {
    const create =
      "create table t%s (id integer primary key, v text); insert into t%1$s select g, md5(g::text) from generate_series(1, %1$s %% 10) g";
    const { source, target } = await prepare(
      "thousand",
      `do $$ begin for i in 1..1000 loop execute format('${create}', i); if i % 500 = 0 then commit; end if; end loop; end $$`,
    );
    const guard = await guardSource(servers.source, "thousand", { compareContents: false });
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures).toEqual([]);
    expect(result).toMatchObject({ tables: 1000, rows: 4500 });
    const sql =
      "select count(*)::int as tables, (select count(*)::int from pg_index i join pg_constraint p on p.conindid = i.indexrelid where contype = 'p' and indisvalid and i.indexrelid >= 16384) as keys from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace";
    expect(await queryRows(target, sql)).toEqual([{ tables: 1000, keys: 1000 }]);
    expect(await guard.changes()).toEqual([]);
  });

  test("a value of 32 MB arrives as it is", async () => {
    const { source, target } = await prepare(
      "huge",
      "create table huge (id integer primary key, v text)",
      "insert into huge values (1, repeat('0123456789abcdef', 2 * 1024 * 1024))",
      "insert into huge select i, 'small' from generate_series(2, 10) i",
    );
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures).toEqual([]);
    expect(result?.bytes).toBeGreaterThan(32 * 2 ** 20);
    const sql = "select md5(string_agg(md5(v), ',' order by id)) as sum from huge";
    expect(await queryRows(target, sql)).toEqual(await queryRows(source, sql));
  });
});
