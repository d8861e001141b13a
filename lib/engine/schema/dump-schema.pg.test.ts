import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { classifyByGrammar, loadClassifier } from "./classify-statement";
import { dumpSchema } from "./dump-schema";
import type { DumpSection } from "./pg-dump-arguments";
import { readDump } from "./read-dump";
import { planRestore } from "./restore-plan";
import type { DumpedSchema } from "./statement";
import { installedTools } from "./testing/installed-tools";
import { richSchema } from "./testing/rich-schema";
import { runPlan } from "./testing/run-plan";
import { wasmDump } from "./wasm-dump";

const ROLES = { owner: "app_owner", reader: "app_reader" };

let target: TestServer;

beforeAll(async () => {
  target = await startTestServer(18);
  await makeRoles(target);
});

afterAll(async () => {
  await target?.[Symbol.asyncDispose]();
});

function settingsOf(server: TestServer, database: string): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database, sslMode: "Prefer" };
}

async function makeRoles(server: TestServer): Promise<void> {
  const admin = await connect(settingsOf(server, "postgres"));
  await admin.query(`create role ${ROLES.owner}; create role ${ROLES.reader}`);
  await admin.end();
}

async function makeDatabase(server: TestServer, database: string): Promise<ConnectionSettings> {
  const admin = await connect(settingsOf(server, "postgres"));
  await admin.query(`create database ${database}`);
  await admin.end();
  return settingsOf(server, database);
}

async function makeRich(server: TestServer): Promise<ConnectionSettings> {
  await makeRoles(server);
  const settings = await makeDatabase(server, "rich");
  const client = await connect(settings);
  await client.query(richSchema(server.major, ROLES));
  await client.end();
  return settings;
}

async function restore(dumped: DumpedSchema, database: string): Promise<ConnectionSettings> {
  const settings = await makeDatabase(target, database);
  const client = await connect(settings);
  const failures = await runPlan(client, planRestore(dumped), dumped.failures);
  await client.end();
  expect(failures).toEqual([]);
  return settings;
}

function dump(settings: ConnectionSettings, tool: "native" | "wasm"): Promise<DumpedSchema> {
  return dumpSchema({ settings, tool, targetVersion: 18, signal: AbortSignal.timeout(60_000) });
}

/**
 * Order within a section depends on oids, so statements are compared as sets. Servers before 16 qualify the columns of
 * views more often, and only since 14 a range type names its multirange.
 */
function sorted(dumped: DumpedSchema): string[] {
  return [...dumped.preData, ...dumped.postData]
    .map(({ kind, sql }) => (kind.endsWith("view") ? sql.replace(/"\w+"\.(?=")/g, "") : sql))
    .map((sql) => sql.replace(/,\s+multirange_type_name = \S+/, ""))
    .sort();
}

/** pg_dump 18 writes ALTER VIEW where 15 wrote ALTER TABLE, and other spaces; what is said of which object is the same. */
function alike(dumped: DumpedSchema): string[] {
  return [...dumped.preData, ...dumped.postData]
    .filter((statement) => statement.kind !== "setting")
    .map(({ kind, object, roles, sql }) => {
      const text = sql.replace(/\s+/g, " ").replaceAll("FOREIGN TABLE ONLY", "FOREIGN TABLE");
      return [kind, object, ...roles, kind === "owner" ? "" : text].join(" | ");
    })
    .sort();
}

function textsOf(statements: DumpedSchema["preData"]): string[] {
  return statements.filter(({ kind }) => kind !== "setting").map(({ sql }) => sql);
}

/** What pg_dump itself takes for a section. */
async function sectionOf(settings: ConnectionSettings, section: DumpSection): Promise<string[]> {
  const signal = AbortSignal.timeout(60_000);
  const read = (pieces: AsyncIterable<Uint8Array>) =>
    readDump(pieces, { facts: { major: 18 }, targetVersion: 18, signal });
  const { statements } = await wasmDump(
    settings,
    { section, snapshot: null, excludedTables: [] },
    read,
    signal,
  );
  return textsOf(statements);
}

const MAJORS: readonly EmbeddedMajor[] = [12, 15, 16, 17, 18];
const CASES: [EmbeddedMajor, "native" | "wasm"][] = [];
for (const major of MAJORS) for (const tool of await installedTools(major)) CASES.push([major, tool]);
const HAS_NATIVE = CASES.some(([major, tool]) => major === 15 && tool === "native");

describe.each(CASES)("a rich schema of PostgreSQL %i, dumped by the %s tool", (major, tool) => {
  test("restores on 18 without a failure, and dumps the same there", async () => {
    await using server = await startTestServer(major);
    const settings = await makeRich(server);
    const dumped = await dump(settings, tool);
    const copy = await restore(dumped, `copy_${major}_${tool}`);
    expect(sorted(await dump(copy, "wasm"))).toEqual(sorted(await dump(settings, "wasm")));
    expect([...dumped.preData, ...dumped.postData].filter((one) => one.kind === "other")).toEqual([]);
    // The short way of classifying says what the grammar says.
    await loadClassifier();
    for (const one of [...dumped.preData, ...dumped.postData])
      expect({ ...one, ...classifyByGrammar(one.sql) }).toEqual(one);
    if (tool === "wasm") {
      expect(textsOf(dumped.preData)).toEqual(await sectionOf(settings, "pre-data"));
      expect(textsOf(dumped.postData)).toEqual(await sectionOf(settings, "post-data"));
    }
  });
});

test.runIf(HAS_NATIVE)("both tools read the same out of one server", async () => {
  await using server = await startTestServer(15);
  const settings = await makeRich(server);
  const native = await dump(settings, "native");
  const wasm = await dump(settings, "wasm");
  expect(native.tool).toMatch(/^pg_dump \d+\.\d+ \(\//);
  expect(wasm.tool).toMatch(/^pg_dump 18\.\d+ \(WebAssembly\)$/);
  expect(alike(native)).toEqual(alike(wasm));
});
