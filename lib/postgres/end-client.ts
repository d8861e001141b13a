import type pg from "pg";
import type { ConnectionSettings } from "./connection-settings";
import { processIdOf, streamOf } from "./driver-internals";
import { endSession } from "./end-session";

/** Long enough for a good-bye around the world; a network that takes nothing any more would never answer. */
const PATIENCE_MS = 1_000;

const SERVERS = new WeakMap<pg.Client, ConnectionSettings>();

/** Lets endClient() reach the session's server over another connection. */
export function rememberServer(client: pg.Client, settings: ConnectionSettings): void {
  SERVERS.set(client, settings);
}

/**
 * Closes a session in good order where the network still works, and its socket in any case. One whose server does not answer
 * the good-bye is ended over another session, else it would stay there for hours. Never throws.
 */
export async function endClient(client: pg.Client): Promise<void> {
  const settings = SERVERS.get(client);
  let isUnanswered = false;
  const timer = setTimeout(() => {
    isUnanswered = true;
    streamOf(client).destroy();
  }, PATIENCE_MS);
  try {
    await client.end();
  } catch {
    streamOf(client).destroy();
  } finally {
    clearTimeout(timer);
  }
  if (isUnanswered && settings) await endSession(settings, processIdOf(client));
}
