import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ValidationMessage } from "@/lib/migrations/validation-details";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import type { Endpoints } from "./check-servers";
import { runValidation } from "./run";

const ODD = `we"ird 'n; drop`;

const TARGET_STATEMENTS = [
  "create role mover login createdb password 'mover'",
  "create role other login",
  "create database app owner other",
  `create database ${ident(ODD)}`,
];

let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(16), startTestServer(17)]);
  await run(source, "postgres", "create database app");
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
});
