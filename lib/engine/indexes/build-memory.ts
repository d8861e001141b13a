import type pg from "pg";

const MIB = 1024 * 1024;
const MIN_BUDGET_MIB = 512;
const MAX_BUDGET_MIB = 8_192;
const MIN_SHARE_MIB = 64;
/** More does not make a sort of index tuples faster. */
const MAX_SHARE_MIB = 2_048;

/**
 * maintenance_work_mem in MiB for each of `jobs` builds that run at once. All of them together take about as much as the
 * server was given for its shared buffers, the only measure of its memory that can be asked; never less than it would
 * take by itself.
 */
export async function chooseBuildMemory(target: pg.Client, jobs: number): Promise<number> {
  const { rows } = await target.query<{ buffers: string; own: string }>(`
    select pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers'))::text as buffers,
           pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem'))::text as own`);
  const buffers = Number(rows[0]?.buffers ?? 0) / MIB;
  const own = Math.floor(Number(rows[0]?.own ?? 0) / MIB);
  const budget = Math.max(MIN_BUDGET_MIB, Math.min(MAX_BUDGET_MIB, buffers));
  const share = Math.floor(Math.max(MIN_SHARE_MIB, Math.min(MAX_SHARE_MIB, budget / jobs)));
  return Math.max(own, share);
}
