import { setTimeout as sleep } from "node:timers/promises";
import { type Lsn, maxLsn } from "@/lib/postgres/lsn";
import { CodedError } from "@/lib/util/coded-error";
import type { Throttle } from "../throttle";
import type { Applier } from "./apply/applier";
import type { ChangeStream } from "./change-stream";
import type { Change } from "./decode/change";

/** How long nothing may come before what is applied is flushed and wishes are looked at. */
const IDLE_MS = 50;
/** What is applied is flushed, and the source allowed to forget it, at least so often. */
const FLUSH_EVERY_MS = 2_000;

export interface PumpOptions {
  stream: ChangeStream;
  applier: Applier;
  throttle: Throttle;
  signal: AbortSignal;
}

/** Takes changes from the stream to the target. One caller at a time. */
export class ChangePump {
  readonly #options: PumpOptions;
  readonly #changes: AsyncGenerator<Change[]>;
  #next: Promise<IteratorResult<Change[]>> | null = null;
  /** Changes that wait until the throttle lets them pass and the target has room for them. */
  #held: Promise<"taken"> | null = null;
  #idle: Promise<"idle"> | null = null;
  /** Everything that was committed before it was handed to the applier. */
  #handed: Lsn;
  #flushedAt = performance.now();

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#changes = options.stream.changes();
    this.#handed = options.applier.position.appliedLsn;
  }

  /** Every transaction committed on the source before it is committed on the target. */
  get reachedLsn(): Lsn {
    const { position, counters } = this.#options.applier;
    return counters.pendingChanges === 0 ? maxLsn(position.appliedLsn, this.#handed) : position.appliedLsn;
  }

  /** True when something was received that is not on the target. */
  get isPending(): boolean {
    const { stream, applier } = this.#options;
    const isWaiting = stream.bufferedBytes > 0 || stream.spooledBytes > 0 || this.#held !== null;
    return isWaiting || applier.counters.pendingChanges > 0;
  }

  /** Applies what comes until `isDone`, if need be nothing. Throws what the stream and the applier throw. */
  async run(isDone: () => boolean): Promise<void> {
    while (!isDone()) await this.more();
  }

  /** Applies what comes next, or waits 50 ms or so for it. Throws what the stream and the applier throw. */
  async more(): Promise<void> {
    this.#options.signal.throwIfAborted();
    await this.#step();
  }

  /**
   * Commits what was handed out whole. True when nothing is under way on the target then: a transaction of which only a part
   * has come may hold locks there.
   */
  async commit(): Promise<boolean> {
    await this.#take();
    await this.#options.applier.commit();
    return this.#options.applier.counters.pendingChanges === 0;
  }

  /** Everything that was handed out is committed and flushed on the target when it resolves, and the source may forget it. */
  async settle(): Promise<void> {
    await this.#take();
    await this.#options.applier.commit();
    await this.#flush(true);
  }

  /** Returns within 50 ms or so whatever there is to apply: no wish is to wait for a throttle or a large transaction. */
  async #step(): Promise<void> {
    this.#idle ??= sleep(IDLE_MS).then(() => "idle" as const);
    const got = await Promise.race([this.#held ?? this.#read(), this.#idle]);
    if (got === "idle") {
      this.#idle = null;
      // A flush between two batches would hold up the second one for a round trip.
      if (!this.#held) await this.#flushWhenDue(!this.isPending);
    } else if (got === "taken") {
      this.#held = null;
      await this.#flushWhenDue(false);
    } else {
      this.#next = null;
      if (got.done) throw ended();
      this.#held = this.#apply(got.value);
      this.#held.catch(() => undefined);
    }
  }

  /** Whoever takes it gets the error; until then it must not count as unhandled. */
  #read(): Promise<IteratorResult<Change[]>> {
    this.#next ??= this.#changes.next();
    this.#next.catch(() => undefined);
    return this.#next;
  }

  /** Waits until the applier has taken what it was given. */
  async #take(): Promise<void> {
    await this.#held;
    this.#held = null;
  }

  async #apply(changes: readonly Change[]): Promise<"taken"> {
    const { applier, throttle, signal } = this.#options;
    await throttle.pass(bytesOf(changes), signal);
    await applier.apply(changes);
    for (const change of changes) {
      if (change.kind === "quiet") this.#handed = maxLsn(this.#handed, change.lsn);
      if (change.kind === "commit") this.#handed = maxLsn(this.#handed, change.endLsn);
    }
    return "taken";
  }

  async #flushWhenDue(isIdle: boolean): Promise<void> {
    const { flushedLsn, appliedLsn } = this.#options.applier.position;
    const isLate = performance.now() - this.#flushedAt >= FLUSH_EVERY_MS;
    if (isLate || (isIdle && flushedLsn < appliedLsn)) await this.#flush(false);
  }

  async #flush(now: boolean): Promise<void> {
    const { stream, applier } = this.#options;
    stream.flushed(await applier.flush(), now);
    this.#flushedAt = performance.now();
  }
}

/** Values' characters: near enough to what goes over the network. */
function bytesOf(changes: readonly Change[]): number {
  let bytes = 0;
  for (const change of changes) {
    if (change.kind !== "insert" && change.kind !== "update") continue;
    for (const value of change.values) if (typeof value === "string") bytes += value.length;
  }
  return bytes;
}

function ended(): CodedError {
  return new CodedError("CONNECTION_LOST", "The source has ended the stream of changes.", {
    transient: true,
  });
}
