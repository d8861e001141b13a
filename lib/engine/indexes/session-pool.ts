import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { LiveSlots } from "../live-slots";

export interface SessionPoolOptions {
  settings: ConnectionSettings;
  size: number;
  /** Asked again and again; fewer sessions work at the same time when it gives less than `size`. */
  limit?: () => number | null;
  applicationName: string;
  /** Run once on each new session. */
  prepare: (client: pg.Client) => Promise<void>;
  signal: AbortSignal;
}

/** At most `size` sessions of one server, opened when needed; the heaviest work that waits comes first. */
export class SessionPool implements AsyncDisposable {
  readonly #options: SessionPoolOptions;
  readonly #idle: pg.Client[] = [];
  readonly #slots: LiveSlots;
  readonly #open = new Set<pg.Client>();

  constructor(options: SessionPoolOptions) {
    const { size, limit = () => null, signal } = options;
    this.#options = options;
    this.#slots = new LiveSlots(() => Math.min(size, limit() ?? size), signal);
  }

  /** To be called when the limit has risen, so that who waits need not wait for the clock. */
  look(): void {
    this.#slots.look();
  }

  /** True when nothing waits for a session: what begins now is among the last. */
  get isDraining(): boolean {
    return this.#slots.waiting === 0;
  }

  /**
   * Runs `work` with a session of its own, before all lighter work that waits for one. A session whose work threw is closed,
   * not handed on.
   */
  async run<T>(work: (client: pg.Client) => Promise<T>, weight = 0): Promise<T> {
    await this.#slots.enter(this.#options.signal, weight);
    try {
      this.#options.signal.throwIfAborted();
      const client = this.#idle.pop() ?? (await this.#connect());
      try {
        const result = await work(client);
        await this.#giveBack(client);
        return result;
      } catch (error) {
        this.#open.delete(client);
        await endClient(client);
        throw error;
      }
    } finally {
      this.#slots.leave();
    }
  }

  /** A session that the limit does not allow any more is closed. */
  async #giveBack(client: pg.Client): Promise<void> {
    if (!this.#slots.isOverfull) {
      this.#idle.push(client);
      return;
    }
    this.#open.delete(client);
    await endClient(client);
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
