import type pg from "pg";
import { readBackendState } from "@/lib/postgres/backend-state";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf, streamOf } from "@/lib/postgres/driver-internals";

/**
 * Watches a session that is mostly idle, by asking it for nothing now and then. When it does not answer and its backend is
 * gone or waits for its client, the connection is dead though nobody said so, and is closed; a backend at work is left alone.
 */
export class SessionWatch implements Disposable {
  readonly #client: pg.Client;
  readonly #settings: ConnectionSettings;
  readonly #timer: NodeJS.Timeout;
  readonly #ended = new AbortController();
  #asked = false;

  /** Asks every `stallMs` milliseconds. */
  constructor(client: pg.Client, settings: ConnectionSettings, stallMs: number) {
    this.#client = client;
    this.#settings = settings;
    this.#timer = setInterval(() => this.#ask(), stallMs);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  #ask(): void {
    if (this.#asked) {
      void this.#look();
      return;
    }
    this.#asked = true;
    const answered = () => {
      this.#asked = false;
    };
    // A transaction that has failed answers with an error, which is an answer.
    this.#client.query("select 1").then(answered, answered);
  }

  async #look(): Promise<void> {
    const state = await readBackendState(this.#settings, processIdOf(this.#client), this.#ended.signal);
    if (!this.#asked || this.#ended.signal.aborted) return;
    if (state === "gone" || state === "network") streamOf(this.#client).destroy();
  }
}
