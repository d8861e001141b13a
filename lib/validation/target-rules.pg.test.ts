import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ValidationMessage } from "@/lib/migrations/validation-details";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import type { Endpoints } from "./check-servers";
import type { DatabaseContext, Rule, RuleOutcome } from "./rule";
import { openSession } from "./rules/authentication-and-connectivity";
import { decodingMemory } from "./rules/decoding-memory";
import { encryptedConnections } from "./rules/encrypted-connections";
import { passwordEncryption } from "./rules/password-encryption";
import { readReplicas } from "./rules/read-replicas";
import { timescaleOffline } from "./rules/timescale-offline";
import { userCollations } from "./rules/user-collations";
import { runValidation } from "./run";

const ODD = `we"ird 'n; drop`;

const SOURCE_STATEMENTS = [
  "create role keeper",
  "create role mover login",
  "create table kept (id int primary key)",
  "alter table kept owner to keeper",
  "create function no_op() returns trigger language plpgsql as $$ begin return new; end $$",
  `create table ${ident(ODD)} (id int primary key)`,
  `create trigger "al;ways" before insert on ${ident(ODD)} for each row execute function no_op()`,
  `alter table ${ident(ODD)} enable always trigger "al;ways"`,
  "create function note_it() returns event_trigger language plpgsql as $$ begin end $$",
  "create event trigger noted on ddl_command_end execute function note_it()",
  "alter event trigger noted enable always",
  `create publication ${ident(`every ${ODD}`)} for all tables`,
  "create function shout(text) returns int language sql immutable as $$ select length($1) $$",
  // Whoever asks for a setting as a number must not be led astray by it.
  "create cast (text as int) with function shout(text)",
  // Its internal cast is not a user's.
  "create type span as range (subtype = int)",
  "create type fruit as enum ('apple')",
  "create function ripe(fruit) returns int language sql immutable as $$ select 1 $$",
  "create cast (fruit as int) with function ripe(fruit)",
  "alter system set logical_decoding_work_mem = '4MB'",
  "alter system set datestyle = 'SQL, DMY'",
  "alter system set password_encryption = 'md5'",
  "select pg_reload_conf()",
];

const TARGET_STATEMENTS = [
  "create role keeper",
  "create role mover login createdb password 'mover'",
  "create role other login",
  "create database app owner other",
  `create database ${ident(ODD)}`,
  "alter system set password_encryption = 'scram-sha-256'",
  "select pg_reload_conf()",
];

let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(16), startTestServer(17)]);
  await run(source, "postgres", "create database app");
  for (const sql of SOURCE_STATEMENTS) await run(source, "app", sql);
  for (const sql of TARGET_STATEMENTS) await run(target, "postgres", sql);
  await run(target, "app", "create table there (id int primary key, up int references there)");
  await run(target, "app", "insert into there select n, 1 from generate_series(1, 9) n");
  await run(target, "app", "analyze there");
});

afterAll(async () => {
  await Promise.all([source, target].map((server) => server?.[Symbol.asyncDispose]()));
});

function settingsOf(server: TestServer, change: Partial<ConnectionSettings> = {}): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database: "postgres", sslMode: "Prefer", ...change };
}

async function run(server: TestServer, database: string, sql: string): Promise<void> {
  const client = await connect(settingsOf(server, { database }));
  await client.query(sql).finally(() => client.end());
}

/** What the rules said of "app", by rule. */
async function validate(change: Partial<Endpoints> = {}): Promise<Map<string, ValidationMessage[]>> {
  const details = await runValidation({
    source: settingsOf(source),
    target: settingsOf(target),
    databases: ["app"],
    mode: "Online",
    provider: "self-hosted",
    signal: new AbortController().signal,
    ...change,
  });
  const items = [
    ...details.serverLevelValidationDetails,
    ...details.dbLevelValidationDetails.flatMap(({ summary }) => summary),
  ];
  const messages = items.flatMap((item) => item.messages);
  return Map.groupBy(messages, ({ rule = "" }) => rule);
}

const asMover = () => ({ target: settingsOf(target, { user: "mover", password: "mover" }) });

/** Runs statements as the report prints them. */
async function mend(messages: readonly ValidationMessage[] = []): Promise<void> {
  for (const { side, sql } of messages.flatMap(({ fix = [] }) => fix)) {
    await (side === "source" ? run(source, "app", sql) : run(target, "postgres", sql));
  }
}

