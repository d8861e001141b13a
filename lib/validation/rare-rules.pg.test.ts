import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres } from "@/lib/embedded/postgres-server";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { giveToServer } from "@/lib/embedded/unprivileged";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import type { ValidationMessage } from "@/lib/migrations/validation-details";
import type { MigrationMode, OutputPluginName } from "@/lib/migrations/vocabulary";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { Provider } from "./provider";
import { messagesOf } from "./report";
import type { Rule, ValidationSession } from "./rule";
import { openSession } from "./rules/authentication-and-connectivity";
import { differentServers } from "./rules/different-servers";
import { encryptedConnections } from "./rules/encrypted-connections";
import { extensionRows } from "./rules/extension-rows";
import { longTransactions } from "./rules/long-transactions";
import { noDowngrade } from "./rules/no-downgrade";
import { outsideTheStream } from "./rules/outside-the-stream";
import { preloadedLibraries } from "./rules/preloaded-libraries";
import { rowSecurity } from "./rules/row-security";
import { scheduledJobs } from "./rules/scheduled-jobs";
import { sourceStandby } from "./rules/source-standby";
import { sourceVersion } from "./rules/source-version";
import { tablesReadable } from "./rules/tables-readable";
import { tablesWithoutOids } from "./rules/tables-without-oids";
import { targetReplicas } from "./rules/target-replicas";
import { targetStorage } from "./rules/target-storage";
import { targetWritable } from "./rules/target-writable";
import { testDecodingCrash } from "./rules/test-decoding-crash";
import { timescaleOffline } from "./rules/timescale-offline";
import { transactionIdMargin } from "./rules/transaction-id-margin";
import { truncatesStreamed } from "./rules/truncates-streamed";
import { RARE_RULES } from "./testing/rare-rules";

/** Extensions that are not among the server's own, as far as the rules look at them. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  timescaledb: "select 1;",
  ruled: `create table rules (name text primary key, builtin boolean not null default false);
    insert into rules values ('shipped', true);
    create table "Od;d" (line text);
    select pg_catalog.pg_extension_config_dump('rules', 'where not builtin');
    select pg_catalog.pg_extension_config_dump('"Od;d"', '');`,
  // Its table has this policy: everyone sees their own jobs.
  pg_cron: `create schema cron;
    create table cron.job (jobid bigint primary key, schedule text, command text, username text default current_user);
    alter table cron.job enable row level security;
    create policy own on cron.job using (username = current_user);
    grant usage on schema cron to public; grant select on cron.job to public;
    create table cron.cache (line text);
    insert into cron.cache values ('made by the extension');
    alter table cron.cache enable row level security;
    grant select on cron.cache to public;
    select pg_catalog.pg_extension_config_dump('cron.job', '');`,
};

const PLAIN = { user: "mover", password: "mover" };
const [OWN_ADDRESS] = Object.values(networkInterfaces()).flatMap((addresses = []) =>
  addresses.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address),
);

let folder: string;
let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "howdah-extensions-"));
  giveToServer(folder);
  execFileSync("mkdir", ["-m", "755", join(folder, "extension")]);
  for (const [name, sql] of Object.entries(EXTENSIONS)) {
    writeFileSync(join(folder, "extension", `${name}.control`), "default_version = '1.0'\n");
    writeFileSync(join(folder, "extension", `${name}--1.0.sql`), sql);
  }
  const settings = {
    extension_control_path: `${folder}:$system`,
    listen_addresses: "*",
    autovacuum: "off",
  };
  const hba = ["host all all all scram-sha-256", "host replication all all scram-sha-256"];
  [source, target] = await Promise.all([startTestServer(18, { settings, hba }), startTestServer(18)]);
  await runSql(settingsOf(source), "create role mover login password 'mover'", "create database rare");
  await runSql(settingsOf(source), "create database aged");
  await runSql(settingsOf(target), "create role mover login password 'mover'");
});

afterAll(async () => {
  await Promise.all([source, target].map((server) => server?.[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true, force: true });
});

interface Sides {
  source?: Partial<ConnectionSettings>;
  target?: ConnectionSettings;
  targetProvider?: Provider;
  mode?: MigrationMode;
  plugin?: OutputPluginName;
  /** What is changed about the source's session before the rule runs. */
  prepare?(session: ValidationSession): Promise<void> | void;
}

