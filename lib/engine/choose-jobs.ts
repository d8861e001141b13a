import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { measureCores } from "./measure-cores";
import { measureRoundTrip } from "./measure-round-trip";

const MIN_JOBS = 2;
const MAX_DEFAULT_JOBS = 8;
const MAX_JOBS = 64;
/** A server so far away keeps a connection waiting as long as it works: at 20 ms four jobs took 0.85 of the time of two, at 80 ms eight 0.8. */
const WAITING_ROUND_TRIP_MS = 20;

export interface JobsOptions {
  /** What the user wants; chosen when absent. */
  asked: number | undefined;
  /** Both sessions idle. */
  source: pg.Client;
  target: pg.Client;
  /** Of the target, to measure its cores with sessions of their own. */
  settings: ConnectionSettings;
  signal: AbortSignal;
}

/**
 * Connections to copy with: what was asked for, else as many as the target has cores to write with (more get in each other's
 * way and cost it more than they win), and more the farther away a server is. Never more than a third of what either server
 * has free, because indexes are built beside the copy and others need to connect too. Throws what the servers report, and the
 * signal's reason when aborted.
 */
export async function chooseJobs({ asked, source, target, settings, signal }: JobsOptions): Promise<number> {
  const measured = asked === undefined ? [measureRoundTrip(source), measureRoundTrip(target)] : [];
  const roundTrips = await Promise.all(measured);
  const free = await Promise.all([freeSessions(source), freeSessions(target)]);
  const bearable = Math.max(1, Math.floor(Math.min(...free) / 3));
  if (asked !== undefined) return Math.min(asked, MAX_JOBS, bearable);
  if (bearable <= MIN_JOBS) return bearable;
  const most = Math.min(MAX_DEFAULT_JOBS, bearable);
  const cores = await measureCores(settings, most, signal);
  const waiting = Math.max(...roundTrips) / WAITING_ROUND_TRIP_MS;
  return Math.min(most, Math.max(MIN_JOBS, Math.round(cores * (1 + waiting))));
}

/** Sessions this login may still open on this database: max_connections is shared, login and database may have limits (-1: none). */
async function freeSessions(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ free: number }>(`
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
                 case when d.datconnlimit >= 0 then d.datconnlimit - s.of_database end)::int as free
      from sessions s, reserved r, pg_catalog.pg_roles l, pg_catalog.pg_database d
     where l.rolname = session_user and d.datname = pg_catalog.current_database()`);
  return rows[0]?.free ?? 0;
}
