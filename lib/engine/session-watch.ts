import type pg from "pg";
import { isWaiting } from "@/lib/postgres/driver-internals";

/** Milliseconds between two questions. */
const ASK_MS = 3_000;

/**
 * Asks a session that is mostly idle for nothing now and then, so that one which has died in silence is noticed within 15 s
 * and closed: while an answer is outstanding, connect() looks after the session (`watchAnswers`). A backend at work is left alone.
 */
export class SessionWatch implements Disposable {
  readonly #timer: NodeJS.Timeout;

  constructor(client: pg.Client) {
    this.#timer = setInterval(() => ask(client), ASK_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function ask(client: pg.Client): void {
  if (isWaiting(client)) return;
  // A transaction that has failed answers with an error, which is an answer.
  client.query("select 1").catch(() => undefined);
}
