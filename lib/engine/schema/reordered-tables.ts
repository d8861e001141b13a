import type pg from "pg";
import { displayIdent, displayName } from "@/lib/postgres/sql";

/** A table whose columns will be the same and stand elsewhere. */
export interface ReorderedTable {
  schema: string;
  name: string;
  /** As they will come. */
  order: readonly string[];
}

/** A sentence for people, without its full stop. */
export function describeReordered({ schema, name, order }: ReorderedTable): string {
  return `${displayName(schema, name)} inherits, and its columns will come as ${order.map(displayIdent).join(", ")}`;
}

interface Relation {
  oid: string;
  schema: string;
  name: string;
  columns: string[];
  /** In the order in which it inherits from them. */
  parents: string[];
}

/**
 * Tables that inherit and whose columns will come in another order: they were added to the parent, or the parent given,
 * when the child was there already, and pg_dump, as CREATE TABLE ... INHERITS, puts the parents' columns first
 * (https://www.postgresql.org/docs/current/ddl-inherit.html). Their rows and everything that names columns are not
 * affected. Partitions keep their order. Throws what the server reports.
 */
export async function listReorderedTables(source: pg.Client): Promise<ReorderedTable[]> {
  const { rows } = await source.query<Relation>(`
    with family as (select inhrelid as oid from pg_catalog.pg_inherits union select inhparent from pg_catalog.pg_inherits)
    select c.oid::text, n.nspname as schema, c.relname as name,
           coalesce((select pg_catalog.json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
           coalesce((select pg_catalog.json_agg(i.inhparent::text order by i.inhseqno) from pg_catalog.pg_inherits i
                      where i.inhrelid = c.oid), '[]') as parents
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.oid in (select oid from family) and c.relkind in ('r', 'f') and not c.relispartition
     order by 2, 3`);
  const relations = new Map(rows.map((row) => [row.oid, row]));
  const orders = new Map<string, readonly string[]>();
  const orderOf = (relation: Relation): readonly string[] => {
    const known = orders.get(relation.oid);
    if (known) return known;
    const inherited = relation.parents.flatMap((oid) => {
      const parent = relations.get(oid);
      return parent ? orderOf(parent) : [];
    });
    const order = [...new Set([...inherited, ...relation.columns])];
    orders.set(relation.oid, order);
    return order;
  };
  return rows.flatMap((relation) => {
    const order = orderOf(relation);
    if (order.every((column, index) => column === relation.columns[index])) return [];
    const { schema, name } = relation;
    return [{ schema, name, order }];
  });
}
