import type pg from "pg";
import type { DatabaseFilter } from "./database-filter";
import { measured } from "./list-objects";
import type { UnmatchedPattern } from "./pattern-list";
import {
  type FilterConsequence,
  type FilterCounts,
  type ResolvedFilter,
  resolveFilter,
} from "./resolve-filter";

/** What a filter would do, before anything is done. */
export interface FilterPreview extends FilterCounts {
  /** Of the tables' rows, without indexes; null when sizes were not asked for. */
  bytesTotal: number | null;
  bytesLeftOut: number | null;
  /** The first of them; `consequencesTotal` says how many there are. */
  consequences: FilterConsequence[];
  consequencesTotal: number;
  unmatched: UnmatchedPattern[];
}

/** Consequences that are told one by one. */
const MOST_CONSEQUENCES = 1_000;

/**
 * Says what the filter leaves out of the database and what follows from it; measuring 10,000 tables takes longer than all the
 * rest, so `sizes` may be false. The session must be in a transaction. Throws CodedError FILTER_INVALID, and what the server reports.
 */
export async function previewFilter(
  client: pg.Client,
  filter: DatabaseFilter,
  { sizes }: { sizes: boolean },
): Promise<FilterPreview> {
  const resolved = await resolveFilter(client, filter);
  return {
    ...resolved.counts,
    ...(sizes ? await measure(client, resolved) : { bytesTotal: null, bytesLeftOut: null }),
    consequences: resolved.consequences.slice(0, MOST_CONSEQUENCES),
    consequencesTotal: resolved.consequences.length,
    unmatched: resolved.unmatched,
  };
}

async function measure(client: pg.Client, resolved: ResolvedFilter) {
  let bytesTotal = 0;
  let bytesLeftOut = 0;
  for (const { bytes, ...table } of await readTableSizes(client)) {
    bytesTotal += bytes;
    if (!resolved.movesRows(table)) bytesLeftOut += bytes;
  }
  return { bytesTotal, bytesLeftOut };
}

async function readTableSizes(client: pg.Client): Promise<{ schema: string; name: string; bytes: number }[]> {
  const rows = await measured(client, async ({ table }) => {
    const answer = await client.query<{ schema: string; name: string; bytes: string }>(`
      select n.nspname as schema, c.relname as name, coalesce(${table}, 0)::text as bytes
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`);
    return answer.rows;
  });
  return rows.map(({ bytes, ...row }) => ({ ...row, bytes: Number(bytes) }));
}
