import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedMajor, isInstalled } from "@/lib/embedded/binaries";
import { withSession } from "@/lib/engine/testing/with-session";
import type { ValidationDetails } from "@/lib/migrations/validation-details";
import { connect } from "@/lib/postgres/connect";
import { ident } from "@/lib/postgres/sql";
import { DATABASE_RULES, SERVER_RULES } from "./registry";
import { RARE_RULES } from "./testing/rare-rules";
import { DATABASE, MOVER } from "./testing/trouble";
import { findingsOf as allFindingsOf, byRule, OWN_LOCALE, PLAIN, TroublePair } from "./testing/trouble-pair";
import { expectedOf, troublesOf } from "./testing/troubles";

/** Those that ask Azure have their tests where there is something to ask: app/azure.pg.test.ts. */
const RULES = [...SERVER_RULES.filter(({ asksAzure }) => !asksAzure), ...DATABASE_RULES];
const PAIRS: readonly [EmbeddedMajor, EmbeddedMajor][] = [
  [12, 14],
  [14, 16],
  [16, 18],
  [18, 18],
];
const INSTALLED = PAIRS.filter((pair) => pair.every(isInstalled));

/** Rules that said something on any pair, by what the phases below found. */
const fired = new Set<string>();
/** Rules whose statements, run as printed, left nothing of a finding. */
const mended = new Set<string>();

function note(details: ValidationDetails): ValidationDetails {
  for (const [rule, found] of Object.entries(findingsOf(details)))
    if (found.some(({ state }) => state !== "not checked")) fired.add(rule);
  return details;
}

/** Without what a login that owns nothing meets on every source of 18; rare-rules.pg.test.ts has it. */
function findingsOf(details: ValidationDetails) {
  const { "test-decoding-crash": _, ...others } = allFindingsOf(details);
  return others;
}

/** What is left of findings whose rules print statements. */
function leftOf(details: ValidationDetails): string[] {
  const printing = new Set(RULES.filter(({ mendedBy }) => mendedBy === "statements").map(({ id }) => id));
  return Object.keys(findingsOf(details)).filter((rule) => printing.has(rule));
}

