import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import packageJson from "../package.json" with { type: "json" };
import { checkMove } from "./check-move";
import { findMovers, type Mover } from "./movers";
import { renderTable, type Timings } from "./summary";
import { WORKLOADS, type Workload } from "./workloads";

const USAGE = `npm run bench -- [--scale 1] [--rounds 3] [--jobs 2] [--only "one wide table"]

Moves databases between two PostgreSQL 15 servers on this machine with Howdah and with the peers that are found: pg_dump,
psql and pg_restore on the PATH (they must be able to read version 15), pgcopydb on the PATH or at HOWDAH_BENCH_PGCOPYDB.`;

/** 15, because the pg_dump most machines have reads it. Durable, as a real target is. */
const MAJOR = 15;
const SERVER_SETTINGS = {
  fsync: "on",
  shared_buffers: "512MB",
  maintenance_work_mem: "256MB",
  max_wal_size: "4GB",
  autovacuum: "off",
};

interface Options {
  scale: number;
  rounds: number;
  jobs: number;
  only: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      scale: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      jobs: { type: "string", default: "2" },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const [scale, rounds, jobs] = [Number(values.scale), Number(values.rounds), Number(values.jobs)];
  if (values.help || !(scale > 0) || !(rounds >= 1) || !(jobs >= 1)) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  return { scale, rounds, jobs, only: values.only };
}

async function main(): Promise<void> {
  const options = readOptions();
  const movers = await findMovers(packageJson.version);
  await using source = await startTestServer(MAJOR, { settings: SERVER_SETTINGS });
  await using target = await startTestServer(MAJOR, { settings: SERVER_SETTINGS });
  const timings: Timings[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => !options.only || name === options.only)) {
    timings.push(...(await runWorkload(workload, movers, source, target, options)));
  }
  const model = cpus()[0]?.model ?? "unknown processor";
  console.log(
    `\n${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
  );
  console.log(
    `PostgreSQL ${MAJOR} on both sides, scale ${options.scale}, ${options.rounds} rounds, ${options.jobs} jobs`,
  );
  for (const { name, version } of movers) console.log(`${name}: ${version}`);
  console.log(`\n${renderTable(timings)}`);
}

/** Rounds alternate between the movers, so that what else the machine does hits all of them alike. */
async function runWorkload(
  workload: Workload,
  movers: readonly Mover[],
  source: TestServer,
  target: TestServer,
  options: Options,
): Promise<Timings[]> {
  const from = settingsOf(source, "bench");
  await recreate(source);
  await execute(from, workload.sql(options.scale));
  const timings = movers.map((mover) => ({ workload: workload.name, mover: mover.name, ms: [] as number[] }));
  console.log(`\n${workload.name}: ${workload.describe(options.scale)}`);
  for (let round = 1; round <= options.rounds; round++) {
    for (const [index, mover] of movers.entries()) {
      await recreate(target);
      const move = { source: from, target: settingsOf(target, "bench"), jobs: options.jobs };
      try {
        const ms = await mover.run(move);
        await checkMove(move.source, move.target);
        timings[index]?.ms.push(ms);
        console.log(`  round ${round}  ${mover.name.padEnd(30)} ${(ms / 1000).toFixed(2)} s`);
      } catch (error) {
        console.log(`  round ${round}  ${mover.name.padEnd(30)} failed: ${String(error)}`);
      }
    }
  }
  return timings;
}

/** An empty database on a server with nothing left to write from the run before. */
async function recreate(server: TestServer): Promise<void> {
  const statements = [
    `drop database if exists ${ident("bench")}`,
    `create database ${ident("bench")} template template0`,
    "checkpoint",
  ];
  await execute(settingsOf(server, "postgres"), statements);
}

async function execute(settings: ConnectionSettings, statements: readonly string[]): Promise<void> {
  const client = await connect(settings);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function settingsOf({ host, port, user, password }: TestServer, database: string): ConnectionSettings {
  return { host, port, user, password, database, sslMode: "Prefer" };
}

await main();
