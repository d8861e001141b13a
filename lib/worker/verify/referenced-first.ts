import type { VerifiedItem } from "@/lib/engine/verify/verify-events";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

/** A table that refers to another one by a foreign key. */
export interface Reference {
  /** "schema" and "name" as JSON text, see `tableKey`. */
  from: string;
  to: string;
}

/** Key of a table in ranks. */
export function tableKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

/**
 * Orders the tables of a database so that a table comes after those it refers to: rows are mended in this order. Partitions take
 * their root's place. A server that cannot be asked leaves the order as it is: the verification itself says what is wrong.
 */
export async function rankTables(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<(item: VerifiedItem) => number> {
  try {
    const { references, roots } = await readReferences(settings, signal);
    const ranks = ranksOf(references);
    return ({ schema, name }) => {
      const key = tableKey(schema, name);
      return ranks.get(roots.get(key) ?? key) ?? 0;
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    return () => 0;
  }
}

/** How many references lead from each table to the end of its longest chain; tables in a circle count what is outside of it. */
function ranksOf(references: readonly Reference[]): Map<string, number> {
  const targets = new Map<string, string[]>();
  for (const { from, to } of references) {
    if (from !== to) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const ranks = new Map<string, number>();
  const visiting = new Set<string>();
  const rankOf = (table: string): number => {
    const known = ranks.get(table);
    if (known !== undefined) return known;
    if (visiting.has(table)) return -1;
    visiting.add(table);
    const rank = 1 + Math.max(-1, ...(targets.get(table) ?? []).map(rankOf));
    visiting.delete(table);
    ranks.set(table, rank);
    return rank;
  };
  for (const table of targets.keys()) rankOf(table);
  return ranks;
}

interface CatalogRow {
  schema: string;
  name: string;
  root_schema: string;
  root_name: string;
  to_schema: string | null;
  to_name: string | null;
}

async function readReferences(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<{ references: Reference[]; roots: Map<string, string> }> {
  const client = await connectWithEmptyPath(settings, { signal, applicationName: "howdah verify" });
  try {
    const { rows } = await client.query<CatalogRow>(
      `select n.nspname as schema, c.relname as name, rn.nspname as root_schema, r.relname as root_name,
              tn.nspname as to_schema, t.relname as to_name
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         join pg_class r on r.oid = coalesce(pg_partition_root(c.oid), c.oid)
         join pg_namespace rn on rn.oid = r.relnamespace
         left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
         left join pg_class t on t.oid = coalesce(pg_partition_root(k.confrelid), k.confrelid)
         left join pg_namespace tn on tn.oid = t.relnamespace
        where c.relkind in ('r', 'p') and (k.oid is not null or r.oid <> c.oid)`,
    );
    const roots = new Map<string, string>();
    const references: Reference[] = [];
    for (const row of rows) {
      const root = tableKey(row.root_schema, row.root_name);
      roots.set(tableKey(row.schema, row.name), root);
      if (row.to_schema !== null && row.to_name !== null) {
        references.push({ from: root, to: tableKey(row.to_schema, row.to_name) });
      }
    }
    return { references, roots };
  } finally {
    await endClient(client);
  }
}
