import type pg from "pg";
import { streamOf } from "./driver-internals";

/** Long enough for a good-bye around the world; a network that takes nothing any more would never answer. */
const PATIENCE_MS = 1_000;

/** Closes a session in good order where the network still works, and its socket in any case. Never throws. */
export async function endClient(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => streamOf(client).destroy(), PATIENCE_MS);
  try {
    await client.end();
  } catch {
    streamOf(client).destroy();
  } finally {
    clearTimeout(timer);
  }
}
