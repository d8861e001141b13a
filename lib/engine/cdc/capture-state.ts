import type pg from "pg";
import type { TableName } from "../events";
import { withoutEventTriggers } from "../session-settings";
import type { TableStop } from "./follow-options";
import { dropOwnRows, LOCK_OWN_SCHEMA } from "./own-schema";
import type { SourceHistory } from "./source-history";

/** What the follower keeps on the target besides the applier's progress: tables whose changes are not applied any more. */
const STOPPED = "howdah.stopped";
/** And the source's history, once it is another one than the slot was made under. */
const SOURCE = "howdah.source";

const HAS_PROGRESS = `
select exists (select from pg_catalog.pg_replication_origin where roname = $1) as origin,
       pg_catalog.to_regclass('howdah.progress') is not null as rows`;

/**
 * True when the target knows how far it is. A move makes that before it ends and a cutover removes it as its last act on
 * the target, so that without it nothing is left but to clean up. Throws what the server reports.
 */
export async function hasProgress(target: pg.Client, name: string): Promise<boolean> {
  const { rows } = await target.query<{ origin: boolean; rows: boolean }>(HAS_PROGRESS, [name]);
  if (rows[0]?.origin) return true;
  if (!rows[0]?.rows) return false;
  const found = await target.query("select from howdah.progress where name = $1", [name]);
  return found.rows.length > 0;
}

export interface StoppedTable {
  table: TableName;
  stop: TableStop;
}

/** Tables that were stopped by this or an earlier call; one that went on after a restart would have lost changes. */
export async function readStoppedTables(target: pg.Client, name: string): Promise<StoppedTable[]> {
  if (!(await hasTable(target, STOPPED))) return [];
  const { rows } = await target.query<{ schema: string; relation: string; stop: TableStop }>(
    `select schema, relation, stop from ${STOPPED} where name = $1 order by 1, 2`,
    [name],
  );
  return rows.map(({ schema, relation, stop }) => ({ table: { schema, name: relation }, stop }));
}

/** Durable when it resolves. Throws what the server reports. */
export async function keepStoppedTables(
  target: pg.Client,
  name: string,
  stopped: readonly StoppedTable[],
): Promise<void> {
  await withoutEventTriggers(target);
  await target.query(
    `begin; set local synchronous_commit = local;
     ${LOCK_OWN_SCHEMA};
     create schema if not exists howdah;
     create table if not exists ${STOPPED} (name text, schema text, relation text, stop text not null, primary key (name, schema, relation))`,
  );
  await target.query(
    `insert into ${STOPPED} select $1, * from unnest($2::text[], $3::text[], $4::text[]) on conflict do nothing`,
    [
      name,
      stopped.map(({ table }) => table.schema),
      stopped.map(({ table }) => table.name),
      stopped.map(({ stop }) => stop),
    ],
  );
  await target.query("commit");
}

/** The source's history under which the target's progress was reached; null: it is that of the slot's making. */
export async function readSourceHistory(target: pg.Client, name: string): Promise<SourceHistory | null> {
  if (!(await hasTable(target, SOURCE))) return null;
  const { rows } = await target.query<SourceHistory>(
    `select system_id as "systemId", timeline from ${SOURCE} where name = $1`,
    [name],
  );
  return rows[0] ?? null;
}

/** Durable when it resolves. Throws what the server reports. */
export async function keepSourceHistory(
  target: pg.Client,
  name: string,
  { systemId, timeline }: SourceHistory,
): Promise<void> {
  await withoutEventTriggers(target);
  await target.query(
    `begin; set local synchronous_commit = local;
     ${LOCK_OWN_SCHEMA};
     create schema if not exists howdah;
     create table if not exists ${SOURCE} (name text primary key, system_id text, timeline int not null)`,
  );
  await target.query(
    `insert into ${SOURCE} as s values ($1, $2, $3)
     on conflict (name) do update set system_id = excluded.system_id, timeline = excluded.timeline`,
    [name, systemId, timeline],
  );
  await target.query("commit");
}

/** Takes away what was kept here; what is gone already is fine. Throws what the server reports. */
export async function dropCaptureState(target: pg.Client, name: string): Promise<void> {
  for (const table of [STOPPED, SOURCE] as const) await dropOwnRows(target, table, name);
}

async function hasTable(target: pg.Client, table: string): Promise<boolean> {
  const { rows } = await target.query<{ has: boolean }>(
    `select pg_catalog.to_regclass('${table}') is not null as has`,
  );
  return rows[0]?.has ?? false;
}
