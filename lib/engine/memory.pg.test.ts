import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

/** What a worker may take, whatever it moves; measured 130 to 190. */
const LIMIT_MIB = 200;

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
  const program = join(import.meta.dirname, "testing", "measure-memory.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify({ source, target, jobs: 2 }));
  const { peakMib, failures } = JSON.parse(await text(child.stdout)) as Record<string, number>;
  expect(failures).toBe(0);
  expect(await queryRows(target, "select length(b)::int as bytes from value")).toEqual([
    { bytes: 500_000_000 },
  ]);
  expect(peakMib).toBeLessThan(LIMIT_MIB);
}, 180_000);