describe.each(INSTALLED)("the rules from %i to %i", (from, to) => {
  let pair: TroublePair;
  const troubles = troublesOf({ from, to });

  beforeAll(async () => {
    pair = await TroublePair.start(from, to);
    await pair.run("source", "postgres", "alter system set wal_level = 'logical'", "create database clean");
    await pair.restartSource();
    await pair.run("source", "clean", "create table t (id int primary key)", "create extension dict_int");
    await pair.run("source", "clean", `create role ${MOVER} login replication password 'mover'`);
    await pair.run("source", "clean", `grant select on t to ${MOVER}`);
    await pair.run("target", "postgres", `create role ${MOVER} login createdb createrole password 'mover'`);
    await pair.run("target", "postgres", `grant pg_read_all_settings to ${MOVER}`);
  });

  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
  });

  it("pass where nothing is wrong", async () => {
    const details = await pair.validate("clean", {});
    expect(findingsOf(details)).toEqual({});
    expect([...byRule(details).keys()].sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it("pass for logins with no more rights than they need", async () => {
    const { "owners-in-reach": owners, ...others } = findingsOf(await pair.validate("clean", PLAIN));
    expect(others).toEqual({});
    // The superuser owns the table.
    expect(owners).toMatchObject([{ objects: ["postgres"], fix: [] }]);
  });

  it("know an Azure target by its parameters, and what there is to limit", async () => {
    await pair.run(
      "source",
      "postgres",
      "alter system set password_encryption = 'md5'",
      "select pg_reload_conf()",
    );
    await pair.restartTarget({
      "azure.extensions": "HSTORE, PG_TRGM",
      "azure.enable_temp_tablespaces_on_local_ssd": "on",
    });
    await pair.run("target", "postgres", "create role azure_pg_admin");
    const standbys = await Promise.all([
      ...Array.from({ length: 6 }, (_, index) =>
        followPhysically(pair.settings("source"), `replica ${index}`),
      ),
      followPhysically(pair.settings("target"), "standby"),
    ]);
    try {
      const settled = async () => Object.keys(findingsOf(await azure()));
      await expect.poll(settled, { timeout: 40_000 }).toContain("password-encryption");
      const found = findingsOf(note(await azure()));
      expect(found["azure-administrator"]).toMatchObject([
        { state: "Failed", code: "AZURE_ADMIN_MISSING", fix: [`grant azure_pg_admin to ${MOVER};`] },
      ]);
      expect(found["azure-temp-tablespaces"]).toMatchObject([
        { state: "Warning", code: "TEMP_ON_LOCAL_SSD" },
      ]);
      expect(found["extensions-available"]).toMatchObject([
        { state: "Failed", code: "EXTENSION_UNAVAILABLE", objects: ["dict_int"] },
      ]);
      expect(found["password-encryption"]).toMatchObject([{ code: "PASSWORD_ENCRYPTION_DIFFERS" }]);
      expect(found["read-replicas"]).toMatchObject([
        { code: "READ_REPLICAS_MANY", objects: Array.from({ length: 6 }, (_, index) => `replica ${index}`) },
      ]);
      expect(found["target-replicas"]).toMatchObject([
        { code: "TARGET_REPLICATED", objects: [expect.stringMatching(/^standby \(/)] },
      ]);
    } finally {
      await Promise.all(standbys.map((standby) => standby.end()));
    }
    await pair.runFixes(await azure());
    expect(findingsOf(await azure())["azure-administrator"]).toBeUndefined();
    mended.add("azure-administrator");
    await pair.restartTarget();
    await pair.run("target", "postgres", `revoke azure_pg_admin from ${MOVER}`);
    await pair.run("source", "postgres", "alter system reset password_encryption", "select pg_reload_conf()");
  });

  const azure = () => pair.validate("clean", PLAIN, { provider: "azure" });

  it("name what is wrong and where, and what they print mends it", async () => {
    await makeTroubles();
    const busy = await connect(
      pair.settings("target", { database: DATABASE, user: "other", password: "other" }),
    );
    const unseen = await connect(pair.settings("source"));
    try {
      const asSuperuser = note(await pair.validate(DATABASE, {}));
      expect(findingsOf(asSuperuser)).toEqual(expectedOf(troubles, "superuser"));
      const asPlain = note(await pair.validate(DATABASE, PLAIN));
      expect(findingsOf(asPlain)).toEqual(expectedOf(troubles, "plain"));

      // Decisions: its locks would keep the rest waiting; the login is to write.
      await pair.run("source", DATABASE, "rollback prepared 'left ''over'");
      await pair.run("target", "postgres", `alter role ${MOVER} reset default_transaction_read_only`);
      const first = await pair.runFixes(asSuperuser);
      const second = await pair.runFixes(await pair.validate(DATABASE, PLAIN));
      expect(new Set([...first, ...second])).toContain(`grant "keeper" to ${MOVER};`);
      await pair.restartSource();

      const superuser = await pair.validate(DATABASE, {});
      const plain = await pair.validate(DATABASE, PLAIN);
      expect(findingsOf(superuser)["outside-the-stream"]).toMatchObject([
        { objects: ["1 large objects"], fix: [] },
      ]);
      expect(findingsOf(plain)["owners-in-reach"]).toMatchObject([{ objects: ["postgres"], fix: [] }]);
      await pair.run("source", DATABASE, "select lo_unlink(4711)");
      expect(leftOf(await pair.validate(DATABASE, {}))).toEqual([]);
      // Membership in a superuser is for nobody to print.
      expect(leftOf(plain).filter((rule) => rule !== "outside-the-stream")).toEqual(["owners-in-reach"]);
      const found = [asSuperuser, asPlain].map(findingsOf);
      for (const { id, mendedBy } of RULES)
        if (mendedBy === "statements" && found.some((rules) => rules[id]?.some(({ fix }) => `${fix}` !== "")))
          mended.add(id);
      expect(Object.keys(findingsOf(superuser)).filter((rule) => rule === "prepared-transactions")).toEqual(
        [],
      );
    } finally {
      await Promise.all([busy.end(), unseen.end().catch(() => undefined)]);
    }
  });

  /** Makes all of them, settings first because some take a restart. */
  async function makeTroubles(): Promise<void> {
    for (const { settings = {} } of troubles)
      for (const [name, value] of Object.entries(settings))
        await pair.run("source", "postgres", `alter system set ${name} = '${value}'`);
    await pair.restartSource();
    await pair.run("source", "postgres", `alter role ${MOVER} noreplication`);
    await pair.run("target", "postgres", `alter role ${MOVER} nocreatedb nocreaterole`);
    await pair.run("target", "postgres", `revoke pg_read_all_settings from ${MOVER}`);
    const locale = OWN_LOCALE ?? "C";
    await pair.run(
      "source",
      "postgres",
      `create database ${ident(DATABASE)} template template0 lc_collate '${locale}' lc_ctype '${locale}'`,
    );
    for (const { onSource = [], onTarget = [], inDatabase = [] } of troubles) {
      await pair.run("source", "postgres", ...onSource);
      await pair.run("target", "postgres", ...onTarget);
      await pair.run("source", DATABASE, ...inDatabase);
    }
    await pair.run(
      "source",
      DATABASE,
      "select pg_create_logical_replication_slot('forgotten', 'test_decoding')",
    );
    // Fails on the two rows that are the same, and leaves the index behind.
    const index = `create unique index concurrently "bro;ken" on doubled (note)`;
    await expect(pair.run("source", DATABASE, index)).rejects.toMatchObject({ code: "23505" });
    await withSession(pair.settings("source", { database: DATABASE }), async (client) => {
      const { rows } = await client.query<{ name: string }>(`
        select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'm') and c.oid >= 16384 and n.nspname not in ('clo;sed', 'pg_catalog')`);
      for (const { name } of rows) await client.query(`grant select on ${name} to ${MOVER}`);
      for (const { name } of rows.filter(({ name }) => name.includes("\n")))
        await client.query(`grant usage on schema ${name.slice(0, name.length / 2)} to ${MOVER}`);
      await client.query("begin");
      await client.query("insert into twin values (3)");
      await client.query("prepare transaction 'left ''over'");
    });
  }

  it("ask for a wal_level of logical, and a restart after their statement is enough", async () => {
    await pair.run("source", "postgres", "alter system set wal_level = 'replica'");
    await pair.restartSource();
    const details = note(await pair.validate("clean", {}));
    expect(findingsOf(details)["wal-level"]).toEqual([
      {
        state: "Failed",
        code: "WAL_LEVEL_NOT_LOGICAL",
        objects: [],
        fix: ["alter system set wal_level = 'logical';"],
      },
    ]);
    expect(await pair.runFixes(details)).toContain("alter system set wal_level = 'logical';");
    await pair.restartSource();
    expect(findingsOf(await pair.validate("clean", {}))["wal-level"]).toBeUndefined();
    mended.add("wal-level");
  });
});

it("leave no rule without a server on which it fires and one on which what it prints was run", () => {
  const elsewhere = Object.keys(RARE_RULES);
  expect([...fired, ...elsewhere].sort()).toEqual(expect.arrayContaining(RULES.map(({ id }) => id).sort()));
  expect(elsewhere.filter((rule) => fired.has(rule))).toEqual([]);
  const printing = RULES.filter(({ mendedBy }) => mendedBy === "statements").map(({ id }) => id);
  const rarely = elsewhere.filter((rule) => printing.includes(rule));
  expect([...mended, ...rarely].sort()).toEqual(printing.sort());
});

/** A session that reads the WAL as a standby does; the server lists it as one. */
async function followPhysically(
  settings: { host: string; port: number; user: string; password: string },
  name: string,
) {
  const { host, port, user, password } = settings;
  const config = { host, port, user, password, replication: "true", application_name: name };
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ xlogpos: string }>("IDENTIFY_SYSTEM");
  // Never ends by itself.
  client.query(`START_REPLICATION PHYSICAL ${rows[0]?.xlogpos}`).catch(() => undefined);
  return client;
}
