import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { createTargetDatabase, dropTargetDatabase, targetDatabaseExists } from "./target-database";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

const MAJORS = [12, 15, 17, 18] as const satisfies readonly EmbeddedMajor[];
const servers = new Map<number, TestServer>();
const signal = new AbortController().signal;

beforeAll(async () => {
  await Promise.all(
    MAJORS.map(async (major) =>
      servers.set(major, await startTestServer(major, { settings: { max_prepared_transactions: "5" } })),
    ),
  );
});

afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

function serverOf(major: number): TestServer {
  const server = servers.get(major);
  if (!server) throw new Error(`PostgreSQL ${major} was not started`);
  return server;
}

async function create(from: number, to: number, clauses: string): Promise<Record<string, unknown>> {
  const source = settingsOf(serverOf(from), "origin");
  await runSql(
    settingsOf(serverOf(from)),
    "drop database if exists origin",
    `create database origin template template0 ${clauses}`,
  );
  const target = settingsOf(serverOf(to));
  await dropTargetDatabase({ target, name: "copy", signal });
  await createTargetDatabase({ source, target, name: "copy", signal });
  const [row] = await queryRows<{ database: Record<string, unknown> }>(
    target,
    "select to_jsonb(d) || jsonb_build_object('encoding', pg_encoding_to_char(encoding)) as database from pg_database d where datname = 'copy'",
  );
  return row?.database ?? {};
}

test.each([
  [
    12,
    12,
    "encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'",
    { datcollate: "C.UTF-8", datctype: "C.UTF-8", encoding: "UTF8" },
  ],
  [
    12,
    18,
    "encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
    { datcollate: "C", encoding: "LATIN1", datlocprovider: "c" },
  ],
  [12, 17, "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'", { encoding: "SQL_ASCII" }],
  [
    15,
    18,
    "encoding 'UTF8' locale_provider icu icu_locale 'de-AT' locale 'C'",
    { datlocprovider: "i", datlocale: "de-AT" },
  ],
  [
    17,
    18,
    "encoding 'UTF8' locale_provider icu icu_locale 'en' icu_rules '&z < a' locale 'C'",
    { daticurules: "&z < a" },
  ],
  [
    17,
    17,
    "encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'",
    { datlocprovider: "b", datlocale: "C.UTF-8" },
  ],
])("from %i to %i: %s", async (from, to, clauses, expected) => {
  expect(await create(from, to, clauses)).toMatchObject(expected);
});

test("a locale the target does not know is told, and nothing is created", async () => {
  const server = serverOf(15);
  await runSql(
    settingsOf(server),
    "drop database if exists origin",
    "create database origin template template0 locale_provider icu icu_locale 'nonsense-nowhere' locale 'C'",
  );
  const target = settingsOf(serverOf(18));
  await runSql(target, "alter system set icu_validation_level = 'error'", "select pg_reload_conf()");
  const creation = () =>
    createTargetDatabase({ source: settingsOf(server, "origin"), target, name: "unknown locale", signal });
  await expect
    .poll(() => creation().catch((error: unknown) => error))
    .toMatchObject({
      code: "LOCALE_UNAVAILABLE",
      message: expect.stringContaining("nonsense-nowhere"),
    });
  await runSql(target, "alter system reset icu_validation_level", "select pg_reload_conf()");
  expect(await targetDatabaseExists({ target, name: "unknown locale", signal })).toBe(false);
});

test("a name that is taken, and a login that may not", async () => {
  const source = settingsOf(serverOf(17));
  const target = settingsOf(serverOf(18));
  await runSql(target, "create role nobody_special login password 'n'");
  const limited = { ...target, user: "nobody_special", password: "n" };
  await createTargetDatabase({ source, target, name: "taken", signal });
  const again = createTargetDatabase({ source, target, name: "taken", signal });
  await expect(again).rejects.toMatchObject({ code: "DATABASE_EXISTS", transient: false });
  const forbidden = createTargetDatabase({ source, target: limited, name: "new", signal });
  await expect(forbidden).rejects.toMatchObject({ code: "CREATEDB_MISSING" });
  const foreign = dropTargetDatabase({ target: limited, name: "taken", signal });
  await expect(foreign).rejects.toMatchObject({ code: "DATABASE_DROP_FAILED" });
  expect(await targetDatabaseExists({ target, name: "taken", signal })).toBe(true);
  expect(await targetDatabaseExists({ target, name: "TAKEN", signal })).toBe(false);
});

test.each([12, 18])(
  "on %i a database in use is dropped with its sessions, a missing one is no error",
  async (major) => {
    const target = settingsOf(serverOf(major));
    await runSql(target, "create database busy");
    const sessions: pg.Client[] = [];
    for (let index = 0; index < 3; index++) sessions.push(await connect({ ...target, database: "busy" }));
    await sessions[0]?.query("begin; create table t (id int)");
    await dropTargetDatabase({ target, name: "busy", signal });
    expect(await targetDatabaseExists({ target, name: "busy", signal })).toBe(false);
    await dropTargetDatabase({ target, name: "busy", signal });
    await Promise.all(sessions.map((session) => session.end().catch(() => undefined)));
  },
);

test("a database that a prepared transaction holds is in use", async () => {
  const target = settingsOf(serverOf(18));
  await runSql(target, "create database held");
  const held = { ...target, database: "held" };
  await runSql(held, "begin; create table t (id int); prepare transaction 'holder'");
  const drop = dropTargetDatabase({ target, name: "held", signal });
  await expect(drop).rejects.toMatchObject({ code: "DATABASE_IN_USE" });
  await runSql(held, "rollback prepared 'holder'");
  await dropTargetDatabase({ target, name: "held", signal });
  expect(await targetDatabaseExists({ target, name: "held", signal })).toBe(false);
});

test("an abort stops the creation and leaves no session", async () => {
  const source = settingsOf(serverOf(17));
  const target = settingsOf(serverOf(18));
  // Holds the creation as long as we like, and lets logins through.
  const blocker = await connect(target);
  await blocker.query("begin; lock table pg_catalog.pg_database in share mode");
  const abort = new AbortController();
  const creation = createTargetDatabase({ source, target, name: "aborted", signal: abort.signal });
  setTimeout(() => abort.abort(new Error("stop")), 300);
  await expect(creation).rejects.toThrow("stop");
  await blocker.query("rollback");
  await blocker.end();
  expect(await targetDatabaseExists({ target, name: "aborted", signal })).toBe(false);
});
