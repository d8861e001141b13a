import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { type Lsn, NO_LSN } from "@/lib/postgres/lsn";
import type { ObjectFailure, TableName } from "../../../events";
import type { OutputPlugin } from "../../change-stream";
import type { Divergence, TableStop } from "../../follow-options";
import { currentLsn, makeSource, openStream, type Source } from "../../testing/capture";
import { Applier } from "../applier";
import type { ApplierOptions } from "../apply-options";

/** A source with a slot, and a database on the target with the same tables. */
export interface Pair {
  source: Source;
  target: ConnectionSettings;
  name: string;
}

/** What an applier reported. */
export interface Reported {
  divergences: Divergence[];
  stops: { table: TableName; stop: TableStop; failure: ObjectFailure }[];
  notes: string[];
}

/** Makes both databases with the same `setup`; rows in it stand on both. `only` runs on the target besides. */
export async function makePair(
  servers: { source: TestServer; target: TestServer },
  plugin: OutputPlugin,
  setup: string[],
  only: string[] = [],
): Promise<Pair> {
  const source = await makeSource(servers.source, plugin, setup);
  const database = `t${Math.random().toString(36).slice(2, 10)}`;
  const base: ConnectionSettings = { ...servers.target, database: "postgres", sslMode: "Prefer" };
  const admin = await connect(base);
  await admin.query(`create database ${database}`);
  await admin.end();
  const target = { ...base, database };
  const client = await connect(target);
  for (const statement of [...setup, ...only]) await client.query(statement);
  await client.end();
  return { source, target, name: `howdah_test1_${database}` };
}

export function emptyReport(): Reported {
  return { divergences: [], stops: [], notes: [] };
}

/** Opens an applier on the pair's target that puts what it tells into `reported`. */
export async function openApplier(
  pair: Pair,
  reported: Reported,
  options: Partial<ApplierOptions> = {},
): Promise<Applier> {
  return Applier.open({
    target: pair.target,
    name: pair.name,
    startLsn: pair.source.consistentPoint,
    tableLsn: ({ schema }) => (schema === "howdah" ? null : NO_LSN),
    valueEncoding: "utf8",
    onDivergence: "stop",
    onDiverged: (divergence) => reported.divergences.push(divergence),
    onTableStopped: (table, stop, failure) => {
      reported.stops.push({ table, stop, failure });
    },
    onNote: (message) => reported.notes.push(message),
    signal: AbortSignal.timeout(120_000),
    ...options,
  });
}

/** Batches of the stream after which the slot is told what was flushed. */
const ACKNOWLEDGED = 5;

/** Applies everything up to `until`, default what the source has written so far, and commits it. */
export async function pump(pair: Pair, applier: Applier, until?: Lsn): Promise<void> {
  const end = until ?? (await currentLsn(pair.source.client));
  await using stream = await openStream(pair.source, { startLsn: applier.progressLsn });
  let batches = 0;
  for await (const changes of stream.changes()) {
    await applier.apply(changes);
    if (++batches % ACKNOWLEDGED === 0) stream.flushed(await applier.flush(), true);
    const last = changes.at(-1);
    if (last?.kind === "quiet" && last.lsn >= end) break;
    if (last?.kind === "commit" && last.endLsn >= end) break;
  }
  await applier.commit();
  stream.flushed(await applier.flush(), true);
}

/** A new applier takes what the source has written so far. Returns what it told. */
export async function applyAll(
  pair: Pair,
  options: Partial<ApplierOptions> = {},
): Promise<Reported & { applier: Applier }> {
  const reported = emptyReport();
  await using applier = await openApplier(pair, reported, options);
  await pump(pair, applier);
  return { ...reported, applier };
}

/** Applies as the source writes, until ended. */
export interface Following extends AsyncDisposable {
  applier: Applier;
  reported: Reported;
  /** Waits until what the source has written so far is applied. */
  caughtUp(): Promise<void>;
}

export async function follow(pair: Pair, options: Partial<ApplierOptions> = {}): Promise<Following> {
  const reported = emptyReport();
  const applier = await openApplier(pair, reported, options);
  const stream = await openStream(pair.source, { startLsn: applier.progressLsn });
  let failure: { error: unknown } | null = null;
  const run = async () => {
    for await (const changes of stream.changes()) await applier.apply(changes);
  };
  const running = run().catch((error) => {
    failure = { error };
  });
  return {
    applier,
    reported,
    async caughtUp() {
      const until = await currentLsn(pair.source.client);
      while (!failure && applier.position.appliedLsn < until) await sleep(10);
      if (failure) throw failure.error;
    },
    async [Symbol.asyncDispose]() {
      await stream.end();
      await applier[Symbol.asyncDispose]();
      await running;
    },
  };
}

const TABLES = `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'howdah')
    and ($1::text[] is null or c.relname = any($1)) order by 1, 2`;

/** All rows of tables, default all of them, as text, sorted, by table. */
export async function contentsOf(
  settings: ConnectionSettings,
  names: readonly string[] | null = null,
): Promise<Record<string, string[]>> {
  const client = new pg.Client({ ...settings, types: { getTypeParser: () => (text: string) => text } });
  await client.connect();
  try {
    await client.query("set search_path = ''; set extra_float_digits = 3; set timezone = 'UTC'");
    const contents: Record<string, string[]> = {};
    const tables = await client.query<{ schema: string; name: string }>(TABLES, [names]);
    for (const { schema, name } of tables.rows) {
      const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
      const { rows } = await client.query({ text: `select * from only ${table}`, rowMode: "array" });
      contents[name] = rows.map((row) => JSON.stringify(row)).sort();
    }
    return contents;
  } finally {
    await client.end();
  }
}
