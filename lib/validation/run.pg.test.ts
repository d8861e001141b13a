import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ValidationDetails, ValidationMessage } from "@/lib/migrations/validation-details";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import { DATABASE_RULES, SERVER_RULES } from "./registry";
import { openSession } from "./rules/authentication-and-connectivity";
import { databaseLocale } from "./rules/database-locale";
import { runAlwaysChecked, runValidation } from "./run";

const SCOPE = { mode: "Offline", provider: "self-hosted" } as const;

/** The target of this file is none that was found in Azure. */
const OFFLINE_RULES = [...SERVER_RULES.filter(({ asksAzure }) => !asksAzure), ...DATABASE_RULES].filter(
  ({ mode }) => mode === undefined,
);
const isServerParameter = ({ type }: { type: string }) => type === "ServerParametersValidation";

let old: TestServer;
let recent: TestServer;

beforeAll(async () => {
  [old, recent] = await Promise.all([startTestServer(16), startTestServer(17)]);
  await run(old, "postgres", `create database ${ident('we"ird; drop')}`);
  await run(old, "postgres", "create database plain");
  await run(old, "postgres", "create database latin encoding 'LATIN1' locale 'C' template template0");
  await run(old, "plain", "create extension hstore");
  await run(old, "plain", "create extension pg_trgm");
  await run(old, "postgres", "create database odd_locale");
  await run(
    old,
    "postgres",
    "update pg_database set datcollate = 'xx_XX.UTF-8' where datname = 'odd_locale'",
  );
  await run(recent, "postgres", "create role weak login password 'weak'");
});

afterAll(async () => {
  await Promise.all([old, recent].map((server) => server?.[Symbol.asyncDispose]()));
});

function settingsOf(server: TestServer, change: Partial<ConnectionSettings> = {}): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database: "postgres", sslMode: "Prefer", ...change };
}

async function run(server: TestServer, database: string, sql: string): Promise<void> {
  const client = await connect(settingsOf(server, { database }));
  await client.query(sql).finally(() => client.end());
}

function validate(
  databases: string[],
  change: { source?: ConnectionSettings; target?: ConnectionSettings } = {},
) {
  return runValidation({
    source: settingsOf(old),
    target: settingsOf(recent),
    databases,
    ...SCOPE,
    signal: new AbortController().signal,
    ...change,
  });
}

function messages(details: ValidationDetails): ValidationMessage[] {
  return [
    ...details.serverLevelValidationDetails,
    ...details.dbLevelValidationDetails.flatMap(({ summary }) => summary),
  ].flatMap((item) => item.messages);
}

function codesOf(details: ValidationDetails): (string | undefined)[] {
  return messages(details)
    .filter(({ state }) => state === "Failed")
    .map(({ code }) => code);
}

