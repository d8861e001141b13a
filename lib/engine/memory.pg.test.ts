import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { WORKER_FLAGS } from "@/lib/cli/start/worker-flags";
import { startTestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { bundledProgram } from "./testing/bundled-program";
import type { MemoryAnswer } from "./testing/measure-memory";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

/** What a worker may take, whatever it moves. */
const LIMIT_MIB = 200;

let program = "";

beforeAll(async () => {
  program = await bundledProgram("measure-memory");
});

/** Moves in a process like a worker's. */
async function measure(
  moves: readonly { source: ConnectionSettings; target: ConnectionSettings }[],
): Promise<MemoryAnswer> {
  const child = spawn(process.execPath, [...WORKER_FLAGS, program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify({ moves, jobs: 2 }));
  return JSON.parse(await text(child.stdout)) as MemoryAnswer;
}

test("a process that moves a value of 500 MB and more rows than it may hold stays below 200 MB", async () => {
  await using server = await startTestServer(17);
  for (const name of ["heavy", "light"]) await runSql(settingsOf(server), `create database ${name}`);
  const source = settingsOf(server, "heavy");
  const target = settingsOf(server, "light");
  await runSql(
    source,
    "create table value (b bytea)",
    "insert into value select convert_to(repeat('x', 500000000), 'UTF8')",
    "create table rows (id integer, v text)",
    "insert into rows select i, repeat(md5(i::text), 300) from generate_series(1, 25000) i",
  );
  const { peakMib, failures } = await measure([{ source, target }]);
  expect(failures).toBe(0);
  expect(await queryRows(target, "select length(b)::int as bytes from value")).toEqual([
    { bytes: 500_000_000 },
  ]);
  expect(peakMib).toBeLessThan(LIMIT_MIB);
}, 180_000);

const TABLES = 10_000;

test(`a process that moves ${TABLES} tables with a primary key each stays below 200 MB`, async () => {
  // Newer than most installed pg_dumps, so that the built-in one runs, in the same process.
  await using server = await startTestServer(18, { settings: { max_locks_per_transaction: "512" } });
  for (const name of ["many", "copy"]) await runSql(settingsOf(server), `create database ${name}`);
  const source = settingsOf(server, "many");
  const target = settingsOf(server, "copy");
  await runSql(
    source,
    `do $$ begin for n in 1..${TABLES} loop
       execute format('create table many_%s (id integer primary key, v text, at timestamptz)', n);
       if n % 250 = 0 then commit; end if;
     end loop; end $$`,
  );
  const { peakMib, failures } = await measure([{ source, target }]);
  expect(failures).toBe(0);
  expect(peakMib).toBeLessThan(LIMIT_MIB);
  const keys = "select count(*)::int as keys from pg_indexes where schemaname = 'public'";
  expect(await queryRows(target, keys)).toEqual([{ keys: TABLES }]);
}, 300_000);

/** The first moves compile and cache; from then on the memory may go up and down, not up and up. */
const [MOVES, WARM] = [8, 3];

test("one move after the other in a process does not take more and more memory", async () => {
  await using server = await startTestServer(18);
  const database = (name: string) => runSql(settingsOf(server), `create database ${name}`);
  await database("source");
  const source = settingsOf(server, "source");
  await runSql(
    source,
    "create table item (id integer primary key, v text)",
    "insert into item select i, md5(i::text) from generate_series(1, 20000) i",
  );
  const targets = Array.from({ length: MOVES }, (_, index) => `target_${index}`);
  for (const name of targets) await database(name);
  const { residentMib, failures } = await measure(
    targets.map((name) => ({ source, target: settingsOf(server, name) })),
  );
  expect(failures).toBe(0);
  const warm = Math.max(...residentMib.slice(0, WARM));
  expect(residentMib.at(-1) ?? 0).toBeLessThan(warm + 30);
}, 180_000);
