import { afterAll, beforeAll, expect, test } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { underLoad } from "@/lib/util/testing/under-load";
import { checksumDatabase } from "./table-checksums";

const ROWS = `
  create schema "Odd ""Name";
  create type mood as enum ('sad', 'happy');
  create table "Odd ""Name"."T" (
    id int, f8 double precision, f4 real, n numeric, ts timestamptz, iv interval, b bytea, j jsonb, m mood, a int[], t text);
  insert into "Odd ""Name"."T" values
    (1, 0.1, 0.1, 'NaN', '2026-03-29 01:30+01', '1 mon -3 days 04:05:06', '\\x00ff', '{"b": 1, "a": null}', 'happy', '{1,null}', 'ä,"x"'),
    (2, 'Infinity', 1e-30, 1.10, 'infinity', null, null, null, null, '{}', ''),
    (3, 5e-324, -0.0, 0, '0044-03-15 BC', '0', '', '[]', 'sad', null, null);
  create table empty_one (id int);
  create table columnless ();
  insert into columnless default values;
  create table parent (id int); create table child (more text) inherits (parent);
  insert into parent values (1); insert into child values (2, 'x')`;

const servers: TestServer[] = [];

beforeAll(async () => {
  for (const major of [12, 18] as const) servers.push(await makeServer(major));
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

async function makeServer(major: EmbeddedMajor): Promise<TestServer> {
  const server = await startTestServer(major);
  await run(server, ROWS);
  return server;
}

function settingsOf({ host, port, user, password }: TestServer): ConnectionSettings {
  return { host, port, user, password, database: "postgres", sslMode: "Prefer" };
}

async function run(server: TestServer, sql: string): Promise<unknown[]> {
  const client = await connect(settingsOf(server));
  try {
    const result = await client.query(sql);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}

function checksums(server: TestServer | undefined) {
  if (!server) throw new Error("no server");
  return checksumDatabase(settingsOf(server), { signal: AbortSignal.timeout(20_000) });
}

test("equal rows have equal checksums on 12 and 18, whatever order and session defaults", async () => {
  const [older, newer] = servers;
  const before = await checksums(older);
  expect(before.map(({ name, rows }) => [name, rows])).toEqual([
    ["T", "3"],
    ["child", "1"],
    ["columnless", "1"],
    ["empty_one", "0"],
    ["parent", "1"],
  ]);
  if (!newer) throw new Error("no server");
  await run(
    newer,
    `alter database postgres set datestyle = 'German'; alter database postgres set timezone = 'Asia/Tokyo'`,
  );
  await run(newer, `update "Odd ""Name"."T" set id = id where id = 1`);
  expect(await checksums(newer)).toEqual(before);
});

test.each([
  ["a row that is there twice", "insert into parent values (1)", "parent"],
  ["a byte that differs", `update "Odd ""Name"."T" set b = '\\x00fe' where id = 1`, "T"],
  ["null instead of an empty text", `update "Odd ""Name"."T" set t = null where id = 2`, "T"],
  ["the last bit of a float", `update "Odd ""Name"."T" set f8 = 0.10000000000000002 where id = 1`, "T"],
])("%s changes the checksum of its table only", async (_what, change, changed) => {
  const server = servers[1];
  if (!server) throw new Error("no server");
  const before = await checksums(server);
  await run(server, change);
  const after = await checksums(server);
  const differing = after.filter((one, index) => one.checksum !== before[index]?.checksum);
  expect(differing.map((one) => one.name)).toEqual([changed]);
});

test("a table that may not be read fails the whole comparison and names the table", async () => {
  const server = servers[0];
  if (!server) throw new Error("no server");
  await run(server, "create role reader login password 'r'; grant select on parent to reader");
  const settings = { ...settingsOf(server), user: "reader", password: "r" };
  const failing = checksumDatabase(settings, { signal: AbortSignal.timeout(20_000) });
  await expect(failing).rejects.toMatchObject({ code: "PRIVILEGE_MISSING" });
});

test("an abort stops the reading on the server and leaves no session", async () => {
  const server = servers[0];
  if (!server) throw new Error("no server");
  await run(
    server,
    "create table big as select g as id, repeat('x', 500) as t from generate_series(1, 400000) g",
  );
  const started = performance.now();
  await expect(
    checksumDatabase(settingsOf(server), { signal: AbortSignal.timeout(150) }),
  ).rejects.toMatchObject({ name: "TimeoutError" });
  expect(performance.now() - started).toBeLessThan(underLoad(3_000));
  expect(
    await run(server, "select 1 from pg_stat_activity where application_name like 'howdah checksum'"),
  ).toEqual([]);
});
