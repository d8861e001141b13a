import type pg from "pg";
import { eachRow } from "@/lib/postgres/each-row";
import { sharedText } from "@/lib/util/texts";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import type { Capture } from "./follow-options";

/** What tells a table from another one of its name, and one that was emptied, rewritten or altered from itself before. */
export interface TableIdentity {
  /** Of pg_class, decimal: another one when the table was dropped and made again, or another was renamed to its name. */
  oid: string;
  /** Of pg_class: another one after TRUNCATE, and after whatever rewrites the table. */
  filenode: string;
  /** Oids of its parents: another list when it was attached or detached as a partition or child. */
  parents: string;
  /** Digest of how its generated columns come about; empty without such. Absent in what older versions have kept, as all below. */
  generated?: string;
  /** Digest of its columns' numbers, with names where it inherits: one that is dropped and made again has another. */
  columns?: string;
  /** Digest of what its rows have to satisfy: keys, unique indexes, checks, its bounds as a partition, and checks of domains. */
  constraints?: string;
  /** xid, decimal: transactions before it had all ended when this was read. */
  endedBefore?: string;
}

const IS_FOLLOWED =
  "c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** Of a row c of pg_class: it has parents, and is no partition of them. As jsonb, because PostgreSQL 9 has no partitions. */
export const INHERITS = `exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
       and pg_catalog.to_jsonb(c) ->> 'relispartition' is distinct from 'true'`;

/**
 * MVCC and without locks: within a snapshot it tells what the snapshot shows. Each catalogue is read once, for thousands of tables.
 * Expressions are compared as they are stored; whether a constraint is validated does not count, nor which foreign keys a
 * partition has of its parent.
 */
const IDENTITIES = `
with rel as (
  select c.oid, c.relfilenode, n.nspname as schema, c.relname as name, ${INHERITS} as inherits,
         case when exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid) then pg_catalog.to_jsonb(c) ->> 'relpartbound' end as bounds
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${IS_FOLLOWED}),
col as (
  select a.attrelid, a.attnum, a.attnotnull, a.atttypid, case when rel.inherits then ' ' || a.attname else '' end as heir_name
    from pg_catalog.pg_attribute a join rel on rel.oid = a.attrelid where a.attnum > 0 and not a.attisdropped),
parents as (
  select inhrelid as oid, pg_catalog.string_agg(inhparent::text, ',' order by inhseqno) as list from pg_catalog.pg_inherits group by 1),
columns as (
  select attrelid as oid, pg_catalog.string_agg(attnum::text || heir_name, ',' order by attnum) as list,
         pg_catalog.string_agg(attnum::text, ',' order by attnum) filter (where attnotnull) as not_null
    from col group by 1),
generated as (
  select a.attrelid as oid, pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)), ',' order by a.attnum)) as digest
    from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
   where pg_catalog.to_jsonb(a) ->> 'attgenerated' <> '' group by 1),
rules (oid, line) as (
  select k.conrelid, pg_catalog.concat_ws(' ', k.contype, k.conkey::text, k.confrelid, k.confkey::text, k.confupdtype, k.confdeltype, k.condeferrable, k.condeferred, k.conbin::text)
    from pg_catalog.pg_constraint k
   where k.conrelid <> 0 and (k.contype in ('c', 'p', 'u', 'x')
          or k.contype = 'f' and coalesce(pg_catalog.to_jsonb(k) ->> 'conparentid', '0') = '0')
  union
  select i.indrelid, pg_catalog.concat_ws(' ', i.indkey::text, i.indclass::text, i.indpred::text, i.indexprs::text)
    from pg_catalog.pg_index i where i.indisunique
  union
  select col.attrelid, pg_catalog.concat_ws(' ', col.attnum, t.typnotnull, k.conbin::text)
    from col join pg_catalog.pg_type t on t.oid = col.atttypid and t.typtype = 'd'
    left join pg_catalog.pg_constraint k on k.contypid = t.oid),
rule as (
  select rules.oid, pg_catalog.string_agg(line, ',' order by line) as lines from rules join rel on rel.oid = rules.oid group by 1)
select rel.schema, rel.name, rel.oid::text as oid, rel.relfilenode::text as filenode, coalesce(parents.list, '') as parents,
       coalesce(generated.digest, '') as generated, pg_catalog.md5(coalesce(columns.list, '')) as columns,
       pg_catalog.md5(pg_catalog.concat_ws(';', columns.not_null, rule.lines, rel.bounds)) as constraints,
       (pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) % 4294967296)::text as "endedBefore"
  from rel left join parents on parents.oid = rel.oid left join columns on columns.oid = rel.oid
  left join generated on generated.oid = rel.oid left join rule on rule.oid = rel.oid`;

