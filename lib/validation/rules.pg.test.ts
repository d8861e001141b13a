import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { DatabaseFilter } from "@/lib/engine/filter/database-filter";
import type { ValidationDetails, ValidationMessage } from "@/lib/migrations/validation-details";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { DATABASE_RULES, SERVER_RULES } from "./registry";
import { openSession } from "./rules/authentication-and-connectivity";
import { transactionIdMargin } from "./rules/transaction-id-margin";
import { runValidation } from "./run";

const RULES = [...SERVER_RULES, ...DATABASE_RULES];

/** A name that breaks statements put together by hand. */
const ODD_QUOTED = `"we""ird 'n; drop\n表"`;

/** A source on which nearly every rule has something to say. */
const TROUBLED_SETTINGS = {
  wal_level: "replica",
  max_replication_slots: "1",
  max_wal_senders: "0",
  max_slot_wal_keep_size: "1GB",
  max_prepared_transactions: "2",
  max_connections: "10",
  max_locks_per_transaction: "10",
};

const TROUBLED_SCHEMA = [
  "create role only_here",
  "alter system set wal_sender_timeout = '5s'",
  "select pg_reload_conf()",
  "create extension hstore",
  "create extension pg_stat_statements",
  "create extension fuzzystrmatch schema pg_catalog",
  `create schema ${ODD_QUOTED}`,
  `create table ${ODD_QUOTED}.${ODD_QUOTED} (a int, b text)`,
  "create table keyed (id int primary key, note text)",
  `create table "Keyed" (id int primary key)`,
  "create unlogged table scratch (id int primary key)",
  "create table guarded (id int primary key)",
  "alter table guarded enable row level security",
  "select lo_create(0)",
  "grant select on pg_catalog.pg_authid to only_here",
  "create function read_a_file() returns text language sql as $$ select pg_read_file('x') $$",
  "insert into keyed values (1, 'x'), (2, 'x')",
];

let troubled: TestServer;
let clean: TestServer;
let target: TestServer;

beforeAll(async () => {
  [troubled, clean, target] = await Promise.all([
    startTestServer(16, { settings: TROUBLED_SETTINGS }),
    startTestServer(12, { settings: { max_connections: "100" } }),
    startTestServer(18),
  ]);
  await run(troubled, "postgres", "create database app");
  for (const sql of TROUBLED_SCHEMA) await run(troubled, "app", sql);
  // Fails on the two rows that are the same, and leaves the index behind.
  await run(troubled, "app", "create unique index concurrently broken on keyed (note)").catch(
    () => undefined,
  );
  await run(troubled, "app", "begin; insert into keyed values (3, 'y'); prepare transaction 'left ''over'");
  await run(clean, "postgres", "create database app");
  await run(clean, "app", "create table t (id int primary key)");
});

afterAll(async () => {
  await Promise.all([troubled, clean, target].map((server) => server?.[Symbol.asyncDispose]()));
});

function settingsOf(server: TestServer, change: Partial<ConnectionSettings> = {}): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database: "postgres", sslMode: "Prefer", ...change };
}

async function run(server: TestServer, database: string, sql: string): Promise<void> {
  const client = await connect(settingsOf(server, { database }));
  await client.query(sql).finally(() => client.end());
}

function validate(source: ConnectionSettings, databases = ["app"], filter: DatabaseFilter = {}) {
  return runValidation({
    source,
    filters: new Map([["app", filter]]),
    target: settingsOf(target),
    databases,
    mode: "Online",
    provider: "self-hosted",
    signal: new AbortController().signal,
  });
}

/** What was said by each rule. */
function byRule(details: ValidationDetails): Map<string, ValidationMessage[]> {
  const items = [
    ...details.serverLevelValidationDetails,
    ...details.dbLevelValidationDetails.flatMap(({ summary }) => summary),
  ];
  const messages = new Map<string, ValidationMessage[]>();
  for (const message of items.flatMap((item) => item.messages)) {
    if (message.rule) messages.set(message.rule, [...(messages.get(message.rule) ?? []), message]);
  }
  return messages;
}

