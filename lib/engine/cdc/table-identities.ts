import type pg from "pg";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import type { Capture } from "./follow-options";

/** What tells a table from another one of its name, and one that was emptied or rewritten from itself before. */
export interface TableIdentity {
  /** Of pg_class, decimal: another one when the table was dropped and made again, or another was renamed to its name. */
  oid: string;
  /** Of pg_class: another one after TRUNCATE, and after whatever rewrites the table. */
  filenode: string;
  /** Oids of its parents: another list when it was attached or detached as a partition or child. */
  parents: string;
  /** Digest of how its generated columns come about; empty without such. Absent in what older versions have kept. */
  generated?: string;
}

/** MVCC and without locks: within a snapshot it tells what the snapshot shows. */
const IDENTITIES = `
select n.nspname as schema, c.relname as name, c.oid::text as oid, c.relfilenode::text as filenode,
       coalesce((select pg_catalog.string_agg(i.inhparent::text, ',' order by i.inhseqno)
                   from pg_catalog.pg_inherits i where i.inhrelid = c.oid), '') as parents,
       coalesce((select pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)), ',' order by a.attnum))
                   from pg_catalog.pg_attribute a
                   join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                  where a.attrelid = c.oid and not a.attisdropped and pg_catalog.to_jsonb(a) ->> 'attgenerated' <> ''), '') as generated
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** Of all logged tables of the database, by tableKey(). The session's search_path is empty. Throws what the server reports. */
export async function readTableIdentities(client: pg.Client): Promise<ReadonlyMap<string, TableIdentity>> {
  const { rows } = await client.query<TableName & TableIdentity>(IDENTITIES);
  return new Map(
    rows.map(({ schema, name, oid, filenode, parents, generated = "" }) => [
      tableKey({ schema, name }),
      { oid, filenode, parents, generated },
    ]),
  );
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
 * True when a table of the same name holds other rows than the stream has told of: it is another one, or, where the stream
 * does not tell of TRUNCATE, its file is. VACUUM FULL and the like change that too, and cannot be told apart.
 */
export function isReplaced(then: TableIdentity, now: TableIdentity, areTruncatesTold: boolean): boolean {
  return then.oid !== now.oid || (!areTruncatesTold && then.filenode !== now.filenode);
}

/** As part of what a resumed move compares: a table that was replaced meanwhile is not gone on with. */
export function identityLines(
  identities: ReadonlyMap<string, TableIdentity>,
  areTruncatesTold: boolean,
): string[] {
  return [...identities].map(
    ([key, { oid, filenode }]) => `${key} ${oid}${areTruncatesTold ? "" : ` ${filenode}`}`,
  );
}
