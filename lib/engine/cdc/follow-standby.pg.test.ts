import { execFileSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startPostgres } from "@/lib/embedded/postgres-server";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { follow, leftovers, makeOnlinePair, moveOnline, rowDifferences } from "./testing/following";

const SYNCHRONISING = { hot_standby_feedback: "on", sync_replication_slots: "on", hot_standby: "on" };

test("a standby that synchronises slots takes the source's place, and is gone on with", async () => {
  await using target = await startTestServer(18);
  let source = await startTestServer(17);
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => await source[Symbol.asyncDispose]());
  const pair = await makeOnlinePair(source, target, "shop", [
    "create table one (id int primary key, v text)",
  ]);
  await runSql(pair.source, "select pg_create_physical_replication_slot('standby', true)");
  await source.stop();
  const copy = `${source.dataDirectory}-copy`;
  execFileSync("cp", ["-a", source.dataDirectory, copy]);
  source = await source.restart();
  writeFileSync(join(copy, "standby.signal"), "", { mode: 0o644 });
  const { host, port, user, password, major } = source;
  const settings = {
    ...{
      ...SYNCHRONISING,
      wal_level: "logical",
      fsync: "off",
      max_connections: "100",
      primary_slot_name: "standby",
    },
    primary_conninfo: `host=${host} port=${port} user=${user} password=${password} dbname=postgres`,
  };
  const standby = await startPostgres({ major, password, dataDirectory: copy, settings });
  cleanup.defer(async () => await standby.stop());
  const onStandby = settingsOf({ ...source, port: standby.port });

  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start);
  await runSql(pair.source, "insert into one values (1, 'before')");
  await following.event("caught-up");
  // The worker that synchronises waits longer and longer while there is nothing to do: 30 s at most.
  const synced = `select from pg_replication_slots where slot_name = '${pair.name}' and synced and not temporary`;
  const isSynced = async () => {
    await runSql(pair.source, "select pg_log_standby_snapshot()");
    return await queryRows(onStandby, synced);
  };
  await expect.poll(isSynced, { timeout: 60_000, interval: 200 }).toHaveLength(1);

  await source.stop();
  await runSql(onStandby, "select pg_promote()");
  await standby.stop();
  rmSync(source.dataDirectory, { recursive: true });
  renameSync(copy, source.dataDirectory);
  source = await source.restart();
  await runSql(pair.source, "insert into one values (2, 'after')");
  const { failures } = await following.cutOver();
  expect(following.restarts).toBeGreaterThan(0);
  expect(failures).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
}, 120_000);
