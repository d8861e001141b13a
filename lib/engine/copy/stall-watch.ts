import type pg from "pg";
import { type BackendState, readBackendState } from "@/lib/postgres/backend-state";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf, streamOf } from "@/lib/postgres/driver-internals";
import { CodedError } from "@/lib/util/coded-error";
import type { CopyPair } from "./copy-pair";

export interface StallWatchOptions {
  pair: CopyPair;
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** Milliseconds without a byte after which the servers are asked. */
  stallMs: number;
  /** True while it is the move itself that holds the rows back. */
  isHeld: () => boolean;
  signal: AbortSignal;
}

/** A server that cannot be asked is given this many chances. */
const UNREACHABLE_LIMIT = 2;

/**
 * Finds copies whose connections only look alive: a firewall that forgot them, a proxy that hangs, a server that is gone
 * without a word. Keepalives notice a dead peer on an idle connection, but not behind a proxy and not while bytes are on
 * their way. When nothing flows both servers are asked over other sessions: a backend that computes, waits for a lock or for its
 * disk is left alone; when it is gone, or both wait for the network, the connections are cut and the copy begins again.
 */
export class StallWatch implements Disposable {
  readonly #options: StallWatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #ended = new AbortController();
  #flowedAt = performance.now();
  #probing = false;
  #unreachable = 0;

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.stallMs / 2);
  }

  /** Notes that bytes flow. */
  readonly flow = (): void => {
    this.#flowedAt = performance.now();
    this.#unreachable = 0;
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  async #look(): Promise<void> {
    const { stallMs, isHeld } = this.#options;
    if (isHeld()) this.flow();
    if (this.#probing || performance.now() - this.#flowedAt < stallMs) return;
    this.#probing = true;
    const flowedAt = this.#flowedAt;
    const reason = await this.#findReason();
    this.#probing = false;
    if (reason !== null && flowedAt === this.#flowedAt && !this.#ended.signal.aborted) this.#cut(reason);
  }

  /** Why the copy cannot go on, or null. */
  async #findReason(): Promise<string | null> {
    const { pair, source, target } = this.#options;
    const [there, here] = await Promise.all([
      this.#stateOf(source, pair.source),
      this.#stateOf(target, pair.target),
    ]);
    if (there === "gone") return "the source's session is gone";
    if (here === "gone") return "the target's session is gone";
    if (there === "unreachable" || here === "unreachable") {
      if (++this.#unreachable < UNREACHABLE_LIMIT) return null;
      return `the ${there === "unreachable" ? "source" : "target"} cannot be reached`;
    }
    this.#unreachable = 0;
    return there === "network" && here === "network" ? "both servers wait for the network" : null;
  }

  async #stateOf(settings: ConnectionSettings, session: pg.Client): Promise<BackendState> {
    const signal = AbortSignal.any([this.#ended.signal, this.#options.signal]);
    return await readBackendState(settings, processIdOf(session), signal);
  }

  #cut(reason: string): void {
    const { pair, stallMs } = this.#options;
    const message = `Nothing flowed for ${Math.round(stallMs / 1_000)} s and ${reason}.`;
    const error = new CodedError("CONNECTION_LOST", message, { transient: true });
    for (const client of [pair.source, pair.target]) streamOf(client).destroy(error);
  }
}
