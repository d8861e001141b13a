import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { EMBEDDED_MAJORS } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { type FarNetwork, startFarNetwork } from "@/lib/engine/testing/far-network";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import packageJson from "../package.json" with { type: "json" };
import { checkMove } from "./check-move";
import { measureCopyLimit } from "./copy-limit";
import { bundleHowdah } from "./howdah";
import { findMovers, type Move, type Mover } from "./movers";
import { runOnline } from "./online";
import { serverCpuSeconds } from "./server-cpu";
import { median, renderDetails, renderRatios, renderTimes, type WorkloadResult } from "./summary";
import { runVerify } from "./verify";
import { WORKLOADS, type Workload } from "./workloads";

const USAGE = `npm run bench -- online [--help]
npm run bench -- verify [--help]
npm run bench -- [--scale 1] [--rounds 5] [--jobs 2,4] [--only mixed,table,documents,small,tiny] [--movers text] [--round-trip 0]
                [--major 15] [--home /usr/lib/postgresql/15]

The first runs the benches of online migrations, the second compares databases on two servers with Howdah and pgcopydb. The
third moves databases between two PostgreSQL servers on this machine with Howdah and with the peers that are found: pg_dump, psql
and pg_restore on the PATH (they must be able to read that version), pgcopydb on the PATH or at HOWDAH_BENCH_PGCOPYDB.
Scale 1 is a mixed database of about 1.9 GB, one table of about 1 GB, 1 GB of documents, 1,000 small tables and 10,000 tiny ones; the peers
run with each number of jobs. --movers runs only those with this text in their names. --round-trip puts the target so many
milliseconds away from the movers and the source. --major is the version of both servers; 15, because the pg_dump of most
machines reads it. --home takes the servers of that version from this folder: those of the npm packages are built without lz4.`;

/** Durable, as a real target is. */
const SERVER_SETTINGS = {
  shared_buffers: "512MB",
  maintenance_work_mem: "256MB",
  max_wal_size: "4GB",
  autovacuum: "off",
  wal_level: "replica",
  // Movers with parallel readers lock 10,000 tables in each of them.
  max_locks_per_transaction: "1024",
};

interface Options {
  scale: number;
  rounds: number;
  jobs: number[];
  only: string[] | null;
  movers: string;
  roundTripMs: number;
  major: (typeof EMBEDDED_MAJORS)[number];
  home: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      scale: { type: "string", default: "1" },
      rounds: { type: "string", default: "5" },
      jobs: { type: "string", default: "2,4" },
      only: { type: "string" },
      movers: { type: "string", default: "" },
      "round-trip": { type: "string", default: "0" },
      major: { type: "string", default: "15" },
      home: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const [scale, rounds] = [Number(values.scale), Number(values.rounds)];
  const jobs = values.jobs.split(",").map(Number);
  const roundTripMs = Number(values["round-trip"]);
  const major = EMBEDDED_MAJORS.find((one) => String(one) === values.major);
  const isSensible = scale > 0 && rounds >= 1 && roundTripMs >= 0 && jobs.every((n) => n >= 1);
  if (values.help || !isSensible || !major) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const only = values.only?.split(",") ?? null;
  return { scale, rounds, jobs, only, movers: values.movers, roundTripMs, major, home: values.home };
}

