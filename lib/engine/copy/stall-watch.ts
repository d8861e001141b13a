import { readBackendState, readCopyingState } from "@/lib/postgres/backend-state";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf, streamOf } from "@/lib/postgres/driver-internals";
import { CodedError } from "@/lib/util/coded-error";
import type { CopyPair } from "./copy-pair";

export interface StallWatchOptions {
  pair: CopyPair;
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** Milliseconds without a byte after which a copy is given up although nothing proves that it is dead. */
  stallMs: number;
  /** From 1: a copy that was cut before needs more evidence, and from the third on only what is certain cuts it again. */
  attempt: number;
  /** True while it is the move itself that holds the rows back. */
  isHeld: () => boolean;
  signal: AbortSignal;
}

/** A server that cannot be asked is given this many chances. */
const UNREACHABLE_LIMIT = 2;
/** Milliseconds without a byte until the servers are asked for the first time; where they compute, each later question waits longer. */
const FIRST_ASK_MS = 4_000;
/** By attempt: how often in a row the target must say that it has got nothing more. */
const PROOFS = [1, 2];
const LONGEST_PAUSE_MS = 15_000;
const TICKS = 10;

/**
 * Finds copies whose connections only look alive: a firewall that forgot them, a proxy that hangs, a server that is gone
 * without a word. Keepalives notice a dead peer on an idle connection, but not behind a proxy and not while bytes are on
 * their way. When nothing flows both servers are asked over other sessions: a backend that computes, waits for a lock or for its
 * disk is left alone. When it is gone, the connections are cut and the copy begins again; so they are when both wait for
 * the network and the target has got nothing between two questions, or three of the second attempt. Where it does not say what
 * it has got, or on a network so slow that it may look like that again and again, `stallMs` have to pass first.
 */
export class StallWatch implements Disposable {
  readonly #options: StallWatchOptions;
  readonly #firstAskMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #ended = new AbortController();
  #flowedAt = performance.now();
  #askAt: number;
  #asking = false;
  #unreachable = 0;
  /** What the target said last time that it had taken in, while both sides waited for the network. */
  #copied: string | null = null;
  /** How often in a row it has said the same. */
  #repeated = 0;

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#firstAskMs = Math.min(FIRST_ASK_MS, options.stallMs / 2);
    this.#askAt = this.#flowedAt + this.#firstAskMs;
    this.#timer = setInterval(() => void this.#look(), this.#firstAskMs / TICKS);
  }

  /** Notes that bytes flow. */
  readonly flow = (): void => {
    this.#flowedAt = performance.now();
    this.#askAt = this.#flowedAt + this.#firstAskMs;
    this.#unreachable = 0;
    this.#copied = null;
    this.#repeated = 0;
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  async #look(): Promise<void> {
    if (this.#options.isHeld()) this.flow();
    if (this.#asking || performance.now() < this.#askAt) return;
    this.#asking = true;
    const flowedAt = this.#flowedAt;
    const reason = await this.#findReason(performance.now() - flowedAt);
    this.#asking = false;
    if (flowedAt !== this.#flowedAt || this.#ended.signal.aborted) return;
    const silentMs = performance.now() - flowedAt;
    const isNearlyProven = this.#copied !== null && PROOFS[this.#options.attempt - 1] !== undefined;
    this.#askAt =
      performance.now() + (isNearlyProven ? this.#firstAskMs : Math.min(silentMs, LONGEST_PAUSE_MS));
    if (reason !== null) this.#cut(reason, silentMs);
  }

  /** Why the copy cannot go on after so long without a byte, or null. */
  async #findReason(silentMs: number): Promise<string | null> {
    const { pair, source, target, stallMs, attempt } = this.#options;
    const signal = AbortSignal.any([this.#ended.signal, this.#options.signal]);
    const [there, { state: here, copied }] = await Promise.all([
      readBackendState(source, processIdOf(pair.source), signal),
      readCopyingState(target, processIdOf(pair.target), signal),
    ]);
    if (there === "gone") return "the source's session is gone";
    if (here === "gone") return "the target's session is gone";
    const isWaiting = there === "network" && here === "network";
    this.#repeated = isWaiting && copied !== null && copied === this.#copied ? this.#repeated + 1 : 0;
    this.#copied = isWaiting ? copied : null;
    const isLong = silentMs >= stallMs;
    if (there === "unreachable" || here === "unreachable") {
      if (!isLong || ++this.#unreachable < UNREACHABLE_LIMIT) return null;
      return `the ${there === "unreachable" ? "source" : "target"} cannot be reached`;
    }
    this.#unreachable = 0;
    const isStuck = this.#repeated >= (PROOFS[attempt - 1] ?? Number.POSITIVE_INFINITY);
    return isWaiting && (isLong || isStuck) ? "both servers wait for the network" : null;
  }

  #cut(reason: string, silentMs: number): void {
    const { pair } = this.#options;
    const message = `Nothing flowed for ${Math.round(silentMs / 1_000)} s and ${reason}.`;
    const error = new CodedError("CONNECTION_LOST", message, { transient: true });
    for (const client of [pair.source, pair.target]) streamOf(client).destroy(error);
  }
}
