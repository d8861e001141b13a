import type pg from "pg";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

const WINDOW_SECONDS = 0.04;
/** For the messages of all sessions to be sent, beside what one needs to arrive. */
const SEND_SECONDS = 0.02;

/**
 * Counts until the end of a window of the server's clock, seconds since 1970, having waited for its beginning. The upper end is a
 * subquery so that the planner expects few rows, and compiles nothing.
 */
function countSql(startsAt: number): string {
  const endsAt = startsAt + WINDOW_SECONDS;
  return `
  select pg_catalog.pg_sleep(${startsAt} - extract(epoch from pg_catalog.clock_timestamp()));
  select n from (select pg_catalog.generate_series(1, (select 2000000000)) as n) as counted
   where pg_catalog.clock_timestamp() >= pg_catalog.to_timestamp(${endsAt}) limit 1`;
}

/**
 * How many sessions of a server get a processor of their own at the same time, up to `most`: what `most` of them count
 * together in an instant as a multiple of what one counts alone. No setting tells it, and what others do there takes from it.
 * The instant is the same for all, or those that begin later than others would count while the others have ended.
 * Takes about 0.2 s and `most` logins. Throws CodedError when the server cannot be reached, and the signal's reason when
 * aborted; its sessions have ended then.
 */
export async function measureCores(
  settings: ConnectionSettings,
  most: number,
  signal: AbortSignal,
): Promise<number> {
  const options = { applicationName: "howdah cores", signal };
  const opened = await Promise.allSettled(
    Array.from({ length: most }, () => connectWithEmptyPath(settings, options)),
  );
  const clients = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    const [first] = clients;
    if (!first) throw opened.find((one) => one.status === "rejected")?.reason;
    const alone = Math.max(await countTogether(first, [first]), await countTogether(first, [first]));
    const together = await countTogether(first, clients);
    signal.throwIfAborted();
    return Math.max(1, Math.round(together / alone));
  } finally {
    await Promise.all(clients.map(endClient));
  }
}

/** What all sessions count within one window; `first` is one of them. */
async function countTogether(first: pg.Client, clients: readonly pg.Client[]): Promise<number> {
  const sql = countSql(await chooseStart(first));
  const counts = await Promise.all(clients.map((client) => count(client, sql)));
  return Math.max(
    1,
    counts.reduce((sum, one) => sum + one, 0),
  );
}

/** When all sessions will have got their messages: seconds since 1970 of the server's clock. */
async function chooseStart(client: pg.Client): Promise<number> {
  const begun = performance.now();
  const { rows } = await client.query<{ now: string }>(
    "select extract(epoch from pg_catalog.clock_timestamp())::text as now",
  );
  const roundTripSeconds = (performance.now() - begun) / 1000;
  return Number(rows[0]?.now) + roundTripSeconds + SEND_SECONDS;
}

async function count(client: pg.Client, sql: string): Promise<number> {
  // Two statements have two results, which the driver's types do not know.
  const results: unknown = await client.query<{ n: number }>(sql);
  const last = Array.isArray(results) ? (results.at(-1) as pg.QueryResult<{ n: number }>) : undefined;
  return last?.rows[0]?.n ?? 0;
}
