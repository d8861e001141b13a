import { setTimeout as sleep } from "node:timers/promises";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

/** Milliseconds; cancelling must not hang on a server that is gone. */
const CONNECT_TIMEOUT_MS = 2_000;
const GONE_TIMEOUT_MS = 2_000;
const POLL_MS = 20;

/**
 * Ends sessions of the same login over one connection, whatever they do, and waits until they are gone. Only sessions that carry
 * the verification's name: a process id may belong to another session by now. Never throws.
 */
export async function endSessions(settings: ConnectionSettings, pids: readonly number[]): Promise<void> {
  if (pids.length === 0) return;
  try {
    const client = await connectWithEmptyPath(settings, {
      applicationName: "howdah",
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    try {
      const left = `from pg_catalog.pg_stat_activity where pid = any ($1::int[]) and application_name = 'howdah verify'`;
      await client.query(`select pg_catalog.pg_terminate_backend(pid) ${left}`, [pids]);
      for (let waited = 0; waited < GONE_TIMEOUT_MS; waited += POLL_MS) {
        const { rowCount } = await client.query(`select ${left}`, [pids]);
        if (!rowCount) break;
        await sleep(POLL_MS);
      }
    } finally {
      await endClient(client);
    }
  } catch {
    // A server that cannot be reached ends a session as soon as it writes to the closed socket.
  }
}
