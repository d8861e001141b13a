import type pg from "pg";

const DEFAULT_JOBS = 4;
const MAX_JOBS = 64;

/**
 * Connections to copy with: what was asked for, else a handful, but never more than a third of what either server has free,
 * because indexes are built beside the copy and others need to connect too.
 */
export async function chooseJobs(
  asked: number | undefined,
  source: pg.Client,
  target: pg.Client,
): Promise<number> {
  const free = Math.min(await freeConnections(source), await freeConnections(target));
  const wanted = Math.min(asked ?? DEFAULT_JOBS, MAX_JOBS);
  return Math.max(1, Math.min(wanted, Math.floor(free / 3)));
}

/** Slots an ordinary login may still take on the server. */
async function freeConnections(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ free: string }>(`
    select pg_catalog.current_setting('max_connections')::int - pg_catalog.current_setting('superuser_reserved_connections')::int
           - (select pg_catalog.count(*) from pg_catalog.pg_stat_activity where datid is not null) as free`);
  return Number(rows[0]?.free ?? 0);
}