/** One rule by itself, with a source prepared by `statements` and what else the context is to say. */
async function checkAlone(
  rule: Rule,
  statements: readonly string[],
  change: Partial<DatabaseContext> = {},
): Promise<RuleOutcome> {
  const signal = new AbortController().signal;
  const [from, to] = await Promise.all([
    openSession(settingsOf(source, { database: "app" }), signal),
    openSession(settingsOf(target), signal),
  ]);
  try {
    await from.client.query("set default_transaction_read_only = off");
    for (const sql of statements) await from.client.query(sql);
    return await rule.check({
      source: from,
      target: to,
      databases: ["app"],
      database: "app",
      mode: "Online",
      providers: { source: "self-hosted", target: "self-hosted" },
      ...change,
    });
  } finally {
    await Promise.all([from.client.end(), to.client.end()]);
  }
}

describe("rules about the target", () => {
  it("tell what is in a database that would be replaced, under the name it has there", async () => {
    const there = (await validate()).get("target-database-absent")?.[0];
    expect(there).toMatchObject({ state: "Warning", code: "DATABASE_EXISTS" });
    expect(there?.objects).toEqual([
      expect.stringMatching(/^app \(1 table, about 9 rows, 1 foreign key, .*B\)$/),
    ]);
    expect(there?.message).toContain("will wait until");
    const renamed = await validate({ targetNames: new Map([["app", ODD]]), overwrite: true });
    expect(renamed.get("target-database-absent")?.[0]?.message).toBe(
      `The target already has a database "${ODD}"; it is replaced, and what it holds is lost.`,
    );
    const free = await validate({ targetNames: new Map([["app", "free"]]) });
    expect(free.get("target-database-absent")?.[0]?.state).toBe("Succeeded");
  });

  it("tell whether the login may replace it, and what they print is enough", async () => {
    const other = await connect(settingsOf(target, { database: "app" }));
    try {
      await other.query("set session authorization other");
      const session = await connect({ ...settingsOf(target, { database: "app" }) });
      await session.end();
      const said = await validate({ ...asMover(), overwrite: true });
      const [owner, sessions] = said.get("target-database-replaceable") ?? [];
      expect(owner).toMatchObject({ state: "Failed", code: "DATABASE_DROP_FAILED", objects: ["app"] });
      // Its backend is still a superuser's, whose sessions nobody else may end.
      expect(sessions).toMatchObject({ state: "Failed", code: "DATABASE_IN_USE" });
      expect(sessions?.fix).toBeUndefined();
      expect((await validate(asMover())).get("target-database-replaceable")?.[0]?.state).toBe("Warning");
    } finally {
      await other.end();
    }
    await run(target, "postgres", "alter role other password 'other'");
    const plain = await connect(settingsOf(target, { database: "app", user: "other", password: "other" }));
    try {
      const [, busy] = (await validate(asMover())).get("target-database-replaceable") ?? [];
      expect(busy?.objects).toEqual([expect.stringMatching(/^pid \d+ of other$/)]);
      await mend((await validate(asMover())).get("target-database-replaceable"));
      expect((await validate(asMover())).get("target-database-replaceable")?.[0]?.state).toBe("Succeeded");
    } finally {
      await plain.end();
    }
    expect((await validate()).get("target-database-replaceable")?.[0]?.state).toBe("Succeeded");
  });

  it("tell a login that is no superuser which roles and casts are out of its reach", async () => {
    const said = await validate(asMover());
    expect(said.get("target-may-create-roles")?.[0]).toMatchObject({
      state: "Warning",
      code: "CREATEROLE_MISSING",
    });
    expect(said.get("owners-in-reach")?.[0]?.objects).toContain("keeper");
    expect(said.get("user-casts")?.map(({ code, objects }) => [code, objects])).toEqual([
      ["CAST_REFUSED", ["(text as integer)"]],
    ]);
    // Said once: by the list of what does not move.
    expect(said.get("publications-for-all-tables")?.[0]?.state).toBe("Succeeded");
    // Neither the constructors of the range type nor its cast are among them.
    expect(said.get("objects-not-moved")?.flatMap(({ objects }) => objects)).toEqual([
      "event trigger noted",
      `publication ${ident(`every ${ODD}`)}`,
    ]);
    await mend([...(said.get("target-may-create-roles") ?? [])]);
    await run(target, "postgres", "grant keeper to mover");
    const mended = await validate(asMover());
    expect(mended.get("target-may-create-roles")?.[0]?.state).toBe("Succeeded");
    expect(mended.get("owners-in-reach")?.[0]?.objects ?? []).not.toContain("keeper");
    const superuser = await validate();
    for (const rule of ["user-casts", "owners-in-reach"])
      expect(superuser.get(rule)?.[0]?.state).toBe("Succeeded");
  });

  it("compare settings that decide how statements behave, and print how they become alike", async () => {
    const [differing] = (await validate()).get("server-parameters") ?? [];
    expect(differing).toMatchObject({ state: "Warning", code: "PARAMETERS_DIFFER" });
    expect(differing?.objects).toEqual(["DateStyle: source SQL, DMY, target ISO, MDY"]);
    await mend(differing ? [differing] : []);
    await expect
      .poll(async () => (await validate()).get("server-parameters")?.[0]?.state, { timeout: 20_000 })
      .toBe("Succeeded");
  });

  it("see the free storage of a target on this machine, and say so when they cannot", async () => {
    expect((await validate()).get("target-storage")?.[0]?.message).toMatch(/the target has .* free/);
    const [unseen] = (await validate(asMover())).get("target-storage") ?? [];
    expect(unseen).toMatchObject({ state: "Warning", notChecked: true });
    expect(unseen?.remedy).toMatch(/B should be free\.$/);
  });
});

