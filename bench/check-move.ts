import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** Throws when a database lacks rows, indexes or constraints that the other has: a fast move that is not whole counts for nothing. */
export async function checkMove(source: ConnectionSettings, target: ConnectionSettings): Promise<void> {
  const [wanted, found] = await Promise.all([summarise(source), summarise(target)]);
  if (wanted !== found)
    throw new Error(`not everything arrived: the source has ${wanted}, the target ${found}`);
}

const SUMMARY = `
  select (select sum((xpath('/row/n/text()', query_to_xml(format('select count(*) as n from only %s', c.oid::regclass), false, true, '')))[1]::text::bigint)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where relkind in ('r', 'm') and nspname = 'public') || ' rows, '
      || (select count(*) from pg_index where indrelid >= 16384 and indisvalid and indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)) || ' indexes, '
      || (select count(*) from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f')) || ' constraints' as summary`;

async function summarise(settings: ConnectionSettings): Promise<string> {
  const client = await connect(settings);
  try {
    const { rows } = await client.query<{ summary: string }>(SUMMARY);
    return rows[0]?.summary ?? "";
  } finally {
    await client.end();
  }
}