/** What one rule says of the database "rare". */
async function ask(rule: Rule, sides: Sides = {}): Promise<ValidationMessage[]> {
  const { signal } = new AbortController();
  const from = await openSession({ ...settingsOf(source, "rare"), ...sides.source }, signal);
  const to = await openSession(sides.target ?? settingsOf(target), signal);
  try {
    await sides.prepare?.(from);
    const providers = { source: "self-hosted", target: sides.targetProvider ?? "self-hosted" } as const;
    const scope = { databases: ["rare"], database: "rare", providers, signal } as const;
    const mode = sides.mode ?? "Online";
    const { plugin = null } = sides;
    return messagesOf(
      rule,
      await rule.check({ source: from, target: to, ...scope, mode, plugin }),
      providers,
    );
  } finally {
    await Promise.all([from.client.end(), to.client.end()]);
  }
}

const PASSED = [expect.objectContaining({ state: "Succeeded" })];

/** Runs statements as they are printed, in the database of the source. */
async function mend(messages: readonly ValidationMessage[]): Promise<void> {
  const statements = messages.flatMap(({ fix = [] }) => fix.map(({ sql }) => sql));
  expect(statements).not.toEqual([]);
  await runSql(settingsOf(source, "rare"), ...statements);
}

const TESTS: Record<keyof typeof RARE_RULES, () => Promise<void>> = {
  async "source-version"() {
    expect(await ask(sourceVersion)).toEqual(PASSED);
    // No server that old can be had here; what it says of itself is what the rule goes by.
    const prepare = ({ facts }: ValidationSession) =>
      void Object.assign(facts, { version: "9.4.26", versionNumber: 90_426 });
    expect(await ask(sourceVersion, { prepare })).toMatchObject([
      { state: "Failed", code: "VERSION_TOO_OLD", message: expect.stringContaining("9.4.26") },
    ]);
  },

  async "truncates-streamed"() {
    expect(await ask(truncatesStreamed)).toEqual(PASSED);
    const prepare = ({ facts }: ValidationSession) =>
      void Object.assign(facts, { version: "10.23", versionNumber: 100_023 });
    expect(await ask(truncatesStreamed, { prepare })).toMatchObject([
      { state: "Warning", code: "TRUNCATE_NOT_STREAMED", message: expect.stringContaining("10.23") },
    ]);
  },

  async "test-decoding-crash"() {
    expect(await ask(testDecodingCrash)).toEqual(PASSED);
    const warning = { state: "Warning", code: "TEST_DECODING_CRASH" };
    expect(await ask(testDecodingCrash, { plugin: "test_decoding" })).toMatchObject([
      { ...warning, message: expect.stringContaining("test_decoding was chosen") },
    ]);
    await runSql(
      settingsOf(source, "rare"),
      `create role "Plain" login replication password 'plain'`,
      'create role "Owner of it"',
      "create table of_others (id int primary key)",
      'alter table of_others owner to "Owner of it"',
    );
    const plain = { source: { user: "Plain", password: "plain" } };
    expect(await ask(testDecodingCrash, { ...plain, plugin: "pgoutput" })).toEqual(PASSED);
    const [found] = await ask(testDecodingCrash, plain);
    expect(found).toMatchObject({
      ...warning,
      message: expect.stringContaining("test_decoding will be used"),
      objects: expect.arrayContaining(["public.of_others"]),
      remedy: expect.stringContaining('grant create on database "rare" to "Plain"; grant '),
    });
    const remedy = found?.remedy ?? "";
    await runSql(settingsOf(source, "rare"), remedy.slice(remedy.indexOf("grant")));
    expect(await ask(testDecodingCrash, plain)).toEqual(PASSED);
    const prepare = ({ facts }: ValidationSession) =>
      void Object.assign(facts, { version: "17.9", versionNumber: 170_009 });
    expect(await ask(testDecodingCrash, { plugin: "test_decoding", prepare })).toEqual(PASSED);
  },

  async "no-downgrade"() {
    expect(await ask(noDowngrade)).toEqual(PASSED);
    await using old = await startTestServer(12);
    expect(await ask(noDowngrade, { target: settingsOf(old) })).toMatchObject([
      { state: "Failed", code: "VERSION_DOWNGRADE" },
    ]);
  },

  async "different-servers"() {
    expect(await ask(differentServers)).toEqual(PASSED);
    expect(await ask(differentServers, { target: settingsOf(source) })).toMatchObject([
      { state: "Failed", code: "SAME_SERVER" },
    ]);
    await using standby = await startStandby();
    expect(await ask(differentServers, { target: standby.settings })).toMatchObject([
      { state: "Warning", code: "SAME_SERVER", message: expect.stringContaining("system identifier") },
    ]);
    // Two more rules about a standby, as there is one.
    expect(await ask(targetWritable, { target: standby.settings })).toMatchObject([
      { state: "Failed", code: "TARGET_READ_ONLY", message: "The target is a standby; it takes no writes." },
    ]);
    await expect
      .poll(() => ask(targetReplicas, { target: settingsOf(source) }), { timeout: 40_000 })
      .toMatchObject([
        { code: "TARGET_REPLICATED", objects: [expect.stringMatching(/^walreceiver \(streaming/)] },
      ]);
  },

  async "source-standby"() {
    expect(await ask(sourceStandby)).toEqual(PASSED);
    await runSql(settingsOf(source, "rare"), "create unlogged table fleeting (id int primary key)");
    await using standby = await startStandby();
    const { host, port } = standby.settings;
    const sides = { source: { host, port } };
    expect(await ask(sourceStandby, sides)).toMatchObject([{ state: "Failed", code: "SOURCE_STANDBY" }]);
    expect(await ask(sourceStandby, { ...sides, mode: "Offline" })).toMatchObject([
      { state: "Warning", code: "SOURCE_STANDBY", message: expect.stringContaining("(30s)") },
    ]);
    expect(await ask(tablesReadable, sides)).toMatchObject([
      { state: "Failed", code: "TABLE_UNREADABLE", objects: ["public.fleeting"] },
    ]);
    await runSql(settingsOf(source, "rare"), "drop table fleeting");
  },

  async "encrypted-connections"() {
    expect(await ask(encryptedConnections)).toEqual(PASSED);
    if (!OWN_ADDRESS) return;
    expect(await ask(encryptedConnections, { source: { host: OWN_ADDRESS } })).toMatchObject([
      {
        state: "Warning",
        code: "NOT_ENCRYPTED",
        message: `The connection to the source, ${OWN_ADDRESS}, is not encrypted.`,
      },
    ]);
  },

  async "target-storage"() {
    expect(await ask(targetStorage)).toEqual(PASSED);
    const [row] = await queryRows<{ oid: string }>(
      settingsOf(source),
      "select oid::text from pg_database where datname = 'rare'",
    );
    // Holes: 64 TB that take no room.
    const files = Array.from({ length: 8 }, (_, index) =>
      join(source.dataDirectory, "base", row?.oid ?? "", `hole.${index}`),
    );
    try {
      for (const file of files) {
        writeFileSync(file, "");
        truncateSync(file, 8 * 2 ** 40);
      }
      expect(await ask(targetStorage)).toMatchObject([
        {
          state: "Warning",
          code: "STORAGE_UNKNOWN",
          message: expect.stringMatching(/only .* free; 88.* TB/),
        },
      ]);
    } finally {
      for (const file of files) rmSync(file, { force: true });
    }
    // A login that may not see where the data is; figures stand in for a look, and it is no pass.
    const unseen = { target: { ...settingsOf(target), ...PLAIN } };
    expect(await ask(targetStorage, unseen)).toMatchObject([
      {
        state: "Warning",
        notChecked: true,
        message: expect.stringMatching(
          /have .*B on the source, those on the target now .*B; a server does not/,
        ),
        remedy: expect.stringMatching(
          /B should be free, that is .*B of storage in all\. Or grant pg_read_all_set/,
        ),
      },
    ]);
    expect(await ask(targetStorage, { ...unseen, targetProvider: "azure" })).toMatchObject([
      { notChecked: true, remedy: expect.stringContaining("a storage size of 32 GiB or more") },
    ]);
  },

  async "long-transactions"() {
    // The transaction is real; it is the rule's clock that is ten minutes ahead.
    await runSql(
      settingsOf(source, "rare"),
      "create schema ahead",
      `create function ahead.now() returns timestamptz language sql
         return pg_catalog.now() + interval '10 minutes'`,
    );
    const prepare = async ({ client }: ValidationSession) =>
      void (await client.query("set search_path = ahead, pg_catalog"));
    expect(await ask(longTransactions, { prepare })).toEqual(PASSED);
    const idle = await connect(settingsOf(source, "rare"));
    idle.on("error", () => undefined);
    const ended = new Promise((resolve) => idle.once("end", resolve));
    const { rows } = await idle.query("begin; select pg_backend_pid() as pid").then((answers) => {
      return (answers as unknown as { rows: { pid: number }[] }[])[1] ?? { rows: [] };
    });
    const pid = rows[0]?.pid;
    expect(await ask(longTransactions)).toEqual(PASSED);
    expect(await ask(longTransactions, { source: PLAIN })).toMatchObject([
      { notChecked: true, remedy: expect.stringContaining("pg_monitor") },
    ]);
    const found = await ask(longTransactions, { prepare });
    expect(found).toMatchObject([
      {
        state: "Warning",
        code: "TRANSACTIONS_LONG",
        objects: [expect.stringContaining(`pid ${pid} (postgres in rare, `)],
        fix: [{ side: "source", sql: `select pg_terminate_backend(${pid});` }],
      },
    ]);
    await mend(found);
    await ended;
    expect(await ask(longTransactions, { prepare })).toEqual(PASSED);
  },

  async "transaction-id-margin"() {
    expect(await ask(transactionIdMargin)).toEqual(PASSED);
    // As if its tables had last been frozen 1,800 million transactions ago; the tables themselves say otherwise.
    await runSql(
      settingsOf(source),
      `update pg_database set datfrozenxid = ((txid_current() + 4294967296 - 1800000000)::text)::xid where datname = 'aged'`,
    );
    expect(await ask(transactionIdMargin)).toMatchObject([
      { state: "Warning", code: "WRAPAROUND_NEAR", objects: [expect.stringMatching(/^aged \(age 1,800,/)] },
    ]);
    await runSql(settingsOf(source, "aged"), "vacuum (freeze)");
    expect(await ask(transactionIdMargin)).toEqual(PASSED);
  },

  async "scheduled-jobs"() {
    expect(await ask(scheduledJobs)).toEqual(PASSED);
    await runSql(settingsOf(source, "rare"), "create extension pg_cron");
    expect(await ask(scheduledJobs)).toEqual(PASSED);
    // Whatever the source does, pg_cron cannot be created without its library.
    expect(await ask(preloadedLibraries)).toMatchObject([
      { state: "Failed", code: "LIBRARY_NOT_PRELOADED", objects: ["pg_cron"] },
    ]);
    await runSql(settingsOf(source, "rare"), "insert into cron.job values (7, '0 3 * * *', 'vacuum')");
    expect(await ask(scheduledJobs)).toMatchObject([
      { state: "Warning", code: "JOBS_SCHEDULED", objects: ["job 7 (0 3 * * *)"] },
    ]);
    // A login that sees only its own jobs has not seen that there are none.
    expect(await ask(scheduledJobs, { source: PLAIN })).toMatchObject([
      { state: "Warning", notChecked: true, remedy: expect.stringContaining("bypassrls") },
    ]);
    await runSql(settingsOf(source, "rare"), "drop extension pg_cron");
  },

  async "extension-rows"() {
    const plain = { target: { ...settingsOf(target), ...PLAIN } };
    await runSql(settingsOf(source, "rare"), "create extension ruled");
    expect(await ask(extensionRows, plain)).toEqual(PASSED);
    await runSql(
      settingsOf(source, "rare"),
      "insert into rules values ('mine')",
      `insert into "Od;d" values ('mine')`,
    );
    expect(await ask(extensionRows, plain)).toMatchObject([
      {
        state: "Warning",
        code: "EXTENSION_ROWS_REFUSED",
        objects: ['public."Od;d" (ruled)', "public.rules (ruled)"],
      },
    ]);
    expect(await ask(extensionRows)).toEqual(PASSED);
    await runSql(settingsOf(source, "rare"), "drop extension ruled", "create extension pg_cron");
    // What a login may not read is told by the rules row-security and tables-readable.
    expect(await ask(extensionRows, { ...plain, source: PLAIN })).toEqual(PASSED);
    await runSql(settingsOf(source, "rare"), "drop extension pg_cron");
  },

  async "timescale-offline"() {
    expect(await ask(timescaleOffline)).toEqual(PASSED);
    await runSql(settingsOf(source, "rare"), "create extension timescaledb");
    expect(await ask(timescaleOffline)).toMatchObject([
      { state: "Failed", code: "TIMESCALE_ONLINE", objects: ["timescaledb"] },
    ]);
    await runSql(settingsOf(source, "rare"), "drop extension timescaledb");
  },

  async "tables-without-oids"() {
    expect(await ask(tablesWithoutOids)).toEqual(PASSED);
    await runSql(settingsOf(source, "rare"), `create table "with;oids" (id int primary key)`);
    // Such tables went with 12; a temporary table of that name comes before the catalogue's.
    const prepare = async ({ client, facts }: ValidationSession) => {
      facts.versionNumber = 110_022;
      await client.query("set default_transaction_read_only = off");
      await client.query(`create temporary table pg_class as
        select *, true as relhasoids from pg_catalog.pg_class where relname = 'with;oids'`);
    };
    const found = await ask(tablesWithoutOids, { prepare });
    expect(found).toMatchObject([
      {
        state: "Failed",
        code: "TABLE_WITH_OIDS",
        objects: [`public."with;oids"`],
        fix: [{ side: "source", sql: `alter table public."with;oids" set without oids;` }],
      },
    ]);
    // Later servers still take the statement.
    await mend(found);
  },
};

describe("rules that take servers of their own", () => {
  for (const [rule, test] of Object.entries(TESTS))
    it(`${rule}: ${RARE_RULES[rule as keyof typeof RARE_RULES]}`, test);
});

/** A standby of the source that follows it, made of a copy of its files. */
async function startStandby(): Promise<AsyncDisposable & { settings: ConnectionSettings }> {
  const copy = mkdtempSync(join(tmpdir(), "howdah-standby-"));
  giveToServer(copy);
  const dataDirectory = join(copy, "data");
  await source.stop();
  execFileSync("cp", ["-a", source.dataDirectory, dataDirectory]);
  source = await source.restart();
  const { port, user, password } = source;
  writeFileSync(join(dataDirectory, "standby.signal"), "");
  const primary = `host=127.0.0.1 port=${port} user=${user} password=${password}`;
  appendFileSync(join(dataDirectory, "postgresql.auto.conf"), `primary_conninfo = '${primary}'\n`);
  const standby = await startPostgres({ major: 18, dataDirectory, password });
  return {
    settings: settingsOf(standby),
    async [Symbol.asyncDispose]() {
      await standby.stop();
      rmSync(copy, { recursive: true, force: true });
    },
  };
}

it("partitions by what servers hash in their own way are among what the cutover copies again", async () => {
  expect(await ask(outsideTheStream)).toEqual(PASSED);
  await runSql(
    settingsOf(source, "rare"),
    "create type mood as enum ('ok')",
    `create table "by;mood" (m mood) partition by hash (m)`,
    `create table "by;mood_0" partition of "by;mood" for values with (modulus 1, remainder 0)`,
  );
  expect(await ask(outsideTheStream)).toMatchObject([
    { state: "Warning", code: "NOT_IN_CHANGE_STREAM", objects: [`public."by;mood"`] },
  ]);
  await runSql(settingsOf(source, "rare"), `drop table "by;mood"`);
});

it("row security matters where rows would be copied", async () => {
  const rare = settingsOf(source, "rare");
  await runSql(
    rare,
    "create extension pg_cron",
    `create table "part;ed" (id int) partition by list (id)`,
    `create table "part;1" partition of "part;ed" for values in (1)`,
    `alter table "part;ed" enable row level security`,
    "grant select on all tables in schema public to mover",
  );
  expect(await ask(rowSecurity, { source: PLAIN })).toEqual(PASSED);
  await runSql(
    rare,
    "insert into cron.job values (7, '0 3 * * *', 'vacuum')",
    `alter table "part;1" enable row level security`,
  );
  expect(await ask(rowSecurity, { source: PLAIN })).toMatchObject([
    { state: "Failed", code: "ROW_SECURITY_BLOCKS", objects: ["cron.job", `public."part;1"`] },
  ]);
  await runSql(rare, `drop table "part;ed"`, "drop extension pg_cron");
});
