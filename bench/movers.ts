import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { startHowdah } from "./howdah";
import { runToEnd, versionOf } from "./shell";

export interface Move {
  source: ConnectionSettings;
  target: ConnectionSettings;
  jobs: number;
}

/** Something that moves a database, and takes as long as it takes. */
export interface Mover {
  name: string;
  version: string;
  /** Resolves to the milliseconds it took. Throws when the move failed. */
  run: (move: Move) => Promise<number>;
}

/** Howdah and every peer found on this machine. */
export async function findMovers(howdahVersion: string): Promise<Mover[]> {
  const movers: Mover[] = [{ name: "Howdah", version: howdahVersion, run: startHowdah }];
  const dump = await versionOf("pg_dump");
  if (dump && (await versionOf("psql"))) {
    movers.push({ name: "pg_dump | psql", version: dump, run: (move) => timed(move, dumpIntoPsql) });
  }
  if (dump && (await versionOf("pg_restore"))) {
    movers.push({
      name: "pg_dump -Fd -j, pg_restore -j",
      version: dump,
      run: (move) => timed(move, dumpAndRestore),
    });
  }
  const pgcopydb = process.env["HOWDAH_BENCH_PGCOPYDB"] ?? "pgcopydb";
  const copydb = await versionOf(pgcopydb);
  if (copydb) {
    movers.push({
      name: "pgcopydb clone",
      version: copydb,
      run: (move) => timed(move, (it) => clone(pgcopydb, it)),
    });
  }
  return movers;
}

interface Workplace extends Move {
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** Gives the peers a folder and a password file, so that no password is in their arguments. */
async function timed(move: Move, work: (place: Workplace) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "howdah-bench-"));
  try {
    const passwords = join(folder, "pgpass");
    const lines = [move.source, move.target].map(
      ({ port, user, password }) => `127.0.0.1:${port}:*:${user}:${password}\n`,
    );
    writeFileSync(passwords, lines.join(""), { mode: 0o600 });
    const startedAt = performance.now();
    await work({ ...move, folder, env: { ...process.env, PGPASSFILE: passwords, PGSSLMODE: "prefer" } });
    return performance.now() - startedAt;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function options({ host, port, user, database }: ConnectionSettings): string[] {
  return ["-h", host, "-p", String(port), "-U", user, "-d", database];
}

async function dumpIntoPsql({ source, target, env }: Workplace): Promise<void> {
  const script = `set -o pipefail; pg_dump ${options(source).join(" ")} | psql -q -v ON_ERROR_STOP=1 ${options(target).join(" ")}`;
  await runToEnd("bash", ["-c", script], env);
}

/** Uncompressed: on one machine compression only costs time. */
async function dumpAndRestore({ source, target, jobs, folder, env }: Workplace): Promise<void> {
  const dump = join(folder, "dump");
  await runToEnd("pg_dump", [...options(source), "-Fd", "-Z", "0", "-j", String(jobs), "-f", dump], env);
  await runToEnd("pg_restore", [...options(target), "-j", String(jobs), dump], env);
}

async function clone(pgcopydb: string, { source, target, jobs, folder, env }: Workplace): Promise<void> {
  const uri = (it: ConnectionSettings) => `postgresql://${it.user}@${it.host}:${it.port}/${it.database}`;
  const args = ["clone", "--source", uri(source), "--target", uri(target), "--dir", join(folder, "work")];
  await runToEnd(pgcopydb, [...args, "--table-jobs", String(jobs), "--index-jobs", String(jobs)], env);
}
