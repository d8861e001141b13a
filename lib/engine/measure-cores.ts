import type pg from "pg";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

const WINDOW_MS = 40;

/**
 * Counts for as long as the window is open, by the server's clock: how far the network is away does not count. The upper end is a
 * subquery so that the planner expects few rows, and compiles nothing.
 */
const COUNT = `
  select n from (select pg_catalog.generate_series(1, (select 2000000000)) as n) as counted
   where pg_catalog.clock_timestamp() >= pg_catalog.statement_timestamp() + interval '${WINDOW_MS} ms' limit 1`;

/**
 * How many sessions of a server get a processor of their own at the same time, up to `most`: what `most` of them count
 * together in an instant as a multiple of what one counts alone. No setting tells it, and what others do there takes from it.
 * Takes about 0.1 s and `most` logins. Throws CodedError when the server cannot be reached, and the signal's reason when
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
    const alone = Math.max(await count(first), await count(first));
    const together = await Promise.all(clients.map(count));
    signal.throwIfAborted();
    return Math.max(1, Math.round(together.reduce((sum, one) => sum + one, 0) / alone));
  } finally {
    await Promise.all(clients.map(endClient));
  }
}

async function count(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(COUNT);
  return Math.max(1, rows[0]?.n ?? 0);
}