/**
 * Shows every logged table of the database, by tableKey(), as the server tells of it: of thousands not all are held. The session's
 * search_path is empty. Throws what the server reports.
 */
export async function eachTableIdentity(
  client: pg.Client,
  see: (key: string, identity: TableIdentity) => void,
): Promise<void> {
  await eachRow<TableName & TableIdentity>(client, IDENTITIES, [], ({ schema, name, ...identity }) =>
    see(tableKey({ schema, name }), identity),
  );
}

/** Of those of the tables, by tableKey(), that are there and logged. As eachTableIdentity(). */
export async function readTableIdentities(
  client: pg.Client,
  tables: Pick<ReadonlySet<string>, "has">,
): Promise<ReadonlyMap<string, TableIdentity>> {
  const identities = new Map<string, TableIdentity>();
  await eachTableIdentity(client, (key, identity) => {
    if (!tables.has(key)) return;
    // The same of all that are read together.
    if (identity.endedBefore !== undefined) identity.endedBefore = sharedText(identity.endedBefore);
    identities.set(key, identity);
  });
  return identities;
}

/** As jsonb, because publications of PostgreSQL 10 have no such column. */
const TRUNCATES = `
select coalesce(pg_catalog.bool_and((pg_catalog.to_jsonb(p) ->> 'pubtruncate')::bool), true) as told
  from pg_catalog.pg_publication p where p.pubname = any ($1::text[])`;

/**
 * True when the stream tells of a TRUNCATE: from PostgreSQL 11 on, and with publications that publish it. Else only a table's
 * file does. Throws what the source reports.
 */
export async function tellsTruncates(
  source: pg.Client,
  { publications }: Pick<Capture, "publications">,
): Promise<boolean> {
  const sql = "select pg_catalog.current_setting('server_version_num')::int as version";
  const { rows } = await source.query<{ version: number }>(sql);
  if ((rows[0]?.version ?? 0) < 110_000) return false;
  if (publications.length === 0) return true;
  const published = await source.query<{ told: boolean | null }>(TRUNCATES, [publications]);
  return published.rows[0]?.told ?? false;
}

/**
 * True when a table of the same name holds other rows than the stream has told of: it is another one, one of its columns is, or,
 * where the stream does not tell of TRUNCATE, its file is. VACUUM FULL and the like change that too, and cannot be told apart.
 */
export function isReplaced(then: TableIdentity, now: TableIdentity, areTruncatesTold: boolean): boolean {
  if (then.oid !== now.oid) return true;
  if (then.columns !== undefined && then.columns !== now.columns) return true;
  return !areTruncatesTold && then.filenode !== now.filenode;
}

/** As part of what a resumed move compares: of a table that has another file now it is asked whether it was rewritten. */
export function fileLine(key: string, { filenode }: TableIdentity): string {
  return `${key} file ${filenode}`;
}

/** As part of what a resumed move compares: a table that was replaced meanwhile is not gone on with. */
export function identityLines(
  identities: ReadonlyMap<string, TableIdentity>,
  areTruncatesTold: boolean,
): string[] {
  return [...identities].flatMap(([key, { oid, filenode, columns }]) => [
    `${key} ${oid}${areTruncatesTold ? "" : ` ${filenode}`}`,
    `${key} columns ${columns}`,
  ]);
}
