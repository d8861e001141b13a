import type pg from "pg";

const MIN_JOBS = 2;
const MAX_DEFAULT_JOBS = 8;
const MAX_JOBS = 64;

/**
 * Connections to copy with: what was asked for, else half of the target's parallel workers, which managed services set by
 * its cores. Never more than a third of what either server has free, because indexes are built beside the copy and
 * others need to connect too. Throws what the servers report.
 */
export async function chooseJobs(
  asked: number | undefined,
  source: pg.Client,
  target: pg.Client,
): Promise<number> {
  const [ours, theirs] = await Promise.all([readCapacity(source), readCapacity(target)]);
  const usual = Math.max(MIN_JOBS, Math.min(MAX_DEFAULT_JOBS, Math.floor(theirs.workers / 2)));
  const wanted = Math.min(asked ?? usual, MAX_JOBS);
  const bearable = Math.floor(Math.min(ours.free, theirs.free) / 3);
  return Math.max(1, Math.min(wanted, bearable));
}

interface Capacity {
  /** Sessions this login may still open on this database. */
  free: number;
  workers: number;
}

/** max_connections is shared with everyone; a login and a database may have limits of their own (-1: none). */
async function readCapacity(client: pg.Client): Promise<Capacity> {
  const { rows } = await client.query<Capacity>(`
    with sessions as (
      select count(*) as all_of_them,
             count(*) filter (where usename = session_user) as of_login,
             count(*) filter (where datname = pg_catalog.current_database()) as of_database
        from pg_catalog.pg_stat_activity where datid is not null
    ), reserved as (
      select sum(setting::int) as slots from pg_catalog.pg_settings
       where name in ('superuser_reserved_connections', 'reserved_connections')
    )
    select least(pg_catalog.current_setting('max_connections')::int - r.slots - s.all_of_them,
                 case when l.rolconnlimit >= 0 then l.rolconnlimit - s.of_login end,
                 case when d.datconnlimit >= 0 then d.datconnlimit - s.of_database end)::int as free,
           pg_catalog.current_setting('max_parallel_workers')::int as workers
      from sessions s, reserved r, pg_catalog.pg_roles l, pg_catalog.pg_database d
     where l.rolname = session_user and d.datname = pg_catalog.current_database()`);
  return rows[0] ?? { free: 0, workers: 0 };
}
