import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { CodedError } from "@/lib/util/coded-error";
import { contentsOf, makePair, type Pair } from "./apply-all";

/** Two small tables of 100 rows each. */
export const TABLES = [
  "create table a (id int primary key, v int, t text)",
  "create table b (id int primary key, v int)",
  "insert into a select i, i, 'x' from generate_series(1, 100) i",
  "insert into b select i, i from generate_series(1, 100) i",
];

/** Two servers for all tests of a file, and databases on them. */
export interface ApplyServers {
  source: TestServer;
  target: TestServer;
  /** A new source and target with the same tables; `only` runs on the target besides. */
  pairOf(setup?: string[], only?: string[]): Promise<Pair>;
  /** Takes care of a pair that was made otherwise. */
  keep(pair: Pair): void;
}

/** Starts the servers before the file's tests and stops them after; the object is of use within tests only. */
export function applyServers(): ApplyServers {
  const servers: Partial<Pick<ApplyServers, "source" | "target">> = {};
  const pairs: Pair[] = [];
  beforeAll(async () => {
    const settings = { max_replication_slots: "64" };
    [servers.source, servers.target] = await Promise.all([
      startTestServer(18, { settings }),
      startTestServer(18),
    ]);
  });
  afterAll(async () => {
    for (const { source } of pairs) await source.client.end();
    await servers.source?.[Symbol.asyncDispose]();
    await servers.target?.[Symbol.asyncDispose]();
  });
  const of = (side: "source" | "target"): TestServer => {
    const server = servers[side];
    if (!server) throw new Error("the servers have not been started");
    return server;
  };
  return {
    get source() {
      return of("source");
    },
    get target() {
      return of("target");
    },
    async pairOf(setup = TABLES, only = []) {
      const both = { source: of("source"), target: of("target") };
      const pair = await makePair(both, "test_decoding", setup, only);
      pairs.push(pair);
      return pair;
    },
    keep: (pair) => pairs.push(pair),
  };
}

/** Runs statements on the source. */
export async function write(pair: Pair, ...statements: string[]): Promise<void> {
  for (const statement of statements) await pair.source.client.query(statement);
}

/** Rows of a query in a session of its own. */
export async function onTarget<Row extends Record<string, unknown>>(
  settings: ConnectionSettings,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await connect(settings);
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** All tables hold the same on both sides. */
export async function expectEqual(pair: Pair): Promise<void> {
  expect(await contentsOf(pair.target)).toEqual(await contentsOf(pair.source.settings));
}

/** The CodedError that is thrown; fails when none is. */
export async function codeOf(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodedError)) throw new Error("no CodedError", { cause: error });
  return error;
}

/** A login that owns the database's tables and may nothing else. */
export async function plainLogin(settings: ConnectionSettings): Promise<ConnectionSettings> {
  const role = `plain${randomUUID().slice(0, 8)}`;
  await onTarget(
    settings,
    `create role ${role} login password 'secret';
     grant create on database ${settings.database} to ${role};
     alter table a owner to ${role}; alter table b owner to ${role}`,
  );
  return { ...settings, user: role, password: "secret" };
}

/** Some 1,800 transactions that fit to any number of rounds. */
export async function writeMuch(pair: Pair, round: number): Promise<void> {
  const client = await connect(pair.source.settings);
  try {
    await client.query(
      `do $$ begin
         for i in 1..600 loop
           update a set v = v + 1 where id = 1 + i % 100; commit;
           insert into b values (${round * 100_000} + i, i); commit;
           update b set v = v + 1 where id = 1 + i % 10; commit;
         end loop;
       end $$`,
    );
  } finally {
    await client.end();
  }
}
