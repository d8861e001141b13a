import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import type { FollowedTable, FollowStart, UnfollowedReason } from "./follow-options";
import { listNewTables } from "./new-tables";
import { inOwnSession } from "./own-session";
import type { SourceWatch } from "./source-watch";
import { isReplaced, readTableIdentities, tellsTruncates } from "./table-identities";

/** A table that is not on the target as it is on the source, although no change of a row has told so. */
export interface AlteredTable extends TableName {
  reason: UnfollowedReason;
}

/** Names and types of all columns, in order; types by their full names, which are the same on both sides. */
const COLUMNS = `
select u.schema, u.name,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum)::text
          from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from unnest($1::text[], $2::text[]) as u(schema, name)
  join pg_catalog.pg_namespace n on n.nspname = u.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = u.name and c.relkind = 'r'`;

/**
 * Compares the catalogues for what an application has altered since the copy: tables that are new, gone, have other columns
 * or another parent, or were replaced by another one that looks the same. The search_path of both sessions has to be empty. Throws what the servers report.
 */
export async function listAlteredTables(
  source: pg.Client,
  target: pg.Client,
  start: Pick<FollowStart, "capture" | "tables" | "recopied" | "leftOut">,
): Promise<AlteredTable[]> {
  const there = await columnsOf(source, start.tables);
  const here = await columnsOf(target, start.tables);
  const identities = await readTableIdentities(source);
  const areTruncatesTold = await tellsTruncates(source, start.capture);
  const reasonOf = (table: FollowedTable): UnfollowedReason | null => {
    const key = tableKey(table);
    const [wanted, then, now] = [there.get(key), table.identity, identities.get(key)];
    if (wanted === undefined) return "dropped";
    if (wanted !== here.get(key)) return "columns-changed";
    if (!then || !now) return null;
    if (isReplaced(then, now, areTruncatesTold)) return "replaced";
    if (then.generated !== undefined && then.generated !== now.generated) return "columns-changed";
    return then.parents === now.parents ? null : "other-parent";
  };
  const altered = start.tables.flatMap((table): AlteredTable[] => {
    const reason = reasonOf(table);
    return reason === null ? [] : [{ schema: table.schema, name: table.name, reason }];
  });
  const added = await listNewTables(source, start);
  return [...altered, ...added.map((table): AlteredTable => ({ ...table, reason: "new" }))];
}

/** The same over sessions of their own. Throws what connecting and the servers report, or the signal's reason. */
export async function lookForAltered(
  {
    watch,
    target: settings,
    signal,
  }: { watch: SourceWatch; target: ConnectionSettings; signal: AbortSignal },
  start: Pick<FollowStart, "capture" | "tables" | "recopied" | "leftOut">,
): Promise<AlteredTable[]> {
  return await watch.use((source) =>
    inOwnSession(settings, "howdah watch", signal, async (target) => {
      await target.query("set search_path = ''");
      return await listAlteredTables(source, target, start);
    }),
  );
}

async function columnsOf(
  client: pg.Client,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<TableName & { columns: string | null }>(COLUMNS, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
  return new Map(rows.map((row) => [tableKey(row), row.columns ?? "[]"]));
}
