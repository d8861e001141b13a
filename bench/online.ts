import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { startTestServer } from "@/lib/embedded/test-server";
import { startFarNetwork } from "@/lib/engine/testing/far-network";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { connect } from "@/lib/postgres/connect";
import type { Lsn } from "@/lib/postgres/lsn";
import { bundleChild } from "./child";
import {
  type CatchUpCost,
  createDatabase,
  endOf,
  howdahLane,
  type Lane,
  makePlace,
  nativeLane,
  type Servers,
  seconds,
  timeLane,
} from "./online-lanes";
import { runLarge } from "./online-large";
import { pgcopydbLane } from "./online-pgcopydb";
import { runSteady } from "./online-steady";
import { ONLINE_WORKLOADS, type OnlineWorkload } from "./online-workloads";
import { median } from "./summary";

const USAGE = `npm run bench -- online [--only pgbench,mixed,large,steady] [--rounds 3]
                       [--transactions 100000] [--rows 1000000] [--large 10000000] [--rate 2000] [--seconds 60]
                       [--round-trip 0] [--home /usr/lib/postgresql/15]

Lets backlogs of changes pile up on a PostgreSQL 15 server and measures how long another one takes to catch up: by a native
subscription, by Howdah with either output plugin, and in the first round by pgcopydb when it is found on the PATH or at
HOWDAH_BENCH_PGCOPYDB. "pgbench" is that many transactions of four small changes each, "mixed" that many single-row changes
over ten tables. "large" is one transaction of so many rows, and the memory of the process that applies it. "steady" keeps up
with so many transactions a second for so long, and shows how far behind it is. --round-trip puts so many milliseconds between the
source, with Howdah beside it, and the target. --home takes the servers from this folder.`;

const MAJOR = 15;
const SERVER_SETTINGS = {
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  autovacuum: "off",
  wal_level: "logical",
};

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      transactions: { type: "string", default: "100000" },
      rows: { type: "string", default: "1000000" },
      large: { type: "string", default: "10000000" },
      rate: { type: "string", default: "2000" },
      seconds: { type: "string", default: "60" },
      rounds: { type: "string", default: "3" },
      "round-trip": { type: "string", default: "0" },
      home: { type: "string" },
      only: { type: "string", default: "pgbench,mixed,large,steady" },
      help: { type: "boolean", default: false },
    },
  });
  const { transactions, rows, large, rate, seconds: time, rounds } = values;
  const numbers = [transactions, rows, large, rate, time, rounds].map(Number);
  const roundTripMs = Number(values["round-trip"]);
  if (values.help || !(roundTripMs >= 0) || !numbers.every((number) => number > 0)) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const only = new Set(values.only.split(","));
  const sizes = { transactions: Number(transactions), rows: Number(rows) };
  const steady = { rate: Number(rate), seconds: Number(time) };
  return {
    only,
    sizes,
    steady,
    large: Number(large),
    rounds: Number(rounds),
    roundTripMs,
    home: values.home,
  };
}

/** Runs the benches of online migrations; `args` as USAGE tells. */
export async function runOnline(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  await bundleChild("online-child");
  const programs = options.home === undefined ? {} : { home: options.home };
  const server = { durable: true, settings: SERVER_SETTINGS, ...programs };
  await using source = await startTestServer(MAJOR, server);
  await using target = await startTestServer(MAJOR, server);
  await using farSource = await startFarNetwork(source, options.roundTripMs);
  await using farTarget = await startFarNetwork(target, options.roundTripMs);
  const between = options.roundTripMs > 0 ? { source: farSource, target: farTarget } : { source, target };
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      void Promise.all([source.stop(), target.stop()]).finally(() => process.exit(130));
    });
  const servers = { source, target, between };
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
  );
  for (const workload of ONLINE_WORKLOADS.filter(({ key }) => options.only.has(key)))
    await runWorkload(servers, workload, options.sizes[workload.unit], options.rounds);
  if (options.only.has("large")) await runLarge(servers, options.large);
  if (options.only.has("steady")) await runSteady(servers, options.steady);
}