describe("rules about the source", () => {
  it("find triggers that fire twice, publications for all tables and little memory, and mend them", async () => {
    const said = await validate();
    const rules = ["replicated-triggers", "publications-for-all-tables", "decoding-memory"];
    expect(rules.map((rule) => said.get(rule)?.[0]?.state)).toEqual(["Warning", "Warning", "Warning"]);
    expect(said.get("replicated-triggers")?.[0]?.objects).toEqual([
      `"al;ways" on public.${ident(ODD)} (always)`,
      "event trigger noted (always)",
    ]);
    for (const rule of rules) await mend(said.get(rule));
    await expect
      .poll(
        async () => {
          const now = await validate();
          return rules.map((rule) => now.get(rule)?.[0]?.state);
        },
        { timeout: 20_000 },
      )
      .toEqual(["Succeeded", "Succeeded", "Succeeded"]);
  });

  it("know TimescaleDB, a missing locale, many standbys and an old server", async () => {
    const timescale =
      "create temporary table pg_extension as select 'timescaledb'::name as extname, '2.1'::text as extversion";
    expect((await checkAlone(timescaleOffline, [timescale])).problems[0]?.objects).toEqual(["timescaledb"]);
    expect((await checkAlone(timescaleOffline, [])).problems).toEqual([]);

    // No collation of an unknown locale can be made; a temporary table of that name comes before the catalogue's.
    const collation = `create temporary table pg_collation as
      select 99999::oid as oid, 'odd'::name as collname, 'public'::regnamespace::oid as collnamespace, 'c' as collprovider,
             'xx_XX.UTF-8'::text as collcollate, 'C'::text as collctype`;
    expect((await checkAlone(userCollations, [collation])).problems[0]?.objects).toEqual([
      "public.odd: the target does not know the locale xx_XX.UTF-8",
    ]);
    const known = await checkAlone(userCollations, [
      `create collation if not exists "own one" (locale = 'C')`,
    ]);
    expect(known.checked).toBe('The target knows the locales of: public."own one".');

    const replicas =
      "create temporary table pg_stat_replication as select 'r' || n as application_name, n as pid from generate_series(1, 6) n";
    const azure = { providers: { source: "azure", target: "azure" } } as const;
    expect((await checkAlone(readReplicas, [replicas], azure)).problems[0]?.objects).toHaveLength(6);
    expect((await checkAlone(readReplicas, [], azure)).problems).toEqual([]);
    expect((await checkAlone(readReplicas, [replicas])).problems).toEqual([]);

    expect((await checkAlone(passwordEncryption, [], azure)).problems).toHaveLength(1);
    expect((await checkAlone(passwordEncryption, [])).problems).toEqual([]);
    const older =
      "create temporary table pg_settings as select * from pg_catalog.pg_settings where name = 'wal_level'";
    expect((await checkAlone(decodingMemory, [older])).checked).toContain("has no logical_decoding_work_mem");
  });

  it("warn of a connection in the clear that crosses a network", async () => {
    const signal = new AbortController().signal;
    const far = await openSession(settingsOf(source), signal);
    try {
      const source = { ...far, settings: { ...far.settings, host: "db.example.com" } };
      const { problems } = await checkAlone(encryptedConnections, [], { source });
      expect(problems.map(({ message }) => message)).toEqual([
        "The connection to the source, db.example.com, is not encrypted.",
      ]);
      expect((await checkAlone(encryptedConnections, [])).problems).toEqual([]);
    } finally {
      await far.client.end();
    }
  });
});
