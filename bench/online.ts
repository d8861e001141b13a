import { cpus, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type pg from "pg";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { Applier } from "@/lib/engine/cdc/apply/applier";
import { ChangeStream, type OutputPlugin } from "@/lib/engine/cdc/change-stream";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { type Lsn, NO_LSN, parseLsn } from "@/lib/postgres/lsn";
import { ident, literal } from "@/lib/postgres/sql";
import { ONLINE_WORKLOADS, type OnlineWorkload } from "./online-workloads";
import { median } from "./summary";

const USAGE = `npx tsx bench/online.ts [--transactions 100000] [--rows 1000000] [--large 0] [--rounds 3] [--only pgbench,mixed]

Lets backlogs of changes pile up on a PostgreSQL 15 server and measures how long another one takes to catch up: by a native
subscription, and by Howdah with either output plugin. "pgbench" is that many transactions of four small changes each,
"mixed" that many single-row changes over ten tables. --large is the rows of one transaction whose peak of memory is shown.`;

const MAJOR = 15;
const SERVER_SETTINGS = {
  fsync: "on",
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  autovacuum: "off",
  wal_level: "logical",
};

/** Who catches up: each with a slot and a target database of its own. */
interface Lane {
  name: string;
  plugin: OutputPlugin;
  isNative: boolean;
  slot: string;
  target: ConnectionSettings;
  startLsn: Lsn;
  timesMs: number[];
}

interface Servers {
  source: TestServer;
  target: TestServer;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      transactions: { type: "string", default: "100000" },
      rows: { type: "string", default: "1000000" },
      large: { type: "string", default: "0" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const sizes = { transactions: Number(values.transactions), rows: Number(values.rows) };
  if (values.help || !(sizes.transactions > 0) || !(sizes.rows > 0)) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  await using source = await startTestServer(MAJOR, { settings: SERVER_SETTINGS });
  await using target = await startTestServer(MAJOR, { settings: SERVER_SETTINGS });
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      void Promise.all([source.stop(), target.stop()]).finally(() => process.exit(130));
    });
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
  );
  for (const workload of ONLINE_WORKLOADS.filter(({ key }) => values.only?.split(",").includes(key) ?? true))
    await runWorkload({ source, target }, workload, sizes[workload.unit], Number(values.rounds));
  if (Number(values.large) > 0) await runLarge({ source, target }, Number(values.large));
}

async function runWorkload(
  servers: Servers,
  workload: OnlineWorkload,
  size: number,
  rounds: number,
): Promise<void> {
  console.log(`\n${workload.key}: ${size} ${workload.unit}`);
  const from = settingsOf(servers.source, `online_${workload.key}`);
  await create(from, workload.setup);
  const client = await connect(from);
  try {
    await client.query("create publication bench for all tables");
    const lanes = await makeLanes(servers, from, workload, client);
    for (let round = 1; round <= rounds; round++) {
      const written = performance.now();
      await workload.write(client, size);
      const end = await endOf(client);
      console.log(`  round ${round}  written in ${seconds(performance.now() - written)}`);
      for (const lane of lanes) {
        await runSql({ ...lane.target, database: "postgres" }, "checkpoint");
        const ms = lane.isNative ? await catchUpNative(from, lane, end) : await catchUp(from, lane, end);
        lane.timesMs.push(ms);
        await compare(workload, client, lane);
        console.log(`  round ${round}  ${lane.name.padEnd(24)} ${seconds(ms)}`);
      }
    }
    summarize(workload, lanes, size);
    await removeLanes(lanes, client);
  } finally {
    await client.end();
  }
}

function summarize(workload: OnlineWorkload, lanes: readonly Lane[], size: number): void {
  const native = median(lanes.find(({ isNative }) => isNative)?.timesMs ?? []);
  for (const { name, timesMs } of lanes) {
    const ms = median(timesMs);
    const rate = Math.round(size / (ms / 1000));
    console.log(
      `  ${name.padEnd(24)} median ${seconds(ms)}, ${rate} ${workload.unit}/s, ${(ms / native).toFixed(2)} of native`,
    );
  }
}

async function makeLanes(
  { target }: Servers,
  from: ConnectionSettings,
  workload: OnlineWorkload,
  client: pg.Client,
): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const [name, plugin] of [
    ["native subscription", "pgoutput"],
    ["Howdah, test_decoding", "test_decoding"],
    ["Howdah, pgoutput", "pgoutput"],
  ] as const) {
    const slot = `howdah_bench_${workload.key}${lanes.length}`;
    const to = settingsOf(target, slot);
    await create(to, workload.setup);
    const { rows } = await client.query<{ lsn: string }>(
      "select lsn::text from pg_create_logical_replication_slot($1, $2)",
      [slot, plugin],
    );
    const isNative = name.startsWith("native");
    const where = `host=${from.host} port=${from.port} user=${from.user} password=${from.password} dbname=${from.database}`;
    if (isNative)
      await runSql(
        to,
        ...[
          `create subscription ${ident(slot)} connection ${literal(where)} publication bench
           with (create_slot = false, slot_name = ${literal(slot)}, copy_data = false, enabled = false)`,
        ],
      );
    lanes.push({
      name,
      plugin,
      isNative,
      slot,
      target: to,
      startLsn: parseLsn(rows[0]?.lsn ?? ""),
      timesMs: [],
    });
  }
  return lanes;
}

