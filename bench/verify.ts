import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { moveDatabase } from "@/lib/engine/move-database";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { verifyDatabase } from "@/lib/engine/verify/verify-database";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import { runToEnd, versionOf } from "./shell";
import { median } from "./summary";
import { WORKLOADS, type Workload } from "./workloads";

const USAGE = `npm run bench -- verify [--scale 1] [--rounds 5] [--only mixed,table,small]

Moves databases between two PostgreSQL 15 servers on this machine, and then compares both sides in turn with Howdah, which looks at
everything it knows of (rows, sequences, schema, large objects, settings), and with the rows alone by "pgcopydb compare data", found on the
PATH or at HOWDAH_BENCH_PGCOPYDB.`;

const MAJOR = 15;
const SETTINGS = { shared_buffers: "512MB", max_wal_size: "4GB", autovacuum: "off", fsync: "off" };
/** Large tables alone, both of which fit into memory, and many small ones. */
const USUAL = "mixed,table,small";

interface Options {
  scale: number;
  rounds: number;
  only: string[];
}

interface Pair {
  source: ConnectionSettings;
  target: ConnectionSettings;
}

/** Milliseconds of each round. */
interface Times {
  howdah: number[];
  pgcopydb: number[];
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: "string", default: "1" },
      rounds: { type: "string", default: "5" },
      only: { type: "string", default: USUAL },
      help: { type: "boolean", default: false },
    },
  });
  const [scale, rounds] = [Number(values.scale), Number(values.rounds)];
  if (values.help || !(scale > 0) || !(rounds >= 1)) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  return { scale, rounds, only: values.only.split(",") };
}

/** Runs the bench of verification; `args` as USAGE tells. */
export async function runVerify(args: readonly string[]): Promise<void> {
  const { scale, rounds, only } = readOptions(args);
  const program = process.env["HOWDAH_BENCH_PGCOPYDB"] ?? "pgcopydb";
  const version = await versionOf(program);
  await using source = await startTestServer(MAJOR, { durable: true, settings: SETTINGS });
  await using target = await startTestServer(MAJOR, { durable: true, settings: SETTINGS });
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      void Promise.all([source.stop(), target.stop()]).finally(() => process.exit(130));
    });
  const rows: string[] = [];
  for (const workload of WORKLOADS.filter(({ key }) => only.includes(key))) {
    const pair = await moved(workload, scale, source, target);
    rows.push(line(workload, await measure(pair, rounds, version === null ? null : program)));
  }
  console.log(`\n${cpus().length} × ${cpus()[0]?.model}, PostgreSQL ${MAJOR}, ${version ?? "no pgcopydb"}`);
  console.log(`scale ${scale}, medians of ${rounds} rounds, in turn\n`);
  console.log(
    "| workload | Howdah verify s | pgcopydb compare data s | share |\n| --- | ---: | ---: | ---: |",
  );
  console.log(rows.join("\n"));
}

async function moved(workload: Workload, scale: number, from: TestServer, to: TestServer): Promise<Pair> {
  const name = `verify_${workload.key}`;
  const pair = { source: settingsOf(from, name), target: settingsOf(to, name) };
  for (const server of [from, to]) await runSql(settingsOf(server), `create database ${ident(name)}`);
  await runSql(pair.source, ...workload.sql(scale), "vacuum analyze");
  const { signal } = new AbortController();
  const { failures } = await moveDatabase({ ...pair, vacuum: true, report: () => undefined, signal });
  if (failures.length > 0) throw new Error(`${failures[0]?.object}: ${failures[0]?.message}`);
  console.log(`${workload.name}: moved`);
  return pair;
}

/** The first round of each only fills the caches. */
async function measure(pair: Pair, rounds: number, program: string | null): Promise<Times> {
  const times: Times = { howdah: [], pgcopydb: [] };
  for (let round = 0; round <= rounds; round++) {
    const own = await timed(() => verify(pair));
    const other = program === null ? Number.NaN : await compareData(program, pair);
    console.log(`  round ${round}  Howdah ${seconds(own)} s, pgcopydb ${seconds(other)} s`);
    if (round === 0) continue;
    times.howdah.push(own);
    times.pgcopydb.push(other);
  }
  return times;
}

async function verify(pair: Pair): Promise<void> {
  const { signal } = new AbortController();
  const { outcome } = await verifyDatabase({ ...pair, report: () => undefined, signal });
  if (outcome !== "equal") throw new Error(`the databases are ${outcome}`);
}

/** Passwords are in a file, so that none is in the arguments. */
async function compareData(program: string, pair: Pair): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "howdah-bench-"));
  try {
    const passwords = join(folder, "pgpass");
    const lines = [pair.source, pair.target].map(
      ({ port, user, password }) => `127.0.0.1:${port}:*:${user}:${password}\n`,
    );
    writeFileSync(passwords, lines.join(""), { mode: 0o600 });
    const env = { ...process.env, PGPASSFILE: passwords, XDG_DATA_HOME: folder };
    const work = ["--dir", join(folder, "work")];
    const sides = ["--source", uriOf(pair.source), "--target", uriOf(pair.target)];
    return await timed(() => runToEnd(program, ["compare", "data", ...work, ...sides], env));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function uriOf({ host, port, user, database }: ConnectionSettings): string {
  return `postgres://${user}@${host}:${port}/${database}`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function line({ name }: Workload, { howdah, pgcopydb }: Times): string {
  const [own, other] = [median(howdah), median(pgcopydb)];
  const share = Number.isNaN(other) ? "–" : (own / other).toFixed(2);
  return `| ${name} | ${seconds(own)} | ${seconds(other)} | ${share} |`;
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? "–" : (ms / 1_000).toFixed(2);
}