describe("runValidation", () => {
  it("says of every check what it looked at when all pass", async () => {
    const details = await validate(["plain", 'we"ird; drop', "latin"]);
    expect(codesOf(details)).toEqual([]);
    expect(details.status).toBe("Succeeded");
    expect(details.serverLevelValidationDetails.map(({ type, messages }) => [type, messages.length])).toEqual(
      [
        ["AuthenticationAndConnectivityValidation", 3],
        ["SourceVersionValidation", 2],
        ["ServerParametersValidation", OFFLINE_RULES.filter(isServerParameter).length],
      ],
    );
    expect(details.dbLevelValidationDetails.map(({ databaseName }) => databaseName)).toEqual([
      "plain",
      'we"ird; drop',
      "latin",
    ]);
    for (const { summary } of details.dbLevelValidationDetails) {
      expect(summary.map(({ type }) => type)).toEqual([
        "AuthenticationAndConnectivityValidation",
        "SchemaValidation",
        "ExtensionsValidation",
        "CollationsValidation",
      ]);
    }
    expect(messages(details).map(({ message }) => message)).toContain(
      "Available on the target: hstore, pg_trgm.",
    );
    const text = JSON.stringify(details);
    expect(text).not.toContain(old.password);
    expect(text).not.toContain(recent.password);
  });

  it("asks servers of other majors nothing they do not know", async () => {
    await using oldest = await startTestServer(12);
    await using newest = await startTestServer(18);
    await run(oldest, "postgres", "create database old_one");
    await run(newest, "postgres", "create database new_one");
    const details = await validate(["old_one"], { source: settingsOf(oldest), target: settingsOf(newest) });
    expect(messages(details).filter(({ state }) => state !== "Succeeded")).toEqual([]);
    const back = await validate(["new_one"], { source: settingsOf(newest), target: settingsOf(oldest) });
    expect(codesOf(back)).toEqual(["VERSION_DOWNGRADE"]);
  });

  it("reports an unreachable target and passes nothing that needs it", async () => {
    const details = await validate(["plain"], { target: settingsOf(recent, { port: 1 }) });
    expect(details.status).toBe("Failed");
    expect(codesOf(details)).toEqual(["CONNECTION_REFUSED"]);
    const passed = messages(details).filter(({ state }) => state === "Succeeded");
    expect(passed.map(({ message }) => message)).toEqual([expect.stringMatching(/^Source: logged in/)]);
    expect(messages(details).filter(({ message }) => message.startsWith("Not checked"))).toHaveLength(
      OFFLINE_RULES.length,
    );
  });

  it("tells a wrong password from an unreachable server", async () => {
    const details = await validate(["plain"], { source: settingsOf(old, { password: "wrong" }) });
    expect(codesOf(details)).toEqual(["PASSWORD_REJECTED"]);
    expect(JSON.stringify(details)).not.toContain('"wrong"');
  });

  it("refuses a downgrade", async () => {
    const details = await validate([], { source: settingsOf(recent), target: settingsOf(old) });
    expect(codesOf(details)).toEqual(["VERSION_DOWNGRADE"]);
  });

  it("refuses a target that is the source, whatever it is called", async () => {
    const details = await validate(["plain"], { target: settingsOf(old, { host: "localhost" }) });
    expect(codesOf(details)).toEqual(["SAME_SERVER"]);
  });

  it("refuses a target login that may not create databases, and names the remedy", async () => {
    const details = await validate([], { target: settingsOf(recent, { user: "weak", password: "weak" }) });
    expect(codesOf(details)).toEqual(["CREATEDB_MISSING"]);
    expect(messages(details).find(({ code }) => code)?.remedy).toContain('alter role "weak" createdb');
  });

  it("refuses a read-only target", async () => {
    await run(recent, "postgres", "alter role weak createdb");
    await run(recent, "postgres", "alter role weak set default_transaction_read_only = on");
    const details = await validate([], { target: settingsOf(recent, { user: "weak", password: "weak" }) });
    expect(codesOf(details)).toEqual(["TARGET_READ_ONLY"]);
  });

  it("fails only the database that vanished", async () => {
    const details = await validate(["gone", "plain"]);
    expect(codesOf(details)).toEqual(["DATABASE_VANISHED"]);
    const [gone, plain] = details.dbLevelValidationDetails;
    expect(gone?.summary.map(({ state }) => state)).toEqual(["Failed", "Warning", "Warning", "Warning"]);
    expect(plain?.summary.every(({ state }) => state === "Succeeded")).toBe(true);
  });

  it("names an extension the target does not have", async () => {
    // adminpack was removed in 17.
    await run(old, "plain", "create extension adminpack");
    const details = await validate(["plain"]);
    await run(old, "plain", "drop extension adminpack");
    expect(codesOf(details)).toEqual(["EXTENSION_UNAVAILABLE"]);
    expect(messages(details).find(({ code }) => code)?.objects).toEqual(["adminpack"]);
  });

  it("names an extension that azure.extensions does not allow", async () => {
    await run(recent, "postgres", "alter system set azure.extensions = 'HSTORE'");
    await run(recent, "postgres", "select pg_reload_conf()");
    const details = await validate(["plain"]);
    await run(recent, "postgres", "alter system reset azure.extensions");
    await run(recent, "postgres", "select pg_reload_conf()");
    expect(codesOf(details)).toEqual(["EXTENSION_UNAVAILABLE"]);
    expect(messages(details).find(({ code }) => code)?.objects).toEqual(["pg_trgm"]);
  });

  it("refuses a collation provider the target does not have", async () => {
    await run(
      recent,
      "postgres",
      "create database built template template0 locale_provider builtin builtin_locale 'C.UTF-8'",
    );
    const details = await validate(["built"], { source: settingsOf(recent), target: settingsOf(old) });
    expect(codesOf(details)).toEqual(["VERSION_DOWNGRADE", "LOCALE_UNAVAILABLE"]);
  });

  it("refuses a locale the target does not know, and accepts other spellings of one it knows", async () => {
    const signal = new AbortController().signal;
    const [source, target] = await Promise.all([
      openSession(settingsOf(old), signal),
      openSession(settingsOf(recent), signal),
    ]);
    const check = async (collate: string) => {
      // A temporary table of that name comes before the catalog's: this machine has no second locale to make a database of.
      await source.client.query("set default_transaction_read_only = off");
      await source.client.query("drop table if exists pg_temp.pg_database");
      await source.client.query("create temporary table pg_database as select * from pg_catalog.pg_database");
      await source.client.query("update pg_temp.pg_database set datcollate = $1, datctype = $1", [collate]);
      return await databaseLocale.check({
        source,
        target,
        databases: [],
        database: "postgres",
        mode: "Offline",
        providers: { source: "self-hosted", target: "self-hosted" },
      });
    };
    try {
      expect((await check("xx_XX.UTF-8")).problems.map(({ objects }) => objects)).toEqual([["xx_XX.UTF-8"]]);
      expect((await check("x'); drop table a; --")).problems).toHaveLength(1);
      expect((await check("C.utf8")).problems).toEqual([]);
      expect((await check("POSIX")).problems).toEqual([]);
    } finally {
      await source.client.end();
      await target.client.end();
    }
  });

  it("stops when aborted", async () => {
    const attempt = runValidation({
      source: settingsOf(old),
      target: settingsOf(recent),
      databases: ["plain"],
      ...SCOPE,
      signal: AbortSignal.abort(new Error("stop")),
    });
    await expect(attempt).rejects.toThrow("stop");
  });

  it("leaves no session behind on either side", async () => {
    await validate(["plain", "gone"]);
    for (const server of [old, recent]) {
      const client = await connect(settingsOf(server));
      await expect
        .poll(async () => {
          const { rows } = await client.query(
            "select 1 from pg_stat_activity where application_name = 'howdah validation'",
          );
          return rows.length;
        })
        .toBe(0);
      await client.end();
    }
  });
});

describe("runAlwaysChecked", () => {
  it("checks what no migration may go without", async () => {
    const items = await runAlwaysChecked({
      source: settingsOf(old),
      target: settingsOf(old),
      databases: [],
      ...SCOPE,
      signal: new AbortController().signal,
    });
    const failed = items.flatMap((item) => item.messages).filter(({ state }) => state === "Failed");
    expect(failed.map(({ code }) => code)).toEqual(["SAME_SERVER"]);
  });
});
