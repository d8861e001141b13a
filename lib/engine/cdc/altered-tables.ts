import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { eachRow } from "@/lib/postgres/each-row";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import type { FollowedTable, FollowStart, UnfollowedReason } from "./follow-options";
import { listNewTables } from "./new-tables";
import { inOwnSession } from "./own-session";
import {
  eachTableIdentity,
  INHERITS,
  isReplaced,
  type TableIdentity,
  tellsTruncates,
} from "./table-identities";

/** A table that is not on the target as it is on the source, although no change of a row has told so. */
export interface AlteredTable extends TableName {
  reason: UnfollowedReason;
}

interface Shape {
  logged: boolean;
  /** Digest; null: it has none. */
  columns: string | null;
}

/**
 * Names and types of all columns, in order, and what types of one's own mean: labels of enums and attributes of composites, also
 * those within arrays, domains and ranges. Types by their full names, which are the same on both sides; those below 16384 come
 * with the server. Columns of a table that inherits by name: no CREATE TABLE brings back their order (listReorderedTables).
 */
const COLUMNS = `
with recursive rel as (
  select u.schema, u.name, c.oid, c.relpersistence = 'p' as logged, ${INHERITS} as inherits
    from unnest($1::text[], $2::text[]) as u(schema, name)
    join pg_catalog.pg_namespace n on n.nspname = u.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = u.name and c.relkind = 'r'),
col as (
  select a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod
    from pg_catalog.pg_attribute a join rel on rel.oid = a.attrelid where a.attnum > 0 and not a.attisdropped),
used (root, type) as (
  select distinct atttypid, atttypid from col where atttypid >= 16384
  union
  select used.root, part.type
    from used join pg_catalog.pg_type t on t.oid = used.type
    cross join lateral (
      select t.typelem union all select t.typbasetype
      union all select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
      union all select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid) part(type)
   where part.type >= 16384),
part (type, meaning) as (
  select t.oid, pg_catalog.json_build_array(pg_catalog.format_type(t.oid, null),
           (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid),
           (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum)
              from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
    from pg_catalog.pg_type t where t.oid in (select type from used)),
meant (root, meanings) as (
  select used.root, pg_catalog.json_agg(part.meaning order by part.meaning::text collate "C") from used join part on part.type = used.type group by 1)
select rel.schema, rel.name, rel.logged,
       pg_catalog.md5(pg_catalog.json_agg(pg_catalog.json_build_array(col.attname, pg_catalog.format_type(col.atttypid, col.atttypmod), meant.meanings) order by case when rel.inherits then 0 else col.attnum end, col.attname)
         filter (where col.attnum is not null)::text) as columns
  from rel left join col on col.attrelid = rel.oid left join meant on meant.root = col.atttypid
 group by 1, 2, 3`;

/**
 * Compares the catalogues for what an application has altered since the copy: tables that are new, gone, have other columns, another
 * parent or other constraints, or were replaced by another one that looks the same. One that is unlogged now counts as replaced:
 * the stream does not tell of its changes. The search_path of both sessions has to be empty, and nobody else may use them. Throws
 * what the servers report.
 */
export async function listAlteredTables(
  source: pg.Client,
  target: pg.Client,
  start: Pick<FollowStart, "capture" | "tables" | "recopied" | "leftOut">,
): Promise<AlteredTable[]> {
  // On one snapshot: of a table that is altered between two questions the answers would contradict each other.
  await source.query("begin transaction isolation level repeatable read read only");
  const areTruncatesTold = await tellsTruncates(source, start.capture);
  const there = await columnsOf(source, start.tables);
  const others = await listOthers(source, start.tables, areTruncatesTold);
  await source.query("commit");
  const here = await columnsOf(target, start.tables);
  const reasonOf = (table: FollowedTable): UnfollowedReason | null => {
    const key = tableKey(table);
    const wanted = there.get(key);
    if (wanted === undefined) return "dropped";
    if (wanted.columns !== here.get(key)?.columns) return "columns-changed";
    return wanted.logged ? (others.get(key) ?? null) : "replaced";
  };
  const altered = start.tables.flatMap((table): AlteredTable[] => {
    const reason = reasonOf(table);
    return reason === null ? [] : [{ schema: table.schema, name: table.name, reason }];
  });
  const added = await listNewTables(source, start);
  return [...altered, ...added.map((table): AlteredTable => ({ ...table, reason: "new" }))];
}

/** By tableKey(): those that are not what they were when they were copied, and why. */
async function listOthers(
  source: pg.Client,
  tables: readonly FollowedTable[],
  areTruncatesTold: boolean,
): Promise<ReadonlyMap<string, UnfollowedReason>> {
  const known = new Map(tables.map((table) => [tableKey(table), table.identity]));
  const others = new Map<string, UnfollowedReason>();
  await eachTableIdentity(source, (key, now) => {
    const then = known.get(key);
    const reason = then ? whyOther(then, now, areTruncatesTold) : null;
    if (reason !== null) others.set(key, reason);
  });
  return others;
}

function whyOther(
  then: TableIdentity,
  now: TableIdentity,
  areTruncatesTold: boolean,
): UnfollowedReason | null {
  if (then.generated !== undefined && then.generated !== now.generated) return "columns-changed";
  if (isReplaced(then, now, areTruncatesTold)) return "replaced";
  if (then.parents !== now.parents) return "other-parent";
  return then.constraints === undefined || then.constraints === now.constraints
    ? null
    : "constraints-changed";
}

/** The same over sessions of their own. Throws what connecting and the servers report, or the signal's reason. */
export async function lookForAltered(
  {
    source: there,
    target: here,
    signal,
  }: { source: ConnectionSettings; target: ConnectionSettings; signal: AbortSignal },
  start: Pick<FollowStart, "capture" | "tables" | "recopied" | "leftOut">,
): Promise<AlteredTable[]> {
  return await inOwnSession(there, "howdah watch", signal, (source) =>
    inOwnSession(here, "howdah watch", signal, (target) => listAlteredTables(source, target, start)),
  );
}

async function columnsOf(
  client: pg.Client,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, Shape>> {
  const shapes = new Map<string, Shape>();
  const names = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];
  await eachRow<TableName & Shape>(client, COLUMNS, names, ({ schema, name, ...shape }) => {
    shapes.set(tableKey({ schema, name }), shape);
  });
  return shapes;
}
