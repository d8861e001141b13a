import { settingsOf } from "../settings-of";
import { queryRows, runSql } from "../with-session";
import type { FragileServer } from "./fragile-servers";
import type { Stage } from "./online-faults";

/** Slots, publications' origins and the like of ours that are left on either server; a slot would keep the source's WAL for ever. */
export async function whatIsLeft({ source, target }: Pick<Stage, "source" | "target">): Promise<string[]> {
  return [...(await leftOn("source", source)), ...(await leftOn("target", target))];
}

async function leftOn(side: string, { server }: FragileServer): Promise<string[]> {
  const rows = await queryRows<{ line: string }>(
    settingsOf(server),
    `select concat('slot ', slot_name) as line from pg_replication_slots
     union all select concat('origin ', roname) from pg_replication_origin
     union all select concat('prepared transaction ', gid) from pg_prepared_xacts`,
  );
  return rows.map(({ line }) => `left on the ${side}: ${line}`);
}

const GONE_WITHIN_MS = 10_000;

/** Drops a round's database, and whatever a round that failed left behind, which must not disturb the next one. */
export async function removeRoundDatabase({ server }: FragileServer, database: string): Promise<void> {
  const settings = settingsOf(server);
  const sessions = `from pg_stat_activity where datname = '${database}'`;
  await runSql(settings, `select pg_terminate_backend(pid) ${sessions}`);
  const until = performance.now() + GONE_WITHIN_MS;
  while (performance.now() < until && (await queryRows(settings, `select 1 ${sessions}`)).length > 0);
  await runSql(
    settings,
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '${database}'`,
    "select pg_replication_origin_drop(roname) from pg_replication_origin",
    `drop database if exists ${database}`,
  );
}