/** The findings as [rule, state, objects], without those that passed. */
function findings(details: ValidationDetails) {
  return [...byRule(details)].flatMap(([rule, messages]) =>
    messages
      .filter(({ state }) => state !== "Succeeded")
      .map(({ state, objects = [] }) => [rule, state, objects] as const),
  );
}

describe("the rules", () => {
  it("all pass on a source without any of the troubles", async () => {
    const details = await validate(settingsOf(clean));
    expect(findings(details)).toEqual([]);
    expect([...byRule(details).keys()].sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it("name what is wrong and where, and what they print mends it", async () => {
    const odd = `${ODD_QUOTED}.${ODD_QUOTED}`;
    const details = await validate(settingsOf(troubled));
    const expected: (readonly [string, string, unknown])[] = [
      ["roles-present", "Warning", ["only_here"]],
      ["prepared-transactions", "Warning", [expect.stringMatching(/^left 'over \(app, since /)]],
      ["wal-level", "Failed", []],
      ["wal-senders", "Failed", []],
      ["wal-sender-timeout", "Warning", []],
      ["slot-wal-limit", "Warning", []],
      ["extension-schemas", "Warning", ["fuzzystrmatch (pg_catalog)"]],
      ["preloaded-libraries", "Failed", ["pg_stat_statements"]],
      ["lock-headroom", "Warning", []],
      ["catalog-grants", "Warning", ["SELECT on pg_authid to only_here"]],
      ["case-twins", "Warning", [`public."Keyed" and public.keyed`]],
      ["invalid-indexes", "Warning", ["public.broken"]],
      ["file-access-functions", "Warning", ["public.read_a_file()"]],
      ["replica-identity", "Warning", [odd]],
      ["outside-the-stream", "Warning", ["1 large objects", "public.scratch (unlogged table)"]],
    ];
    const found = findings(details).filter(([rule]) => rule !== "extension-versions");
    expect([...found].sort(byName)).toEqual([...expected].sort(byName));

    // Its locks would keep the rest waiting.
    await run(troubled, "app", "rollback prepared 'left ''over'");
    const fixable = byRule(details);
    for (const [rule, messages] of fixable) {
      for (const { side, sql } of messages.flatMap(({ fix = [] }) => fix)) {
        expect(side, rule).toBe("source");
        await run(troubled, "app", sql);
      }
    }
    const mended = new Set(findings(await validate(settingsOf(troubled))).map(([rule]) => rule));
    const fixed = [...fixable]
      .filter(([, messages]) => messages.some(({ fix }) => fix))
      .map(([rule]) => rule);
    // wal_level takes a restart.
    expect(fixed.filter((rule) => mended.has(rule) && rule !== "wal-level")).toEqual(["outside-the-stream"]);
    expect(mended.has("prepared-transactions")).toBe(false);
  });

  it("tell a login without rights which it lacks, and the grants they print are enough", async () => {
    await run(clean, "app", `create role "pl;ain" login password 'plain'`);
    await run(
      clean,
      "app",
      "create table hidden (id int primary key); create schema closed; create table closed.t (id int primary key)",
    );
    await run(
      clean,
      "app",
      "create table guarded (id int primary key); alter table guarded enable row level security",
    );
    await run(clean, "app", `grant select on guarded, t to "pl;ain"`);
    const plain = settingsOf(clean, { user: "pl;ain", password: "plain" });
    const details = await validate(plain);
    expect([...findings(details)].sort(byName)).toEqual([
      ["replication-right", "Failed", []],
      ["roles-present", "Warning", ["pl;ain"]],
      ["row-security", "Failed", ["public.guarded"]],
      ["tables-readable", "Failed", ["closed.t", "public.hidden"]],
    ]);
    // What does not move need not be readable.
    const filter = { exclude: { schemas: ["closed"], tables: ["hidden"], tableData: ["guarded"] } };
    const filtered = findings(await validate(plain, ["app"], filter));
    expect(filtered.map(([rule]) => rule).sort()).toEqual(["replication-right", "roles-present"]);
    for (const { sql } of [...byRule(details).values()].flat().flatMap(({ fix = [] }) => fix)) {
      await run(clean, "app", sql);
    }
    expect(findings(await validate(plain)).map(([rule]) => rule)).toEqual(["roles-present"]);
    await run(clean, "app", "drop table guarded, hidden, closed.t; drop schema closed");
  });

  it("find slots nobody reads, transactions of yesterday and too few slots", async () => {
    await run(clean, "app", "select pg_create_logical_replication_slot('forgotten', 'test_decoding')");
    const databases = Array.from({ length: 20 }, (_, index) => `none_${index}`);
    const details = await validate(settingsOf(clean), databases);
    const said = byRule(details);
    expect(said.get("leftover-slots")?.[0]).toMatchObject({ state: "Warning", objects: ["forgotten (app)"] });
    expect(said.get("replication-slots")?.[0]).toMatchObject({
      state: "Failed",
      code: "REPLICATION_SLOTS_MISSING",
      objects: ["forgotten"],
    });
    expect(said.get("wal-senders")?.[0]).toMatchObject({ state: "Failed" });
    const [fix] = said.get("leftover-slots")?.[0]?.fix ?? [];
    await run(clean, "app", fix?.sql ?? "");
    expect(byRule(await validate(settingsOf(clean))).get("leftover-slots")?.[0]?.state).toBe("Succeeded");
  });

  it("warn of wraparound by the age of the oldest transaction", async () => {
    const signal = new AbortController().signal;
    const [source, other] = await Promise.all([
      openSession(settingsOf(clean), signal),
      openSession(settingsOf(target), signal),
    ]);
    try {
      // A temporary table of that name comes before the catalogue's: no test waits for two thousand million transactions.
      await source.client.query("set default_transaction_read_only = off");
      await source.client.query(`create temporary table pg_database as
        select 'old'::name as datname, true as datallowconn, ((txid_current() + 2147483648 + 400000000) % 4294967296)::text::xid as datfrozenxid`);
      const outcome = await transactionIdMargin.check({
        source,
        target: other,
        databases: [],
        mode: "Offline",
        providers: { source: "self-hosted", target: "self-hosted" },
      });
      expect(outcome.problems[0]?.objects).toEqual([expect.stringMatching(/^old \(age 1,7/)]);
    } finally {
      await Promise.all([source.client.end(), other.client.end()]);
    }
  });

  it("are held to reading by the server", async () => {
    const session = await openSession(settingsOf(target), new AbortController().signal);
    try {
      await expect(session.client.query("create table left_behind ()")).rejects.toMatchObject({
        code: "25006",
      });
    } finally {
      await session.client.end();
    }
  });

  it("know an Azure server by its parameters", async () => {
    for (const sql of [
      "alter system set azure.extensions = ''",
      "alter system set azure.enable_temp_tablespaces_on_local_ssd = 'on'",
      "select pg_reload_conf()",
      "create role azure_pg_admin",
      "create role mover login createdb password 'mover'",
    ]) {
      await run(target, "postgres", sql);
    }
    const details = await runValidation({
      source: settingsOf(clean),
      target: settingsOf(target, { user: "mover", password: "mover" }),
      databases: [],
      mode: "Online",
      provider: "self-hosted",
      signal: new AbortController().signal,
    });
    const said = byRule(details);
    expect(said.get("azure-temp-tablespaces")?.[0]?.state).toBe("Warning");
    const [admin] = said.get("azure-administrator") ?? [];
    expect(admin).toMatchObject({ state: "Failed", code: "AZURE_ADMIN_MISSING" });
    await run(target, "postgres", admin?.fix?.[0]?.sql ?? "");
    for (const name of ["azure.extensions", "azure.enable_temp_tablespaces_on_local_ssd"]) {
      await run(target, "postgres", `alter system reset ${name}`);
    }
    await run(target, "postgres", "select pg_reload_conf()");
  });
});

function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]).localeCompare(String(b[0]));
}
