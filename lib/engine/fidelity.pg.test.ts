import { afterAll, beforeAll, expect, test } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { EngineEvent } from "./events";
import { moveDatabase } from "./move-database";
import { createTargetDatabase } from "./target-database";
import { canonicalDdl } from "./testing/canonical-ddl";
import { compareDatabases } from "./testing/compare-databases";
import { createFidelityRoles, fillFidelityDatabase } from "./testing/fidelity-database";
import { chosenPairs } from "./testing/fidelity-pairs";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

// The oldest and the newest that each pg_dump reads, the native and the built-in one; see chosenPairs() for others.
const PAIRS = chosenPairs([
  [12, 18],
  [15, 17],
  [17, 18],
  [18, 18],
]);

const SOURCE = "source of fidelity";
const servers = new Map<EmbeddedMajor, TestServer>();

beforeAll(async () => {
  const majors = [...new Set(PAIRS.flat())];
  const starts = await Promise.allSettled(
    majors.map(async (major) => {
      const server = await startTestServer(major);
      servers.set(major, server);
      await createFidelityRoles(settingsOf(server));
    }),
  );
  for (const start of starts) if (start.status === "rejected") throw start.reason;
});

afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

function serverOf(major: EmbeddedMajor): TestServer {
  const server = servers.get(major);
  if (!server) throw new Error(`PostgreSQL ${major} was not started`);
  return server;
}

/** The source database of one major, filled when it is asked for first. */
async function sourceOf(major: EmbeddedMajor) {
  const server = serverOf(major);
  const settings = settingsOf(server, SOURCE);
  const sql = "select from pg_database where datname = $1";
  if ((await queryRows(settingsOf(server), sql, [SOURCE])).length === 0) {
    await runSql(settingsOf(server), `create database "${SOURCE}"`);
    await fillFidelityDatabase(settings);
  }
  return settings;
}

test.each(PAIRS)("everything of a PostgreSQL %i database arrives on PostgreSQL %i", async (from, to) => {
  const source = await sourceOf(from);
  const target = settingsOf(serverOf(to), `from ${from}`);
  const { signal } = new AbortController();
  await createTargetDatabase({
    source,
    target: settingsOf(serverOf(to)),
    name: target.database,
    signal,
  });
  const events: EngineEvent[] = [];
  const result = await moveDatabase({
    source,
    target,
    jobs: 2,
    report: (event) => void events.push(event),
    signal,
  });

  expect(result.failures).toEqual([]);
  expect(await compareDatabases(source, target, { canonical: canonicalDdl(from, to) })).toEqual([]);
  expect(events.filter((event) => event.type === "table-failed" || event.type === "object-failed")).toEqual(
    [],
  );
  // Both formats were used, so both are what the comparison has seen.
  const formats = events.flatMap((event) => (event.type === "table-started" ? [event.format] : []));
  expect(new Set(formats)).toEqual(new Set(["binary", "text"]));
  expect(await unanalyzedTables(target)).toEqual([]);
});

/** Tables with rows for which the planner knows nothing. */
async function unanalyzedTables(target: ReturnType<typeof settingsOf>): Promise<string[]> {
  const rows = await queryRows<{ name: string }>(
    target,
    `select c.oid::regclass::text as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where relkind in ('r', 'm', 'p') and nspname in ('plain', 'Odd.Schema') and relispopulated and reltuples <= 0
       and pg_relation_size(c.oid) > 0`,
  );
  return rows.map((row) => row.name);
}
