import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { endClient } from "@/lib/postgres/end-client";
import { WISH_CHANNEL } from "@/lib/store/wish";
import { logger } from "@/lib/util/log";

const RECONNECT_MS = 2_000;

/**
 * Listens for wishes and emits the migration's id as an event. Only a hint that spares waiting: whoever needs to know also polls,
 * so a lost connection costs a second, not a wish.
 */
export class WishHints extends EventEmitter {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #client: pg.Client | null = null;

  constructor(databaseUrl: string) {
    super();
    // One listener for each migration this worker runs.
    this.setMaxListeners(0);
    this.#running = this.#listen(databaseUrl);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#client) await endClient(this.#client);
    await this.#running;
  }

  async #listen(databaseUrl: string): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const client = new pg.Client({
        connectionString: databaseUrl,
        application_name: "howdah wishes",
        keepAlive: true,
      });
      const ended = new Promise<void>((resolve) => client.once("end", resolve));
      client.on("error", () => undefined);
      client.on("notification", ({ payload }) => payload && this.emit(payload));
      try {
        await client.connect();
        this.#client = client;
        await client.query(`listen ${WISH_CHANNEL}`);
        if (!signal.aborted) await ended;
      } catch (error) {
        logger("worker").debug({ err: error }, "no hints, polling only");
      } finally {
        this.#client = null;
        await endClient(client);
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