async function runWorkload(
  servers: Servers,
  workload: OnlineWorkload,
  size: number,
  rounds: number,
): Promise<void> {
  console.log(`\n${workload.key}: ${size} ${workload.unit}`);
  const from = settingsOf(servers.source, `online_${workload.key}`);
  await createDatabase(from, workload.setup);
  const client = await connect(from);
  const lanes: Lane[] = [];
  try {
    await client.query("create publication bench for all tables");
    const place = (slot: string) =>
      makePlace(servers, from, `howdah_bench_${workload.key}_${slot}`, workload.setup);
    lanes.push(await nativeLane(await place("native"), client));
    for (const plugin of ["test_decoding", "pgoutput"] as const)
      lanes.push(await howdahLane(await place(plugin), plugin, client));
    const pgcopydb = await pgcopydbLane(() => place("pgcopydb")).catch(reportFailure);
    if (pgcopydb) lanes.push(pgcopydb);
    for (let round = 1; round <= rounds; round++) {
      const written = performance.now();
      await workload.write(client, size);
      const end = await endOf(client);
      console.log(`  round ${round}  written in ${seconds(performance.now() - written)}`);
      for (const lane of lanes.filter(({ kind }) => round === 1 || kind !== "pgcopydb")) {
        const running = catchUp(servers, workload, { lane, from, end });
        const cost = await (lane.kind === "pgcopydb" ? running.catch(reportFailure) : running);
        if (!cost) continue;
        lane.costs.push(cost);
        console.log(`  round ${round}  ${lane.name.padEnd(29)} ${seconds(cost.ms)}, ${describeCpu(cost)}`);
      }
    }
    summarize(workload, lanes, size);
  } finally {
    for (const lane of lanes) await lane.end();
    await client.end();
  }
}

/** Throws when the rows are other ones afterwards. */
async function catchUp(
  servers: Servers,
  workload: OnlineWorkload,
  { lane, from, end }: { lane: Lane; from: Lane["target"]; end: Lsn },
): Promise<CatchUpCost> {
  const cost = await timeLane(servers, lane, end);
  await compare(workload, from, lane);
  return cost;
}

/** A peer that fails does not end the bench. */
function reportFailure(error: unknown): null {
  console.log(`  pgcopydb follow failed: ${String(error)}`);
  return null;
}

function describeCpu({ cpuSeconds: { follower, source, target } }: CatchUpCost): string {
  return `CPU ${follower.toFixed(1)} + source ${source.toFixed(1)} + target ${target.toFixed(1)} s`;
}

function summarize(workload: OnlineWorkload, lanes: readonly Lane[], size: number): void {
  const medianOf = (lane: Lane | undefined) => median((lane?.costs ?? []).map(({ ms }) => ms));
  const native = medianOf(lanes.find(({ kind }) => kind === "native"));
  const pgcopydb = medianOf(lanes.find(({ kind }) => kind === "pgcopydb"));
  for (const lane of lanes.filter(({ costs }) => costs.length > 0)) {
    const ms = medianOf(lane);
    const shares = [`${(ms / native).toFixed(2)} of native`];
    if (lane.kind === "Howdah" && pgcopydb > 0) shares.push(`${(ms / pgcopydb).toFixed(2)} of pgcopydb`);
    const rate = Math.round(size / (ms / 1000));
    console.log(
      `  ${lane.name.padEnd(29)} median ${seconds(ms)}, ${rate} ${workload.unit}/s, ${shares.join(", ")}`,
    );
  }
}

/** A figure over the rows, the same on both sides. */
async function compare(
  { check }: OnlineWorkload,
  from: Lane["target"],
  { name, target }: Lane,
): Promise<void> {
  const figures = await Promise.all(
    [from, target].map(async (settings) => {
      const client = await connect(settings);
      try {
        return JSON.stringify((await client.query(check)).rows);
      } finally {
        await client.end();
      }
    }),
  );
  if (figures[0] !== figures[1]) throw new Error(`${name} applied other rows`);
}
