import type pg from "pg";
import { readBackendState } from "../backend-state";
import type { ConnectionSettings } from "../connection-settings";
import { processIdOf, streamOf } from "../driver-internals";

const LOOK_EVERY_MS = 4_000;

/**
 * Result of `work`, which waits for the answer to a replication command. On a connection that died in silence it would wait for
 * ever: now and then another session looks whether the backend is still there, and when it is not, the connection is closed.
 */
export async function whileAlive<T>(
  client: pg.Client,
  settings: ConnectionSettings,
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const look = async () => {
    const state = await readBackendState(settings, processIdOf(client), done.signal);
    if (state === "gone" && !done.signal.aborted) streamOf(client).destroy();
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    done.abort();
  }
}
