import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { chooseJobs } from "../choose-jobs";
import { copyTables } from "../copy/copy-tables";
import { listTables, type SourceTable } from "../copy/list-tables";
import type { SourceSnapshot } from "../copy/source-snapshot";
import { splitTables } from "../copy/split-tables";
import type { EngineEvent, ObjectFailure, TableName } from "../events";
import { LiveSlots } from "../live-slots";
import { emptyTables } from "../resume/clear-tables";
import { tableKey } from "../schema/restore-plan";
import { readServerFacts } from "../server-facts";
import type { Throttle } from "../throttle";

export interface RecopyOptions {
  source: ConnectionSettings;
  target: ConnectionSettings;
  snapshot: SourceSnapshot;
  /** A session of the target. */
  client: pg.Client;
  tables: readonly TableName[];
  throttle: Throttle;
  signal: AbortSignal;
}

export interface Recopied {
  failures: ObjectFailure[];
  /** Tables that have not got their rows. */
  failed: TableName[];
}

const STALL_MS = 30_000;

/**
 * Takes the rows of the tables away on the target and copies them anew, as of the snapshot. May be repeated. Returns what
 * failed; throws as copyTables() does.
 */
export async function recopyTables(options: RecopyOptions): Promise<Recopied> {
  const { source, target, snapshot, client, throttle, signal } = options;
  const wanted = new Set(options.tables.map(tableKey));
  const listed = (await listTables(snapshot.client)).filter((table) => wanted.has(tableKey(table)));
  const done: Recopied = { failures: [], failed: [] };
  if (listed.length === 0) return done;
  const referenced = await listReferenced(client);
  // TRUNCATE, which frozen rows need, is refused where a foreign key points to the table.
  const tables = listed.map((table) =>
    referenced.has(tableKey(table)) ? { ...table, bytesEstimated: 0 } : table,
  );
  await emptyTables(client, tables.filter(isOrdinary));
  const sourceFacts = await readServerFacts(snapshot.client);
  const jobs = await chooseJobs({
    asked: undefined,
    source: snapshot.client,
    target: client,
    settings: target,
    signal,
  });
  const split = { jobs, sourceVersion: sourceFacts.version, sourceClient: snapshot.client };
  await copyTables({
    ...{ source, target, snapshotId: snapshot.id, tables, jobs, throttle, signal, sourceFacts },
    splits: await splitTables(tables, split),
    slots: new LiveSlots(() => throttle.limits.connections ?? jobs, signal),
    keptParts: new Map(),
    targetFacts: await readServerFacts(client),
    format: "auto",
    stallMs: STALL_MS,
    report: (event: EngineEvent) => {
      if (event.type !== "table-failed") return;
      done.failures.push(event.failure);
      done.failed.push(event.table);
    },
    onCopied: () => undefined,
    onDiscard: async () => undefined,
    onTableEnded: () => undefined,
  });
  return done;
}

/** A configuration table keeps what belongs to its extension; the copy empties the rest. */
function isOrdinary({ configurationFilter }: SourceTable): boolean {
  return configurationFilter === null;
}

async function listReferenced(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<TableName>(`
    select distinct n.nspname as schema, c.relname as name
      from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.confrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace where k.contype = 'f'`);
  return new Set(rows.map(tableKey));
}
