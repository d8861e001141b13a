import { beforeAll, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { EngineEvent } from "../events";
import { createTargetDatabase } from "../target-database";
import { canonicalDdl } from "../testing/canonical-ddl";
import { compareDatabases } from "../testing/compare-databases";
import { createFidelityRoles, fillFidelityDatabase } from "../testing/fidelity-database";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";

const FROM = 12;
const TO = 18;
const NAME = "resumed";

const servers = serversForFile(FROM, TO, { settings: { autovacuum: "off" } });
let source: ConnectionSettings;
let target: ConnectionSettings;
const { signal } = new AbortController();
const checkpoint = memoryCheckpoint();

beforeAll(async () => {
  for (const server of [servers.source, servers.target]) await createFidelityRoles(settingsOf(server));
  await runSql(settingsOf(servers.source), `create database ${NAME}`);
  source = settingsOf(servers.source, NAME);
  target = settingsOf(servers.target, NAME);
  await fillFidelityDatabase(source);
  await createTargetDatabase({ source, target: settingsOf(servers.target), name: NAME, signal });
});

function namesOf(events: readonly EngineEvent[], type: "table-started" | "table-kept"): string[] {
  return events
    .flatMap((event) => (event.type === type ? [`${event.table.schema}.${event.table.name}`] : []))
    .sort();
}

async function expectEqual(): Promise<void> {
  expect(await compareDatabases(source, target, { canonical: canonicalDdl(FROM, TO) })).toEqual([]);
}

test("a move that has ended can be called again: it makes nothing twice and copies what may have changed", async () => {
  const first = await moveAndReport({ source, target, checkpoint });
  expect(first.failures).toEqual([]);
  await expectEqual();
  const unlogged = await queryRows<{ name: string }>(
    source,
    "select relnamespace::regnamespace || '.' || relname as name from pg_class where relpersistence = 'u' and relkind = 'r' order by 1",
  );

  const again = await moveAndReport({ source, target, checkpoint });
  expect(again.error).toBeNull();
  expect(again.failures).toEqual([]);
  expect(namesOf(again.events, "table-started")).toEqual(unlogged.map(({ name }) => name));
  expect(again.result?.tables).toBe(first.result?.tables);
  expect(again.result?.rows).toBe(first.result?.rows);
  const built = again.events.filter((event) => event.type === "index-completed" && !event.kept);
  expect(built.length).toBeLessThanOrEqual(unlogged.length * 3);
  await expectEqual();

  // Now something was written somewhere: everything is compared, and stays.
  await runSql(source, "create table anything (id int)", "drop table anything");
  const compared = await moveAndReport({ source, target, checkpoint });
  expect(compared.failures).toEqual([]);
  const reasons = compared.events.flatMap((event) => (event.type === "table-kept" ? [event.reason] : []));
  expect(new Set(reasons)).toEqual(new Set(["checksum-equal"]));
  await expectEqual();
});

test("with nothing of the rows known every table is cleared and copied anew, whatever stands on it", async () => {
  await checkpoint.forget(checkpoint.known?.parts ?? []);
  const again = await moveAndReport({ source, target, checkpoint });
  expect(again.error).toBeNull();
  expect(again.failures).toEqual([]);
  expect(namesOf(again.events, "table-kept")).toEqual([]);
  await expectEqual();
});
