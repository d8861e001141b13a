import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { startHowdah } from "./howdah";
import { helpOf, runToEnd, versionOf } from "./shell";
import type { PeerKind } from "./workloads";

export interface Move {
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** Size of the source's indexes, which the product reads when it plans. */
  indexBytes: number;
}

/** What one move took. */
export interface MoveCost {
  ms: number;
  /** CPU seconds of the mover and the programs it runs, the servers left out. */
  cpuSeconds: number;
  /** Only of Howdah. */
  details?: HowdahDetails;
}

export interface HowdahDetails {
  /** Highest resident memory of the process, MiB, and what it had before the move. */
  rssMib: number;
  rssBeforeMib: number;
  /** Milliseconds of each phase and step. */
  phases: Record<string, number>;
  /** Forecast of the remaining time made at a quarter of the bytes, and what it was; null when nothing was forecast. */
  forecast: { forecastMs: number; actualMs: number } | null;
}

/** Something that moves a database, and takes as long as it takes. */
export interface Mover {
  name: string;
  kind: "Howdah" | PeerKind;
  version: string;
  /** Throws when the move failed. */
  run: (move: Move) => Promise<MoveCost>;
}

/** Howdah, with the jobs it chooses by itself, and every peer found on this machine with each number of jobs. */
export async function findMovers(howdahVersion: string, jobs: readonly number[]): Promise<Mover[]> {
  const movers: Mover[] = [{ name: "Howdah", kind: "Howdah", version: howdahVersion, run: startHowdah }];
  const version = await versionOf("pg_dump");
  if (version && (await versionOf("psql"))) {
    movers.push({
      name: "pg_dump | psql",
      kind: "pg_dump | psql",
      version,
      run: (move) => timed(move, pipe),
    });
  }
  if (version && (await versionOf("pg_restore"))) {
    movers.push(
      ...jobs.map((n) => ({
        name: `pg_dump -Fd, pg_restore ${n}/${n}`,
        kind: "pg_dump -Fd" as const,
        version,
        run: (move: Move) => timed(move, (place) => dumpAndRestore(place, n)),
      })),
    );
  }
  const pgcopydb = process.env["HOWDAH_BENCH_PGCOPYDB"] ?? "pgcopydb";
  const copydb = await versionOf(pgcopydb);
  if (copydb) movers.push(...jobs.flatMap((n) => cloners(pgcopydb, copydb, n)));
  return movers;
}

/** Arguments of pgcopydb, as far as the help text of `clone` knows them. */
const BINARY = "--use-copy-binary";
const NO_VACUUM = "--skip-vacuum";

/** Text, binary and binary without VACUUM; old versions know text and VACUUM only. */
function cloners(program: string, version: string, jobs: number): Mover[] {
  const help = helpOf(program, ["clone", "--help"]);
  const knows = (option: string) => help.includes(option);
  const mover = (label: string, kind: PeerKind, args: readonly string[], workers: number | null): Mover => ({
    name: `pgcopydb ${label} ${jobs}/${jobs}`,
    kind,
    version,
    run: (move) => timed(move, (place) => clone(program, place, { args, jobs, workers })),
  });
  const movers = [mover("text", "pgcopydb", [], null)];
  if (knows(BINARY)) movers.push(mover("binary", "pgcopydb", [BINARY], null));
  if (knows(BINARY) && knows(NO_VACUUM))
    movers.push(mover("tuned", "pgcopydb tuned", [BINARY, NO_VACUUM], 0));
  return movers;
}

interface Workplace extends Move {
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** Gives the peers a folder and a password file, so that no password is in their arguments. */
async function timed(move: Move, work: (place: Workplace) => Promise<number>): Promise<MoveCost> {
  const folder = mkdtempSync(join(tmpdir(), "howdah-bench-"));
  try {
    const passwords = join(folder, "pgpass");
    const lines = [move.source, move.target].map(
      ({ port, user, password }) => `127.0.0.1:${port}:*:${user}:${password}\n`,
    );
    writeFileSync(passwords, lines.join(""), { mode: 0o600 });
    const startedAt = performance.now();
    const env = { ...process.env, PGPASSFILE: passwords, PGSSLMODE: "prefer", XDG_DATA_HOME: folder };
    const cpuSeconds = await work({ ...move, folder, env });
    return { ms: performance.now() - startedAt, cpuSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function options({ host, port, user, database }: ConnectionSettings): string[] {
  return ["-h", host, "-p", String(port), "-U", user, "-d", database];
}

async function pipe({ source, target, env }: Workplace): Promise<number> {
  const script = `set -o pipefail; pg_dump ${options(source).join(" ")} | psql -q -v ON_ERROR_STOP=1 ${options(target).join(" ")}`;
  return await runToEnd("bash", ["-c", script], env);
}

/** Uncompressed: on one machine compression only costs time. */
async function dumpAndRestore({ source, target, folder, env }: Workplace, jobs: number): Promise<number> {
  const dump = join(folder, "dump");
  const parallel = ["-j", String(jobs)];
  const dumping = await runToEnd(
    "pg_dump",
    [...options(source), "-Fd", "-Z", "0", ...parallel, "-f", dump],
    env,
  );
  return dumping + (await runToEnd("pg_restore", [...options(target), ...parallel, dump], env));
}

async function clone(
  program: string,
  { source, target, folder, env }: Workplace,
  how: { args: readonly string[]; jobs: number; workers: number | null },
): Promise<number> {
  const uri = (it: ConnectionSettings) => `postgresql://${it.user}@${it.host}:${it.port}/${it.database}`;
  const setting = `-c max_parallel_maintenance_workers=${how.workers}`;
  const tuning = how.workers === null ? "" : `?options=${encodeURIComponent(setting)}`;
  const ends = ["--source", uri(source), "--target", uri(target) + tuning, "--dir", join(folder, "work")];
  const parallel = ["--table-jobs", String(how.jobs), "--index-jobs", String(how.jobs)];
  return await runToEnd(program, ["clone", ...ends, ...parallel, ...how.args], env);
}
