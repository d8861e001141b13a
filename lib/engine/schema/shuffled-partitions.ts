import type pg from "pg";
import type { TableName } from "../events";
import { tableKey } from "./restore-plan";

/** Since this version tables are partitioned by hash, and since 12 collations may call different texts equal. */
const HASH_PARTITIONS = 110_000;
const NONDETERMINISTIC = 120_000;

/**
 * Partitions whose rows may belong to another one on another server, by tableKey(), with the partitioned table within which
 * they stay. Enum values are hashed by their OIDs, which differ from server to server, texts of nondeterministic collations by
 * what the ICU library makes of them (hash functions of the catalogue; pg_dump writes these through the parent too, see
 * --load-via-partition-root in app-pgdump.html). `version` as in server_version_num. Throws what the server reports.
 */
export async function readShuffledPartitions(
  client: pg.Client,
  version: number,
): Promise<ReadonlyMap<string, TableName>> {
  if (version < HASH_PARTITIONS) return new Map();
  const { rows: shuffling } = await client.query<{ oid: string }>(shufflingStatement(version));
  if (shuffling.length === 0) return new Map();
  const { rows } = await client.query<TableName & { root: TableName }>(PARTITIONS, [
    shuffling.map(({ oid }) => oid),
  ]);
  return new Map(rows.map(({ schema, name, root }) => [tableKey({ schema, name }), root]));
}

/** Tables partitioned by hash of such a column, or of an expression while they have such a column. */
function shufflingStatement(version: number): string {
  const collations =
    version >= NONDETERMINISTIC
      ? "or exists (select from pg_catalog.pg_collation l where l.oid = any (p.partcollation::pg_catalog.oid[]) and not l.collisdeterministic)"
      : "";
  return `
with recursive by_oid (oid) as (
  select oid from pg_catalog.pg_type
   where typtype = 'e' or typnamespace = 'pg_catalog'::pg_catalog.regnamespace and typname like 'reg%' and typcategory = 'N'
  union
  select t.oid from by_oid b
    join lateral (
      select oid from pg_catalog.pg_type where typbasetype = b.oid and typtype = 'd'
      union all select oid from pg_catalog.pg_type where typelem = b.oid and typcategory = 'A'
      union all select rngtypid from pg_catalog.pg_range where rngsubtype = b.oid
      union all select c.reltype from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind = 'c'
                 where a.atttypid = b.oid and not a.attisdropped
    ) t on true
), hashed as (
  select p.* from pg_catalog.pg_partitioned_table p where p.partstrat = 'h'
)
select p.partrelid::text as oid
  from hashed p
 where exists (select from pg_catalog.pg_attribute a
                where a.attrelid = p.partrelid and not a.attisdropped and a.atttypid in (select oid from by_oid)
                  and (a.attnum = any (p.partattrs::int2[]) or 0 = any (p.partattrs::int2[])))
       ${collations}`;
}

/** Of the partitioned tables above a partition the topmost counts. */
const PARTITIONS = `
with recursive line (leaf, at, root) as (
  select c.oid, c.oid, null::pg_catalog.oid from pg_catalog.pg_class c where c.relispartition and c.relkind = 'r'
  union all
  select l.leaf, i.inhparent, case when i.inhparent = any ($1::pg_catalog.oid[]) then i.inhparent else l.root end
    from line l join pg_catalog.pg_inherits i on i.inhrelid = l.at
)
select n.nspname as schema, c.relname as name, pg_catalog.json_build_object('schema', rn.nspname, 'name', r.relname) as root
  from line l
  join pg_catalog.pg_class c on c.oid = l.leaf join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class r on r.oid = l.root join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
 where not exists (select from pg_catalog.pg_inherits i where i.inhrelid = l.at)`;
