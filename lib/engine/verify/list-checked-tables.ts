import type pg from "pg";
import { ident, qualified } from "@/lib/postgres/sql";

/** A table with rows of its own, and how one of its rows is turned into text. */
export interface CheckedTable {
  schema: string;
  name: string;
  /** SQL expression over the table's columns, of type text. */
  rowText: string;
}

interface Row {
  schema: string;
  name: string;
  columns: { name: string; bytes: boolean }[];
}

/** Plain tables, leaf partitions, inheritance children and populated materialised views outside the system's schemas and not made by an extension. */
export async function listCheckedTables(client: pg.Client): Promise<CheckedTable[]> {
  const { rows } = await client.query<Row>(LIST_TABLES);
  return rows.map(({ schema, name, columns }) => ({ schema, name, rowText: rowTextOf(columns) }));
}

/** Columns come by name, because dropped columns may have left another order on one side. */
const LIST_TABLES = `
select n.nspname as schema, c.relname as name,
       coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object(
                          'name', a.attname, 'bytes', a.atttypid = 'pg_catalog.bytea'::pg_catalog.regtype)
                        order by a.attname collate "C")
                   from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where (c.relkind = 'r' or c.relkind = 'm' and c.relispopulated) and c.relpersistence <> 't'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select 1 from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
 order by n.nspname collate "C", c.relname collate "C"`;

/** A bytea goes in by its digest: as text it takes twice its size, and a row's text cannot exceed 1 GB. */
function rowTextOf(columns: Row["columns"]): string {
  if (columns.length === 0) return "''";
  const values = columns.map(({ name, bytes }) =>
    bytes ? `pg_catalog.md5(t.${ident(name)})` : `t.${ident(name)}`,
  );
  return `row(${values.join(", ")})::text`;
}

/**
 * Row count and sum of the rows' 64-bit hashes. A sum does not depend on the order of the rows and, unlike an exclusive
 * or, notices a row that is there twice. hashtextextended gives the same value on every major since 11.
 */
export function checksumQuery(table: CheckedTable): string {
  return `select pg_catalog.count(*)::text as rows,
                 coalesce(pg_catalog.sum(pg_catalog.hashtextextended(${table.rowText} collate "C", 0)), 0)::text as checksum
            from only ${qualified(table.schema, table.name)} t`;
}
