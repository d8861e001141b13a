import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { programArguments } from "@/lib/util/testing/test-programs";

const ROOT = join(import.meta.dirname, "..", "..", "..");
let source: TestServer;
let target: TestServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "howdah-verify-"));
  [source, target] = await Promise.all([startTestServer(17), startTestServer(18)]);
  for (const server of [source, target]) {
    await runSql(settingsOf(server), "create database shop", "create role reader login password 'reader'");
    await runSql(
      settingsOf(server, "shop"),
      "create table item (id integer primary key, name text, price numeric)",
      "insert into item select n, 'item ' || n, n * 1.5 from generate_series(1, 3000) n",
      "create table note (t text)",
      "insert into note values ('a'), ('a'), (null)",
      "grant select on item to reader",
    );
  }
});

afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the real program, passwords by the environment. */
async function verify(args: string[], login: { user: string; password: string } | null = null) {
  const uri = (server: TestServer) =>
    `postgresql://${login?.user ?? server.user}@127.0.0.1:${server.port}/shop`;
  const child = spawn(
    process.execPath,
    [...programArguments("howdah"), "verify", "--source", uri(source), "--target", uri(target), ...args],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        HOWDAH_SOURCE_PASSWORD: login?.password ?? source.password,
        HOWDAH_TARGET_PASSWORD: login?.password ?? target.password,
      },
    },
  );
  let out = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  return { code, out, said };
}

test("tells planted differences down to the columns and how to repair them, after which the databases are equal", async () => {
  await runSql(
    settingsOf(target, "shop"),
    "update item set name = E'it''s\\n\\\\odd' where id = 7",
    "delete from item where id = 2000",
    "insert into note values ('a')",
    "create index on note (t)",
  );
  const repairFile = join(folder, "repair.sql");
  const reportFile = join(folder, "report.json");
  const found = await verify(["--repair-file", repairFile, "--report", reportFile]);
  expect(found.code).toBe(5);
  expect(found.out).toMatch(/^shop: DIFFERENT\n/);
  expect(found.out).toContain("different: table public.item (3,000 on the source, 2,999 on the target)");
  expect(found.out).toContain(
    `changed id = "7"\n      name\n        source "item 7"\n        target "it's\\n\\\\odd"`,
  );
  expect(found.out).toContain(`missing id = "2000"`);
  expect(found.out).toContain(`extra t = "a"`);
  expect(found.out).toMatch(/\n +\+ CREATE INDEX "note_t_idx"/);
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  expect(report).toMatchObject({
    exitCode: 5,
    databases: [{ outcome: "different", different: 3, unchecked: 0 }],
  });
  expect(readFileSync(reportFile, "utf8") + found.out + found.said).not.toContain(target.password);

  // What psql would be told besides statements begins with a backslash.
  const script = readFileSync(repairFile, "utf8").replace(/^\\.*$/gm, "");
  await runSql(settingsOf(target, "shop"), script, "drop index public.note_t_idx");
  const equal = await verify([]);
  expect(equal).toMatchObject({ code: 0, out: expect.stringContaining("2 tables with 3,003 rows") });
  expect(equal.out).toMatch(/^shop: equal\n/);
});

test("what could not be read makes it incomplete, in JSON lines too", async () => {
  const found = await verify(["--json", "--table", "*"], { user: "reader", password: "reader" });
  expect(found.code).toBe(6);
  const lines = found.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: "planned", database: "shop" });
  expect(lines.at(-1)).toMatchObject({
    type: "ended",
    exitCode: 6,
    databases: [{ name: "shop", outcome: "incomplete", items: 2, different: 0, unchecked: 1 }],
  });
  expect(await verify(["--table", "a.b.c"])).toMatchObject({
    code: 1,
    said: expect.stringContaining("FILTER_INVALID"),
  });
  expect(await verify(["--report", "/no/such/folder/report.json"])).toMatchObject({ code: 2 });
});