async function main(): Promise<void> {
  const options = readOptions();
  await bundleHowdah();
  const found = await findMovers(packageJson.version, options.jobs);
  const movers = found.filter(({ name }) => name.includes(options.movers));
  const programs = options.home === undefined ? {} : { home: options.home };
  const server = { durable: true, settings: SERVER_SETTINGS, ...programs };
  await using source = await startTestServer(options.major, server);
  await using target = await startTestServer(options.major, server);
  // Servers left behind would weigh on the next bench.
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      void Promise.all([source.stop(), target.stop()]).finally(() => process.exit(130));
    });
  await using far = await startFarNetwork(target, options.roundTripMs);
  const results: WorkloadResult[] = [];
  for (const workload of WORKLOADS.filter(({ key }) => options.only?.includes(key) ?? true))
    results.push(await runWorkload(workload, { movers, source, target, far, options }));
  const model = cpus()[0]?.model ?? "unknown processor";
  console.log(
    `\n${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
  );
  console.log(
    `PostgreSQL ${options.major} on both sides, scale ${options.scale}, ${options.rounds} rounds, round trip ${options.roundTripMs} ms`,
  );
  for (const version of new Set(movers.map((mover) => `${mover.name.split(" ")[0]}: ${mover.version}`)))
    console.log(version);
  for (const render of [renderRatios, renderTimes, renderDetails]) console.log(`\n${render(results)}`);
}

interface Setting {
  movers: readonly Mover[];
  source: TestServer;
  target: TestServer;
  /** Where the movers reach the target. */
  far: FarNetwork;
  options: Options;
}

/** Rounds alternate between the movers, each with another first, so that what else the machine does hits all of them alike. */
async function runWorkload(workload: Workload, setting: Setting): Promise<WorkloadResult> {
  const { movers, source, target, far, options } = setting;
  const from = settingsOf(source, `bench_${workload.key}`);
  await create(from);
  // Who reads rows first would else write down which of them are visible, for all others.
  await runSql(from, ...workload.sql(options.scale), "vacuum");
  const { size, indexBytes } = await measure(from);
  console.log(`\n${workload.name}: ${workload.describe(options.scale)}; ${size} with indexes`);
  // First, because whoever is first to write on a server that was just started takes a third to a half longer.
  const limit = workload.manyFiles ? null : await measureLimit(workload, from, setting);
  const series = movers.map((mover) => ({ mover, runs: [] as WorkloadResult["series"][number]["runs"] }));
  const pids = [source.pid, target.pid];
  for (let round = 1; round <= options.rounds; round++) {
    const first = (round - 1) % Math.max(1, series.length);
    for (const { mover, runs } of [...series.slice(first), ...series.slice(0, first)]) {
      const label = `  round ${round}  ${mover.name.padEnd(30)}`;
      try {
        const move = { source: from, target: settingsOf(target, `bench_${nextTarget++}`), indexBytes };
        const cost = await inNewTarget(move, workload, async () => {
          const before = serverCpuSeconds(pids);
          const { host, port } = options.roundTripMs > 0 ? far : target;
          const taken = await mover.run({ ...move, target: { ...move.target, host, port } });
          return { ...taken, serverCpuSeconds: serverCpuSeconds(pids) - before };
        });
        runs.push(cost);
        const cpu = `CPU ${cost.cpuSeconds.toFixed(1)} s, servers ${cost.serverCpuSeconds.toFixed(1)} s`;
        console.log(`${label} ${(cost.ms / 1000).toFixed(2)} s, ${cpu}`);
      } catch (error) {
        console.log(`${label} failed: ${String(error)}`);
      }
    }
  }
  return { workload, series, limit };
}

let nextTarget = 1;

/** In a database of its own, on a server with nothing left to write from the run before. */
async function inNewTarget<T>(move: Move, workload: Workload, run: () => Promise<T>): Promise<T> {
  await create(move.target);
  try {
    const result = await run();
    await checkMove(move.source, move.target);
    return result;
  } finally {
    if (!workload.manyFiles) await drop(move.target);
  }
}

const LIMIT_ROUNDS = 3;

async function measureLimit(workload: Workload, from: ConnectionSettings, { target, options }: Setting) {
  const limits = [];
  for (let round = 1; round <= LIMIT_ROUNDS; round++) {
    const to = settingsOf(target, `bench_${nextTarget++}`);
    await create(to);
    limits.push(await measureCopyLimit({ source: from, target: to, indexBytes: 0 }, options.jobs[0] ?? 2));
    await drop(to);
  }
  const limit = {
    readMs: median(limits.map(({ readMs }) => readMs)),
    writeMs: median(limits.map(({ writeMs }) => writeMs)),
  };
  console.log(
    `  ${workload.name}, rows alone: read ${Math.round(limit.readMs)} ms, write ${Math.round(limit.writeMs)} ms`,
  );
  return limit;
}

async function create(settings: ConnectionSettings): Promise<void> {
  const statements = [`create database ${ident(settings.database)} template template0`, "checkpoint"];
  await runSql({ ...settings, database: "postgres" }, ...statements);
}

async function drop(settings: ConnectionSettings): Promise<void> {
  await runSql({ ...settings, database: "postgres" }, `drop database ${ident(settings.database)}`);
}

async function measure(settings: ConnectionSettings): Promise<{ size: string; indexBytes: number }> {
  const client = await connect(settings);
  try {
    const { rows } = await client.query<{ size: string; bytes: string }>(
      `select pg_size_pretty(pg_database_size(current_database())) as size, sum(pg_indexes_size(oid))::text as bytes
         from pg_class where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace`,
    );
    return { size: rows[0]?.size ?? "", indexBytes: Number(rows[0]?.bytes ?? 0) };
  } finally {
    await client.end();
  }
}

const [kind, ...rest] = process.argv.slice(2);
if (kind === "online") await runOnline(rest);
else if (kind === "verify") await runVerify(rest);
else await main();
