import { expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { createTargetDatabase } from "../target-database";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { captureName } from "./slots";

const { signal } = new AbortController();

interface Moved {
  /** What the slot that is left is read with. */
  plugin: string | undefined;
  publications: number;
  notes: string;
}

/** Moves one table, its changes captured with whatever Howdah chooses. */
async function moveOne(
  from: TestServer,
  to: TestServer,
  database: string,
  login: Partial<ConnectionSettings> = {},
  create = "",
): Promise<Moved> {
  const whole = settingsOf(from, database);
  await runSql(settingsOf(from), `create database ${database} ${create}`);
  await runSql(whole, "create table t (id int primary key)", "grant select on t to public");
  const [source, target] = [{ ...whole, ...login }, settingsOf(to, database)];
  await createTargetDatabase({ source, target: settingsOf(to), name: database, signal });
  const capture = { name: captureName("test", database), plugin: null };
  const { error, events, failures, result } = await moveAndReport({ source, target, capture });
  expect([error, failures]).toEqual([null, []]);
  const [slot] = await queryRows<{ plugin: string }>(
    whole,
    "select plugin from pg_replication_slots where database = current_database()",
  );
  const publications = await queryRows(whole, "select from pg_publication");
  expect(result?.follow?.capture).toMatchObject({
    plugin: slot?.plugin,
    publications: publications.map(() => capture.name),
  });
  const notes = events.flatMap((event) => (event.type === "note" ? [event.message] : [])).join("\n");
  return { plugin: slot?.plugin, publications: publications.length, notes };
}

test("a source of 18 is read with pgoutput, which cannot end it; else with test_decoding", async () => {
  await using source = await startTestServer(18, { settings: { wal_level: "logical" } });
  await using target = await startTestServer(18);
  expect(await moveOne(source, target, "whole")).toMatchObject({ plugin: "pgoutput", publications: 1 });

  await runSql(settingsOf(source), "create role reader login replication password 'reader'");
  const reader = { user: "reader", password: "reader" };
  expect(await moveOne(source, target, "of_others", reader)).toEqual({
    plugin: "test_decoding",
    publications: 0,
    notes: expect.stringMatching(
      /^pgoutput cannot be used: .*Changes are read with test_decoding instead\.$/m,
    ),
  });

  const refusing = settingsOf(source, "refusing");
  await runSql(settingsOf(source), "create database template_refusing");
  await runSql(
    settingsOf(source, "template_refusing"),
    "create function refuse() returns event_trigger language plpgsql as $$ begin raise 'no DDL'; end $$",
    "create event trigger refuse on ddl_command_start when tag in ('CREATE PUBLICATION') execute function refuse()",
  );
  expect(await moveOne(source, target, "refusing", {}, "template template_refusing")).toMatchObject({
    plugin: "test_decoding",
    notes: expect.stringContaining("no DDL"),
  });
  expect(await queryRows(refusing, "select from pg_publication")).toEqual([]);
});

test("before 18 it is test_decoding, but for an encoding that cannot be read from it", async () => {
  await using source = await startTestServer(17, { settings: { wal_level: "logical" } });
  await using target = await startTestServer(18);
  expect(await moveOne(source, target, "whole")).toMatchObject({
    plugin: "test_decoding",
    publications: 0,
  });
  const taiwan = "template template0 encoding EUC_TW locale 'C'";
  expect(await moveOne(source, target, "taiwan", {}, taiwan)).toMatchObject({ plugin: "pgoutput" });
});

test("what the slot is read with stays, whatever would be chosen now", async () => {
  await using source = await startTestServer(18, { settings: { wal_level: "logical" } });
  await using target = await startTestServer(18);
  const [from, to] = [settingsOf(source, "stays"), settingsOf(target, "stays")];
  await runSql(settingsOf(source), "create database stays");
  await runSql(from, "create table a as select 1 as id", "create table b as select 1 as id");
  await createTargetDatabase({ source: from, target: settingsOf(target), name: "stays", signal });
  const abort = new AbortController();
  const checkpoint = memoryCheckpoint();
  const append = checkpoint.append.bind(checkpoint);
  checkpoint.append = async (parts) => {
    await append(parts.slice(0, 1));
    abort.abort(new Error("killed"));
  };
  const name = captureName("test", "stays");
  const both = { source: from, target: to, checkpoint };
  const first = { ...both, capture: { name, plugin: "test_decoding" as const }, signal: abort.signal };
  await expect(moveAndReport(first)).rejects.toThrow("killed");
  checkpoint.append = append;
  const { error, result } = await moveAndReport({ ...both, capture: { name, plugin: null } });
  expect(error).toBeNull();
  expect(result?.follow?.capture.plugin).toBe("test_decoding");
});
