import type pg from "pg";
import type { TableName } from "../events";
import { withoutEventTriggers } from "../session-settings";
import type { TableStop } from "./follow-options";

/** What the follower keeps on the target besides the applier's progress: tables whose changes are not applied any more. */
const STOPPED = "howdah.stopped";

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
  if (!(await hasTable(target))) return [];
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
    `create schema if not exists howdah;
     create table if not exists ${STOPPED} (name text, schema text, relation text, stop text not null, primary key (name, schema, relation))`,
  );
  await target.query("begin; set local synchronous_commit = local");
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

/** Takes away what keepStoppedTables() made; what is gone already is fine. Throws what the server reports. */
export async function dropStoppedTables(target: pg.Client, name: string): Promise<void> {
  if (!(await hasTable(target))) return;
  await target.query(`delete from ${STOPPED} where name = $1`, [name]);
  // Another capture's rows keep the table, and whatever else is there the schema.
  await target.query(`
    do $$ begin
      if not exists (select from ${STOPPED}) then
        drop table ${STOPPED};
        if not exists (select from pg_catalog.pg_class where relnamespace = 'howdah'::pg_catalog.regnamespace) then
          drop schema howdah;
        end if;
      end if;
    end $$`);
}

async function hasTable(target: pg.Client): Promise<boolean> {
  const { rows } = await target.query<{ has: boolean }>(
    `select pg_catalog.to_regclass('${STOPPED}') is not null as has`,
  );
  return rows[0]?.has ?? false;
}
