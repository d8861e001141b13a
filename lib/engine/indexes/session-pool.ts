import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "../schema/end-session";

export interface SessionPoolOptions {
  settings: ConnectionSettings;
  size: number;
  applicationName: string;
  /** Run once on each new session. */
  prepare: (client: pg.Client) => Promise<void>;
  signal: AbortSignal;
}

/** At most `size` sessions of one server, opened when needed; work waits its turn in the order it was given. */
export class SessionPool implements AsyncDisposable {
  readonly #options: SessionPoolOptions;
  readonly #idle: pg.Client[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #open = new Set<pg.Client>();
  #running = 0;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /** True when fewer sessions work than could: what begins now is among the last. */
  get isDraining(): boolean {
    return this.#waiting.length === 0 && this.#running <= this.#options.size / 2;
  }

  /** Runs `work` with a session of its own. A session whose work threw is closed, not handed on. */
  async run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.size) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else this.#running++;
    try {
      this.#options.signal.throwIfAborted();
      const client = this.#idle.pop() ?? (await this.#connect());
      try {
        const result = await work(client);
        this.#idle.push(client);
        return result;
      } catch (error) {
        this.#open.delete(client);
        await endClient(client);
        throw error;
      }
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  async #connect(): Promise<pg.Client> {
    const { settings, applicationName, prepare, signal } = this.#options;
    const client = await connect(settings, { applicationName, signal });
    this.#open.add(client);
    try {
      await prepare(client);
      return client;
    } catch (error) {
      this.#open.delete(client);
      await endClient(client);
      throw error;
    }
  }

  /** Ends all sessions, also those in the middle of a statement, so that no index build goes on by itself. */
  async terminate(): Promise<void> {
    const clients = [...this.#open];
    await Promise.all(
      clients.map(async (client) => {
        const pid = processIdOf(client);
        await endSession(this.#options.settings, pid);
        await endClient(client);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((client) => endClient(client)));
  }
}
