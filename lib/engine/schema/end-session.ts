import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** Milliseconds a new connection may take; cancelling must not hang on a server that is gone. */
const CONNECT_TIMEOUT_MS = 3_000;

/** Ends the session `pid` of the same login, whatever it does. Never throws: when the server is gone, so is the session. */
export async function endSession(settings: ConnectionSettings, pid: number): Promise<void> {
  try {
    const client = await connect(settings, {
      applicationName: "howdah",
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    try {
      await client.query("select pg_catalog.pg_terminate_backend($1)", [pid]);
    } finally {
      await client.end();
    }
  } catch {
    // The destroyed socket ends the session as soon as the server writes to it.
  }
}
