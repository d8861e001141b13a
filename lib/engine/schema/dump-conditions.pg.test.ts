import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCertificates, type TestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident, literal } from "@/lib/postgres/sql";
import { queryRows } from "../testing/with-session";
import { dumpSchema } from "./dump-schema";
import { dumpFolderOwner } from "./native-environment";
import type { DumpedSchema } from "./statement";
import { installedTools } from "./testing/installed-tools";

const DATABASE = `shop host=evil.example "; drop`;
const PASSWORD = `p@ss'"\\:/?#[]%20 $&=;\`ü–漢`;
const TOOLS = await installedTools(15);
const HAS_NATIVE = TOOLS.includes("native");

let server: TestServer;
let certificates: TestCertificates;

beforeAll(async () => {
  certificates = await createTestCertificates("127.0.0.1");
  server = await startTestServer(15, {
    tls: certificates,
    hba: ["hostssl all all 127.0.0.1/32 scram-sha-256"],
  });
  const admin = await connect(adminSettings("postgres"));
  await admin.query(`create role plain login password ${literal(PASSWORD)}`);
  await admin.query("alter role plain set statement_timeout = '700ms'");
  await admin.query("alter role plain set standard_conforming_strings = off");
  await admin.query(`create database ${ident(DATABASE)}`);
  await admin.end();
  await run(`create table readable (id integer primary key, v text default 'a\\b');
             create table hidden (id integer primary key references readable);
             create table "also.hidden" (id integer);
             create schema closed; create table closed.t (id integer);
             grant select on readable, closed.t to plain;
             comment on table readable is 'back\\slash'`);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function adminSettings(database: string): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database, sslMode: "Require" };
}

function plainSettings(): ConnectionSettings {
  return { ...adminSettings(DATABASE), user: "plain", password: PASSWORD };
}

async function run(sql: string, database = DATABASE): Promise<void> {
  const client = await connect(adminSettings(database));
  await client.query(sql);
  await client.end();
}

function dump(
  settings: ConnectionSettings,
  tool: "native" | "wasm",
  signal = AbortSignal.timeout(30_000),
): Promise<DumpedSchema> {
  return dumpSchema({ settings, tool, targetVersion: 18, signal });
}

function temporaryFolders(): string[] {
  // Other processes dump at the same time.
  return readdirSync(tmpdir()).filter((name) => dumpFolderOwner(name) === process.pid);
}

/** Milliseconds until the socket between those ports asks whether its peer is there; none while it waits for something else. */
function keepaliveMs(from: number, to: number): number {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "latin1").split("\n");
  const sockets = lines.map((line) => line.trim().split(/\s+/));
  const socket = sockets.find(([, own, peer]) => own?.endsWith(hex(from)) && peer?.endsWith(hex(to)));
  const [timer, hundredths] = socket?.[5]?.split(":") ?? [];
  return timer === "02" ? 10 * Number.parseInt(hundredths ?? "", 16) : Number.POSITIVE_INFINITY;
}

describe.each(TOOLS)("the %s tool", (tool) => {
  test("dumps for a plain role what it may read and reports the rest", async () => {
    const dumped = await dump(plainSettings(), tool);
    expect(dumped.failures.map((one) => [one.code, one.object])).toEqual([
      ["TABLE_UNREADABLE", "closed.t"],
      ["TABLE_UNREADABLE", 'public."also.hidden"'],
      ["TABLE_UNREADABLE", "public.hidden"],
    ]);
    const tables = dumped.preData.filter((one) => one.kind === "table").map((one) => one.object);
    expect(tables).toEqual(["public.readable"]);
    expect(dumped.postData.map((one) => one.kind)).not.toContain("foreign-key");
    const texts = [...dumped.preData, ...dumped.postData].map((one) => one.sql);
    expect(texts).toContain(`COMMENT ON TABLE "public"."readable" IS 'back\\slash'`);
    expect(temporaryFolders()).toEqual([]);
  });

  test("verifies the server's certificate as the connector does", async () => {
    const verified: ConnectionSettings = {
      ...plainSettings(),
      sslMode: "VerifyFull",
      caCertificate: certificates.ca,
    };
    expect((await dump(verified, tool)).preData.length).toBeGreaterThan(10);
  });

  test("waits for a lock longer than the login's statement_timeout", async () => {
    await using blocker = await lockTable();
    const pending = dump(plainSettings(), tool);
    await waitForBlocked();
    await sleep(1_000);
    await blocker.client.query("commit");
    expect((await pending).preData.length).toBeGreaterThan(10);
  });

  test.runIf(process.platform === "linux")(
    "asks within seconds whether a silent server is there",
    async () => {
      await using blocker = await lockTable();
      const pending = dump(plainSettings(), tool);
      await waitForBlocked();
      const { rows } = await blocker.client.query<{ port: number }>(
        "select client_port as port from pg_stat_activity where usename = 'plain' and wait_event_type = 'Lock'",
      );
      const port = rows[0]?.port ?? 0;
      await expect.poll(() => keepaliveMs(port, server.port)).toBeLessThanOrEqual(5_000);
      await blocker.client.query("commit");
      await pending;
    },
  );

  test("leaves no session and no file behind when aborted in the middle", async () => {
    await using _blocker = await lockTable();
    const abort = new AbortController();
    const pending = dump(plainSettings(), tool, abort.signal);
    pending.catch(() => undefined);
    await waitForBlocked();
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    // The server has a moment's work to do after the program has ended; what a transaction has once seen of it stays.
    const sql = "select application_name from pg_stat_activity where usename = 'plain'";
    await expect.poll(() => queryRows(adminSettings("postgres"), sql), { timeout: 5_000 }).toEqual([]);
    expect(temporaryFolders()).toEqual([]);
  });

  test("reports a source that goes away as a lost connection", async () => {
    await using blocker = await lockTable();
    const pending = dump(plainSettings(), tool);
    pending.catch(() => undefined);
    await waitForBlocked();
    await blocker.client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'",
    );
    await expect(pending).rejects.toMatchObject({ code: "CONNECTION_LOST", transient: true });
  });
});