async function removeLanes(lanes: readonly Lane[], client: pg.Client): Promise<void> {
  for (const { isNative, slot, target } of lanes) {
    if (isNative)
      await runSql(
        target,
        ...[`alter subscription ${ident(slot)} set (slot_name = none)`, `drop subscription ${ident(slot)}`],
      );
    await client.query("select pg_drop_replication_slot($1)", [slot]);
  }
}

/** Milliseconds until the subscription has applied everything up to `end`. */
async function catchUpNative(from: ConnectionSettings, { slot, target }: Lane, end: Lsn): Promise<number> {
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
    await untilReleased(from, slot);
    return ms;
  } finally {
    await client.end();
  }
}

async function untilReleased(from: ConnectionSettings, slot: string): Promise<void> {
  const client = await connect(from);
  try {
    for (;;) {
      const { rows } = await client.query(
        "select from pg_replication_slots where slot_name = $1 and active",
        [slot],
      );
      if (rows.length === 0) return;
      await sleep(20);
    }
  } finally {
    await client.end();
  }
}

/** Milliseconds until Howdah has applied and flushed everything up to `end`. */
async function catchUp(
  from: ConnectionSettings,
  lane: Lane,
  end: Lsn,
  watch: () => void = () => undefined,
): Promise<number> {
  const signal = new AbortController().signal;
  const begin = performance.now();
  await using applier = await Applier.open({
    target: lane.target,
    name: lane.slot,
    startLsn: lane.startLsn,
    tableLsn: () => NO_LSN,
    valueEncoding: "utf8",
    onDivergence: "stop",
    onDiverged: () => undefined,
    onTableStopped: (table, stop) => console.log(`  stopped: ${table.name}: ${stop}`),
    signal,
  });
  const stream = await ChangeStream.open({
    settings: from,
    slot: lane.slot,
    plugin: lane.plugin,
    publications: ["bench"],
    startLsn: applier.progressLsn,
    signal,
  });
  try {
    for await (const changes of stream.changes()) {
      await applier.apply(changes);
      watch();
      const last = changes.at(-1);
      if (last?.kind === "commit" && last.endLsn >= end) break;
      if (last?.kind === "quiet" && last.lsn >= end) break;
    }
    await applier.commit();
    stream.flushed(await applier.flush(), true);
    return performance.now() - begin;
  } finally {
    await stream.end();
  }
}

/** A figure over the rows, the same on both sides. */
async function compare(workload: OnlineWorkload, source: pg.Client, { name, target }: Lane): Promise<void> {
  const there = await connect(target);
  try {
    const [one, other] = await Promise.all([source.query(workload.check), there.query(workload.check)]);
    if (JSON.stringify(one.rows) !== JSON.stringify(other.rows))
      throw new Error(`${name} applied other rows`);
  } finally {
    await there.end();
  }
}

async function runLarge(servers: Servers, rows: number): Promise<void> {
  console.log(`\nlarge: one transaction of ${rows} rows`);
  const setup = ["create table big (id bigint primary key, a int, b text)"];
  const from = settingsOf(servers.source, "online_large");
  await create(from, setup);
  const client = await connect(from);
  const workload = { key: "large", setup } as OnlineWorkload;
  try {
    await client.query("create publication bench for all tables");
    const lanes = await makeLanes(servers, from, workload, client);
    await client.query(
      "insert into big select i, i % 1000, md5(i::text) from generate_series(1, $1::int) i",
      [rows],
    );
    const end = await endOf(client);
    for (const lane of lanes.filter(({ isNative }) => !isNative)) {
      const before = process.memoryUsage.rss();
      let peak = before;
      const ms = await catchUp(from, lane, end, () => {
        peak = Math.max(peak, process.memoryUsage.rss());
      });
      const mb = (bytes: number) => Math.round(bytes / 2 ** 20);
      console.log(
        `  ${lane.name.padEnd(24)} ${seconds(ms)}, resident ${mb(before)} to ${mb(peak)} MB at most`,
      );
    }
    await removeLanes(lanes, client);
  } finally {
    await client.end();
  }
}

async function endOf(client: pg.Client): Promise<Lsn> {
  // What did not wait for the disk lies behind what was written, not behind what was inserted; something after it, so that
  // the position is reached for certain.
  const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_insert_lsn()::text as lsn");
  await client.query("insert into bench_end values (1)");
  return parseLsn(rows[0]?.lsn ?? "");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

async function create(settings: ConnectionSettings, setup: readonly string[]): Promise<void> {
  await runSql(
    { ...settings, database: "postgres" },
    ...[`create database ${ident(settings.database)} template template0`],
  );
  await runSql(settings, "create table bench_end (n int)", ...setup);
}

await main();
