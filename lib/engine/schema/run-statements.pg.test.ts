import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ObjectFailure } from "@/lib/engine/events";
import { connect } from "@/lib/postgres/connect";
import { classifyStatement, loadClassifier } from "./classify-statement";
import { MissingObjects } from "./missing-objects";
import { runStatements } from "./run-statements";
import { splitStatements } from "./split-statements";
import { readTargetRoles } from "./target-roles";

let server: TestServer;
let count = 0;

beforeAll(async () => {
  await loadClassifier();
  server = await startTestServer(17);
  const admin = await open("postgres");
  await admin.query("create role owner_here; create role reader; create role plain login password 'plain'");
  await admin.end();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function open(database: string, user = server.user, password = server.password): Promise<pg.Client> {
  return connect({ host: server.host, port: server.port, user, password, database, sslMode: "Prefer" });
}

/** A session in a new database. */
async function freshClient(owner = server.user, password = server.password): Promise<pg.Client> {
  const admin = await open("postgres");
  const database = `run_${++count}`;
  await admin.query(`create database ${database} owner ${owner}`);
  await admin.end();
  return await open(database, owner, password);
}

async function run(
  client: pg.Client,
  sql: string,
  options: { missing?: MissingObjects; signal?: AbortSignal } = {},
): Promise<ObjectFailure[]> {
  return await runStatements({
    client,
    statements: splitStatements(sql).map(classifyStatement),
    missing: options.missing ?? new MissingObjects(),
    roles: await readTargetRoles(client),
    signal: options.signal ?? AbortSignal.timeout(30_000),
  });
}

function brief(failures: readonly ObjectFailure[]): string[] {
  return failures.map((one) => `${one.severity} ${one.code} ${one.kind} ${one.object}`);
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relkind in ('r', 'v') and relnamespace = 'public'::regnamespace order by 1",
  );
  return rows.map((row) => row.name);
}

describe("runStatements", () => {
  test("goes on after failures and names what depends on them as skipped", async () => {
    const client = await freshClient();
    const missing = new MissingObjects();
    const failures = await run(
      client,
      `create table public.a (id integer);
       create table public."b; x" (id public.no_such_type);
       create table public.c (id integer default no_such_function());
       comment on table public."b; x" is 'never';
       alter table only public.c alter column id set default 1;
       create view public.on_b as select * from public."b; x";
       create view public.on_view as select * from public.on_b;
       create table public.d (id integer)`,
      { missing },
    );
    expect(brief(failures)).toEqual([
      'error OBJECT_FAILED table public."b; x"',
      'warning OBJECT_SKIPPED comment public."b; x"',
      "error OBJECT_FAILED table public.c",
      "error OBJECT_SKIPPED column-default public.c.id",
      "error OBJECT_SKIPPED view public.on_b",
      "error OBJECT_SKIPPED view public.on_view",
    ]);
    expect(failures[0]).toMatchObject({
      sqlState: "42704",
      message: expect.stringContaining("no_such_type"),
    });
    expect(failures[0]?.statement).toContain('create table public."b; x"');
    expect(await tablesOf(client)).toEqual(["a", "d"]);
    expect(missing.hasTable({ schema: "public", name: "b; x" })).toBe(true);
    expect(missing.hasTable({ schema: "public", name: "a" })).toBe(false);
    await client.end();
  });

  test("finds the statement with a syntax error, which stops a whole batch before it begins", async () => {
    const client = await freshClient();
    const sql =
      "create table public.x1 (v text default '😀'); create table public.x2 (a integer) with oids; create table public.x3 ()";
    expect(brief(await run(client, sql))).toEqual(["error OBJECT_FAILED other "]);
    expect(await tablesOf(client)).toEqual(["x1", "x3"]);
    await client.end();
  });

  test("takes what the dump left out for missing", async () => {
    const client = await freshClient();
    const leftOut = [{ object: "public.hidden" } as ObjectFailure];
    const failures = await run(client, "create view public.v as select * from public.hidden", {
      missing: new MissingObjects(leftOut),
    });
    expect(failures[0]).toMatchObject({
      code: "OBJECT_SKIPPED",
      message: expect.stringContaining("public.hidden"),
    });
    await client.end();
  });

  test("tells an extension that is not there from one that may not be created", async () => {
    const superuser = await freshClient();
    expect(brief(await run(superuser, "create extension if not exists no_such_thing"))).toEqual([
      "error EXTENSION_UNAVAILABLE extension no_such_thing",
    ]);
    await superuser.end();
    const plain = await freshClient("plain", "plain");
    expect(brief(await run(plain, "create extension postgres_fdw; create table public.t ()"))).toEqual([
      "error PRIVILEGE_MISSING extension postgres_fdw",
    ]);
    expect(await tablesOf(plain)).toEqual(["t"]);
    await plain.end();
  });

  test("sums up owners and grants for roles that are missing, without sending them", async () => {
    const client = await freshClient();
    const tables = Array.from({ length: 50 }, (_, index) => `public.t${index}`);
    const failures = await run(
      client,
      tables
        .map(
          (table) =>
            `create table ${table} (); alter table ${table} owner to "Gone"; grant select on ${table} to reader, nobody_here`,
        )
        .join(";"),
    );
    expect(brief(failures)).toEqual([
      "warning ROLE_MISSING owner 50 objects",
      "warning ROLE_MISSING grant 50 objects",
    ]);
    expect(failures[0]?.message).toContain('"Gone"');
    await client.end();
  });

  test("gives objects to roles the login may act for, and says where it may not", async () => {
    const superuser = await freshClient();
    expect(
      await run(superuser, "create table public.t (); alter table public.t owner to owner_here"),
    ).toEqual([]);
    const { rows } = await superuser.query("select tableowner from pg_tables where tablename = 't'");
    expect(rows).toEqual([{ tableowner: "owner_here" }]);
    await superuser.end();
    const plain = await freshClient("plain", "plain");
    const failures = await run(plain, "create table public.t (); alter table public.t owner to owner_here");
    expect(brief(failures)).toEqual(["warning PRIVILEGE_MISSING owner public.t"]);
    await plain.end();
  });

  test("runs thousands of failing statements in order and to the end", async () => {
    const client = await freshClient();
    const statements = Array.from({ length: 600 }, (_, index) =>
      index % 3 === 0 ? `create table public.t${index} (a no_such_type)` : `create table public.t${index} ()`,
    );
    expect(await run(client, statements.join(";"))).toHaveLength(200);
    expect(await tablesOf(client)).toHaveLength(400);
    await client.end();
  });

  test("throws when the session breaks, and when aborted", async () => {
    const client = await freshClient();
    await expect(
      run(client, "create table public.t (); select pg_terminate_backend(pg_backend_pid())"),
    ).rejects.toMatchObject({ code: "CONNECTION_LOST", transient: true });
    await client.end().catch(() => undefined);
    const other = await freshClient();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(run(other, "create table public.t ()", { signal })).rejects.toThrow("enough");
    expect(await tablesOf(other)).toEqual([]);
    await other.end();
  });
});
