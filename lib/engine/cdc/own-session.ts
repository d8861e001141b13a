import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf, streamOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { overrideDefaults } from "../session-settings";
import { SessionWatch } from "../session-watch";

/**
 * Runs `work` in a session of its own, which is ended on the server when aborted, whatever it does. Throws what connect() and
 * `work` throw, or the signal's reason.
 */
export async function inOwnSession<T>(
  settings: ConnectionSettings,
  applicationName: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings, { applicationName, signal });
  return await whileWatched(client, settings, signal, async () => {
    await overrideDefaults(client);
    return await work(client);
  });
}

/**
 * Runs `work` in a session that is open, and ends the session; on the server when aborted, whatever it does. A connection that
 * has died in silence is noticed within 15 s or so. Throws what `work` throws, or the signal's reason.
 */
export async function whileWatched<T>(
  client: pg.Client,
  settings: ConnectionSettings,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let ending: Promise<void> | null = null;
  const abort = () => {
    ending = endSession(settings, processIdOf(client));
    // What the server says of its end may never come.
    streamOf(client).destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  // A network that died in silence would let a query wait for ever.
  using _watch = new SessionWatch(client);
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    await ending;
    await endClient(client);
  }
}
