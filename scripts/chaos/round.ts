import { setTimeout as sleep } from "node:timers/promises";
import { canonicalDdl } from "@/lib/engine/testing/canonical-ddl";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf } from "@/lib/store/testing/test-store";
import { FAULTS, leftOnServer } from "./faults";
import { patiently } from "./patiently";
import { Random } from "./random";
import { DATABASE, directly, type Rig } from "./rig";
import { FILL_SCRATCH } from "./source-database";

const END_TIMEOUT_MS = 240_000;
const POLL_MS = 100;
/** Sessions that were ended need a moment to go. */
const LEFT_PATIENCE_MS = 10_000;

export interface RoundOptions {
  /** Names of FAULTS to choose from. */
  faults: readonly string[];
  /** Faults of one round, at most. */
  atMost: number;
  /** Latest moment of a fault, in ms since the data began to move. */
  withinMs: number;
  megabytesPerSecond: readonly (number | null)[];
}

export interface RoundResult {
  seed: number;
  state: string;
  /** What was done, and after how long, in order. */
  done: string[];
  /** After everything was up again: until the migration moved on; the longest, in ms. */
  goingOnMs: number;
  totalMs: number;
  /** Everything that is not as it should be; empty when the round passed. */
  faults: string[];
  /** The activity log, for a round that failed. */
  log: string[];
}

/** One migration with faults at random moments; then both sides must be equal and nothing may be left over. */
export async function runRound(rig: Rig, seed: number, options: RoundOptions): Promise<RoundResult> {
  const random = new Random(seed);
  const begun = performance.now();
  rig.workers.removeFiles();
  while (rig.workers.running.length === 0) await rig.workers.start();
  await runSql(directly(rig.source), FILL_SCRATCH);
  const id = await create(rig, random, seed, options);
  await waitUntil(id, (row) => row.substate === "MigratingData" || row.substate === "Completed");
  const done: string[] = [];
  const lags: number[] = [];
  const moves = performance.now();
  for (const { at, name } of plan(random, options)) {
    await sleep(Math.max(0, at - (performance.now() - moves)));
    if ((await read(id)).substate === "Completed") break;
    const after = Math.round(performance.now() - moves);
    const text = (await FAULTS[name]?.(rig, random, id)) ?? name;
    done.push(`${after} ms: ${text}`);
    lags.push(await measureGoingOn(id));
  }
  const row = await waitUntil(id, ({ substate }) => substate === "Completed");
  const totalMs = Math.round(performance.now() - begun);
  const faults = row.state === "Succeeded" ? await inspect(rig, done) : [`${row.state}: ${row.error}`];
  const log = faults.length > 0 ? await readLog(id) : [];
  await runSql(directly(rig.target, "postgres"), `drop database if exists ${DATABASE} with (force)`);
  return { seed, state: row.state, done, goingOnMs: Math.max(0, ...lags), totalMs, faults, log };
}

function plan(random: Random, options: RoundOptions): { at: number; name: string }[] {
  return Array.from({ length: random.between(1, options.atMost) }, () => ({
    at: random.between(0, options.withinMs),
    name: random.pick(options.faults),
  })).sort((a, b) => a.at - b.at);
}

async function create(rig: Rig, random: Random, seed: number, options: RoundOptions): Promise<string> {
  const megabytesPerSecond = random.pick(options.megabytesPerSecond);
  const jobs = random.between(1, 4);
  const { proxy, server } = rig.source;
  const source = { ...server, host: proxy.host, port: proxy.port };
  const body = bodyOf(source, rig.target.server, {
    dbsToMigrate: [DATABASE],
    migrationOption: "Migrate",
    howdah: { jobs, throttle: { megabytesPerSecond }, vacuum: random.fraction() < 0.2 },
  });
  const name = `chaos-${seed}-${Date.now()}`;
  const { id } = await createMigration({ server: rig.registered, name, body, actor: "chaos" });
  return id;
}

function read(id: string) {
  return patiently(() =>
    store().migration.findUniqueOrThrow({ where: { id }, include: { databases: true } }),
  );
}

type Row = Awaited<ReturnType<typeof read>>;

async function waitUntil(id: string, look: (row: Row) => boolean): Promise<Row> {
  const until = performance.now() + END_TIMEOUT_MS;
  for (;;) {
    const row = await read(id);
    if (look(row)) return row;
    if (performance.now() > until) {
      throw new Error(`Still ${row.state}/${row.substate}:\n${(await readLog(id)).join("\n")}`);
    }
    await sleep(POLL_MS);
  }
}

/** Milliseconds from now until something more is done than is done now, or the migration has ended. */
async function measureGoingOn(id: string): Promise<number> {
  const begun = performance.now();
  const before = await readMark(id);
  await waitUntilDifferent(id, before);
  return Math.round(performance.now() - begun);
}

async function waitUntilDifferent(id: string, before: string): Promise<void> {
  const until = performance.now() + END_TIMEOUT_MS;
  while ((await readMark(id)) === before) {
    if ((await read(id)).substate === "Completed") return;
    if (performance.now() > until) throw new Error(`Never went on:\n${(await readLog(id)).join("\n")}`);
    await sleep(POLL_MS);
  }
}

/** Changes with every figure of the databases and every step that was begun or done, but not with what only waits. */
async function readMark(id: string): Promise<string> {
  const { databases } = await read(id);
  const events = await patiently(() =>
    store().migrationEvent.count({
      where: {
        migrationId: id,
        kind: { in: ["database-started", "step-completed", "phase-started", "note"] },
      },
    }),
  );
  return JSON.stringify([
    events,
    databases.map((row) => [row.bytesCopied, row.rowsCopied, row.indexesDone, row.phase].map(String)),
  ]);
}

async function inspect(rig: Rig, done: readonly string[]): Promise<string[]> {
  const [source, target] = [directly(rig.source), directly(rig.target)];
  // Killed after the copy, the source has lost rows that the target has.
  const kept = await queryRows(target, "select from scratch limit 1");
  if (kept.length > 0 && done.some((text) => text.includes("source killed")))
    await runSql(source, FILL_SCRATCH);
  const canonical = canonicalDdl(rig.source.server.major, rig.target.server.major);
  const differences = await compareDatabases(source, target, { canonical });
  const left = await waitForNothingLeft(rig);
  // What a killed process leaves is removed by the next one, but not at once.
  const killed = done.some((text) => text.includes("killed") || text.includes("frozen"));
  const files = killed ? [] : rig.workers.leftFiles().map((name) => `temporary file: ${name}`);
  return [...differences, ...left, ...files];
}

async function waitForNothingLeft(rig: Rig): Promise<string[]> {
  const until = performance.now() + LEFT_PATIENCE_MS;
  for (;;) {
    const left = [
      ...(await leftOnServer("source", rig.source)),
      ...(await leftOnServer("target", rig.target)),
    ];
    if (left.length === 0 || performance.now() > until) return left;
    await sleep(POLL_MS);
  }
}

async function readLog(id: string): Promise<string[]> {
  const events = await patiently(() =>
    store().migrationEvent.findMany({ where: { migrationId: id }, orderBy: { id: "asc" } }),
  );
  const shown = events.filter(({ kind }) => kind !== "table-completed" && kind !== "index-completed");
  return shown.map(({ at, level, kind, message, object }) =>
    [at.toISOString(), level, kind, object ?? "", message].join(" "),
  );
}
