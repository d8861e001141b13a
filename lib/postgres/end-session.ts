import { setTimeout as sleep } from "node:timers/promises";
import { connectWithEmptyPath } from "./connect-with-empty-path";
import type { ConnectionSettings } from "./connection-settings";
import { endClient } from "./end-client";

/** Milliseconds a new connection may take; cancelling must not hang on a server that is gone. */
const CONNECT_TIMEOUT_MS = 2_000;

/** Milliseconds to wait until the session is really gone; a backend answers the signal at its next safe point. */
const GONE_TIMEOUT_MS = 2_000;
const POLL_MS = 20;

/** A session of ours only: behind a pooler process ids are its own, and may be those of other backends. */
const END = `
select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
 where pid = $1 and application_name like 'howdah%'`;

/**
 * Ends the session `pid` of the same login, whatever it does, and waits until it is gone.
 * Never throws: when the server is gone, so is the session.
 */
export async function endSession(settings: ConnectionSettings, pid: number): Promise<void> {
  try {
    const client = await connectWithEmptyPath(settings, {
      applicationName: "howdah",
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    try {
      await client.query(END, [pid]);
      for (let waited = 0; waited < GONE_TIMEOUT_MS; waited += POLL_MS) {
        const { rowCount } = await client.query("select from pg_catalog.pg_stat_activity where pid = $1", [
          pid,
        ]);
        if (!rowCount) break;
        await sleep(POLL_MS);
      }
    } finally {
      await endClient(client);
    }
  } catch {
    // The destroyed socket ends the session as soon as the server writes to it.
  }
}
