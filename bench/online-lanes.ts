import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { TestServer } from "@/lib/embedded/test-server";
import type { OutputPlugin } from "@/lib/engine/cdc/change-stream";
import type { Address } from "@/lib/engine/testing/far-network";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { formatLsn, type Lsn, parseLsn } from "@/lib/postgres/lsn";
import { ident, literal } from "@/lib/postgres/sql";
import { runInChild } from "./child";
import { serverCpuSeconds } from "./server-cpu";

export interface Servers {
  source: TestServer;
  target: TestServer;
  /** Where one reaches the source from the target, and the target from the source. */
  between: { source: Address; target: Address };
}

/** What Howdah's process is to do. */
export interface FollowOrder {
  source: ConnectionSettings;
  target: ConnectionSettings;
  slot: string;
  plugin: OutputPlugin;
  startLsn: string;
  /** Where to end; 0/0: when it is told to. */
  endLsn: string;
}

/** What it took. */
export interface FollowCost {
  ms: number;
  cpuSeconds: number;
  rssMib: number;
  rssBeforeMib: number;
  appliedChanges: number;
  /** Every 100 ms: how long ago the last transaction applied was committed on the source. */
  latenciesMs: number[];
}

/** What catching up took: the time, and CPU seconds of the follower (0 where it is a part of the target), source and target. */
export interface CatchUpCost {
  ms: number;
  cpuSeconds: { follower: number; source: number; target: number };
}

/** Who catches up: each with a slot and a target database of its own. */
export interface Lane {
  name: string;
  kind: "native" | "Howdah" | "pgcopydb";
  target: ConnectionSettings;
  /** Catches up to there; returns milliseconds and CPU seconds of its own. */
  run: (end: Lsn) => Promise<{ ms: number; cpuSeconds: number }>;
  /** Gives its slot and all else back. */
  end: () => Promise<void>;
  costs: CatchUpCost[];
}

/** What a lane needs: the source's database, and a name for its slot and its target database. */
export interface LanePlace {
  from: ConnectionSettings;
  target: ConnectionSettings;
  slot: string;
  between: Servers["between"];
}

/** Lets a lane catch up; returns what it took. Throws what the lane throws. */
export async function timeLane(servers: Servers, lane: Lane, end: Lsn): Promise<CatchUpCost> {
  await runSql({ ...lane.target, database: "postgres" }, "checkpoint");
  const before = {
    source: serverCpuSeconds([servers.source.pid]),
    target: serverCpuSeconds([servers.target.pid]),
  };
  const { ms, cpuSeconds } = await lane.run(end);
  // Only sessions and workers that have ended are counted.
  await sleep(500);
  const source = serverCpuSeconds([servers.source.pid]) - before.source;
  const target = serverCpuSeconds([servers.target.pid]) - before.target;
  return { ms, cpuSeconds: { follower: cpuSeconds, source, target } };
}

/** Makes a database with the tables of a workload. */
export async function createDatabase(settings: ConnectionSettings, setup: readonly string[]): Promise<void> {
  await runSql(
    { ...settings, database: "postgres" },
    ...[`create database ${ident(settings.database)} template template0`],
  );
  await runSql(settings, "create table bench_end (n int)", ...setup);
}

/** A place for a lane, with its database made. */
export async function makePlace(
  { target, between }: Servers,
  from: ConnectionSettings,
  slot: string,
  setup: readonly string[],
): Promise<LanePlace> {
  const place = { from, target: settingsOf(target, slot), slot, between };
  await createDatabase(place.target, setup);
  return place;
}

/** Howdah, with either plugin. */
export async function howdahLane(place: LanePlace, plugin: OutputPlugin, client: pg.Client): Promise<Lane> {
  const order = await orderOf(place, plugin, client);
  return {
    name: `Howdah, ${plugin}`,
    kind: "Howdah",
    target: place.target,
    run: (end) => runInChild<FollowOrder, FollowCost>("online-child", { ...order, endLsn: formatLsn(end) }),
    end: () => dropSlot(client, place.slot),
    costs: [],
  };
}

/** Makes the slot, and says what to do with it. Howdah stands beside the source. */
export async function orderOf(
  { from, target, slot, between }: LanePlace,
  plugin: OutputPlugin,
  client: pg.Client,
): Promise<FollowOrder> {
  const startLsn = await createSlot(client, slot, plugin);
  const { host, port } = between.target;
  return { source: from, target: { ...target, host, port }, slot, plugin, startLsn, endLsn: "0/0" };
}

/** A subscription, which reads and applies in a process of the target. */
export async function nativeLane(place: LanePlace, client: pg.Client): Promise<Lane> {
  const { from, target, slot, between } = place;
  await createSlot(client, slot, "pgoutput");
  const { host, port } = between.source;
  const where = `host=${host} port=${port} user=${from.user} password=${from.password} dbname=${from.database}`;
  const create = `create subscription ${ident(slot)} connection ${literal(where)} publication bench
     with (create_slot = false, slot_name = ${literal(slot)}, copy_data = false, enabled = false)`;
  await runSql(target, create);
  return {
    name: "native subscription",
    kind: "native",
    target,
    run: async (end) => ({ ms: await catchUpNative(place, client, end), cpuSeconds: 0 }),
    end: async () => {
      const statements = [
        `alter subscription ${ident(slot)} set (slot_name = none)`,
        `drop subscription ${ident(slot)}`,
      ];
      await runSql(target, ...statements);
      await dropSlot(client, slot);
    },
    costs: [],
  };
}

async function createSlot(client: pg.Client, slot: string, plugin: OutputPlugin): Promise<string> {
  const { rows } = await client.query<{ lsn: string }>(
    "select lsn::text from pg_create_logical_replication_slot($1, $2)",
    [slot, plugin],
  );
  return rows[0]?.lsn ?? "";
}

export async function dropSlot(client: pg.Client, slot: string): Promise<void> {
  await client.query("select pg_drop_replication_slot($1)", [slot]);
}

async function catchUpNative({ target, slot }: LanePlace, source: pg.Client, end: Lsn): Promise<number> {
  const client = await connect(target);
  try {
    const begin = performance.now();
    await client.query(`alter subscription ${ident(slot)} enable`);
    for (;;) {
      const { rows } = await client.query<{ lsn: string | null }>(
        `select remote_lsn::text as lsn from pg_replication_origin_status s
           join pg_subscription p on s.external_id = 'pg_' || p.oid where p.subname = $1`,
        [slot],
      );
      const lsn = rows[0]?.lsn;
      if (lsn && parseLsn(lsn) >= end) break;
      await sleep(20);
    }
    const ms = performance.now() - begin;
    await client.query(`alter subscription ${ident(slot)} disable`);
    await untilReleased(source, slot);
    return ms;
  } finally {
    await client.end();
  }
}

async function untilReleased(client: pg.Client, slot: string): Promise<void> {
  const isActive = "select from pg_replication_slots where slot_name = $1 and active";
  while ((await client.query(isActive, [slot])).rowCount) await sleep(20);
}

/** Where the source's log ends, with something after it, so that the position is reached for certain. */
export async function endOf(client: pg.Client): Promise<Lsn> {
  // What did not wait for the disk lies behind what was written, not behind what was inserted.
  const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_insert_lsn()::text as lsn");
  await client.query("insert into bench_end values (1)");
  return parseLsn(rows[0]?.lsn ?? "");
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