/** A session that keeps pg_dump from its lock. */
async function lockTable(): Promise<AsyncDisposable & { client: pg.Client }> {
  const client = await connect(adminSettings(DATABASE));
  await client.query("begin; lock table readable");
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

/** Resolves when pg_dump waits for the table lock. */
async function waitForBlocked(): Promise<void> {
  const client = await connect(adminSettings("postgres"));
  for (let tries = 0; tries < 200; tries++) {
    const { rowCount } = await client.query("select from pg_stat_activity where wait_event_type = 'Lock'");
    if (rowCount) break;
    await sleep(25);
  }
  await client.end();
}

test.runIf(process.platform === "linux").each(TOOLS)(
  "the %s tool shows the password to nobody who lists processes, and ends with its dump",
  async (tool) => {
    await using blocker = await lockTable();
    const abort = new AbortController();
    const pending = dump(plainSettings(), tool, abort.signal);
    pending.catch(() => undefined);
    await waitForBlocked();
    const seen = dumpPrograms();
    expect(seen.length).toBe(1);
    for (const text of seen) expect(text).not.toContain(PASSWORD.slice(-8));
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    expect(dumpPrograms()).toEqual([]);
    await blocker.client.query("commit");
  },
);

/** Arguments and environment of every pg_dump that this process has started. */
function dumpPrograms(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!/pg_dump\0|pg-dump-process/.test(command)) return [];
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      return parent === `${process.pid}` ? [command + readFileSync(`/proc/${pid}/environ`, "utf8")] : [];
    } catch {
      return [];
    }
  });
}

test("a line that looks like psql's guard stays in a function's body, whichever tool reads it", async () => {
  await run("create database trap", "postgres");
  const body = "$f$\nselect '\n\\restrict me\n'$f$";
  await run(`create function trap() returns text language sql as ${body}`, "trap");
  for (const tool of HAS_NATIVE ? (["wasm", "native"] as const) : (["wasm"] as const)) {
    const dumped = await dump(adminSettings("trap"), tool);
    expect(dumped.preData.find((one) => one.kind === "function")?.sql).toContain("\n\\restrict me\n");
  }
});

test("says what is not moved", async () => {
  await run("create database losses", "postgres");
  await run(
    "create subscription far connection 'host=nowhere' publication p with (connect = false)",
    "losses",
  );
  const { warnings, postData } = await dump(adminSettings("losses"), "wasm");
  expect(warnings.join("\n")).toMatch(/Subscriptions are not moved.*far/);
  expect(postData.map((one) => one.kind)).not.toContain("subscription");
  await run("alter subscription far set (slot_name = none)", "losses");
  await run("drop subscription far", "losses");
});

describe("a SQL_ASCII source", () => {
  beforeAll(async () => {
    await run(
      "create database ascii template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'",
      "postgres",
    );
    await run("create table plain_text (v text default 'grün')", "ascii");
  });

  test.each(TOOLS)("is read as UTF-8 by the %s tool, or refused when it is not", async (tool) => {
    const settings = adminSettings("ascii");
    const table = (await dump(settings, tool)).preData.find((one) => one.kind === "table");
    expect(table?.sql).toContain("'grün'");
    const latin = `do $$ begin execute convert_from('\\x636f6d6d656e74206f6e207461626c6520706c61696e5f7465787420697320276772fc6e27', 'SQL_ASCII'); end $$`;
    await run(latin, "ascii");
    await expect(dump(settings, tool)).rejects.toMatchObject({ code: "SCHEMA_DUMP_FAILED" });
    await run("comment on table plain_text is null", "ascii");
  });
});
