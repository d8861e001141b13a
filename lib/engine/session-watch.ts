import type pg from "pg";
import { readBackendState } from "@/lib/postgres/backend-state";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf, streamOf } from "@/lib/postgres/driver-internals";

/** The pause between two looks at a backend that is at work grows up to so many milliseconds: a look costs its server a login. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Watches a session that is mostly idle, by asking it for nothing now and then. When it does not answer and its backend is
 * gone, or waits for its client at two looks, the connection is dead though nobody said so, and is closed; a backend at work
 * is left alone.
 */
export class SessionWatch implements Disposable {
  readonly #client: pg.Client;
  readonly #settings: ConnectionSettings;
  readonly #pauseMs: number;
  readonly #ended = new AbortController();
  #timer: NodeJS.Timeout;
  #asked = false;

  /** Asks every `pauseMs` milliseconds. */
  constructor(client: pg.Client, settings: ConnectionSettings, pauseMs: number) {
    this.#client = client;
    this.#settings = settings;
    this.#pauseMs = pauseMs;
    this.#timer = this.#after(pauseMs, () => this.#ask());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  #after(ms: number, work: () => void): NodeJS.Timeout {
    return setTimeout(work, ms).unref();
  }

  #ask(): void {
    this.#asked = true;
    const answered = () => {
      this.#asked = false;
    };
    // A transaction that has failed answers with an error, which is an answer.
    this.#client.query("select 1").then(answered, answered);
    this.#timer = this.#after(this.#pauseMs, () => void this.#look(this.#pauseMs, false));
  }

  async #look(pauseMs: number, wasWaiting: boolean): Promise<void> {
    if (!this.#asked) return this.#ask();
    const state = await readBackendState(this.#settings, processIdOf(this.#client), this.#ended.signal);
    if (this.#ended.signal.aborted) return;
    if (!this.#asked) return this.#ask();
    const isWaiting = state === "network";
    if (state === "gone" || (isWaiting && wasWaiting)) {
      streamOf(this.#client).destroy();
      return;
    }
    const next = state === "busy" ? Math.min(pauseMs * 2, LONGEST_PAUSE_MS) : this.#pauseMs;
    this.#timer = this.#after(next, () => void this.#look(next, isWaiting));
  }
}
