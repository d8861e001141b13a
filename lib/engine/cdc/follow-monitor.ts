import { setTimeout as sleep } from "node:timers/promises";
import { displayName } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import type { TableName } from "../events";
import { type AlteredTable, lookForAltered } from "./altered-tables";
import type { Applier } from "./apply/applier";
import type { ChangePump } from "./change-pump";
import type { ChangeStream } from "./change-stream";
import type { FollowDatabaseOptions, FollowFigures, SlotFigures } from "./follow-options";
import { countIdentityChanges, listRefused } from "./publication";
import { slotLost } from "./slot-lost";
import type { SlotHealth } from "./slots";
import { Lag, type SourceSample, type SourceWatch } from "./source-watch";

const EVERY_MS = 1_000;
/** From a look at the source to the figures: what it had committed then has mostly come by that time. */
const SETTLE_MS = 150;
const LOOK_FOR_ALTERED_EVERY_MS = 30_000;
/** A source whose catalogues change all the time is looked at for a twentieth of the time at most. */
const REFUSED_LOOK_SHARE = 20;
const WARNING_SHARE = 0.75;
/** Looks in a row at a slot that is about to be given up, while its stream is held back. */
const HELD_UP_LOOKS = 3;
/** Behind by less counts as caught up. */
const CAUGHT_UP_MS = 1_000;

export interface MonitorOptions
  extends Pick<FollowDatabaseOptions, "source" | "target" | "start" | "walLimitBytes" | "report" | "signal"> {
  watch: SourceWatch;
  stream: ChangeStream;
  applier: Applier;
  pump: ChangePump;
  /** False while foreign keys are still to be made. */
  isComplete: () => boolean;
  /** These hold other rows than the stream has told of; told again at each look. Rejects as keeping that on the target does. */
  onReplaced: (tables: readonly TableName[]) => Promise<void>;
  /** As long as these are published the source refuses their updates; told and rejects as `onReplaced`. */
  onRefused: (tables: readonly TableName[]) => Promise<void>;
}

/** Tells once a second how the following stands, and ends it when the source's slot or its WAL is in danger. */
export class FollowMonitor {
  readonly #options: MonitorOptions;
  readonly #lag = new Lag();
  readonly #stopped = new AbortController();
  readonly #signal: AbortSignal;
  #isCaughtUp = false;
  #isWarned = false;
  #heldUp = 0;
  /** They may have been altered before the beginning, too. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #refusedLookedAt = Number.NEGATIVE_INFINITY;
  #refusedDueAt = Number.NEGATIVE_INFINITY;
  #identityChanges: number | null = null;
  readonly #altered = new Set<string>();

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stopped.signal]);
  }

  /** Until stopped. Throws SLOT_LOST, WAL_BUDGET_EXCEEDED and CONNECTION_LOST (transient). */
  async run(): Promise<void> {
    try {
      for (;;) {
        const sample = await this.#sample();
        if (sample) this.#check(sample);
        await sleep(SETTLE_MS, undefined, { signal: this.#signal });
        this.#tell(sample);
        if (sample) await this.#lookForRefused();
        if (sample) await this.#lookForAltered();
        await sleep(EVERY_MS - SETTLE_MS, undefined, { signal: this.#signal });
      }
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#stopped.abort();
  }

  /** Null while the source cannot be asked: whether it is lost the stream tells. */
  async #sample(): Promise<SourceSample | null> {
    try {
      const sample = await this.#options.watch.sample();
      this.#lag.look(sample);
      return sample;
    } catch {
      return null;
    }
  }

  #check({ slot }: SourceSample): void {
    const { start, walLimitBytes: limitBytes, report } = this.#options;
    if (this.#signal.aborted) return;
    if (!slot || slot.isLost) throw slotLost(start.capture.name, slot);
    this.#assertNotInTheWay(slot);
    if (limitBytes === null || slot.retainedBytes === null) return;
    const retainedBytes = Number(slot.retainedBytes);
    if (retainedBytes >= limitBytes) throw budgetExceeded(slot.name, retainedBytes, limitBytes);
    const isNear = retainedBytes >= limitBytes * WARNING_SHARE;
    if (isNear && !this.#isWarned) report({ type: "wal-warning", retainedBytes, limitBytes });
    this.#isWarned = isNear;
  }

  /**
   * The source's checkpointer ends the backend that reads a slot before it gives the slot up, and waits for it. One that
   * cannot send its last words, because nobody reads them, would hold up every checkpoint of the source.
   */
  #assertNotInTheWay({ name, walStatus }: SlotHealth): void {
    const isInTheWay = walStatus === "unreserved" && this.#options.stream.isHeldBack;
    this.#heldUp = isInTheWay ? this.#heldUp + 1 : 0;
    if (this.#heldUp < HELD_UP_LOOKS) return;
    const message = `The source keeps no more WAL for the slot ${name} (max_slot_wal_keep_size), and the target is too slow to take what was sent: the stream was closed, so that it is not in the way of the source's checkpoints.`;
    throw new CodedError("CONNECTION_LOST", message, { subject: name, transient: true });
  }

  #tell(sample: SourceSample | null): void {
    const { applier, report, isComplete } = this.#options;
    const figures = this.#figures(sample);
    report({ type: "follow-progress", figures, tables: applier.tableChanges() });
    if (this.#isCaughtUp || !isComplete() || !this.#lag.isKnown || figures.lagMs >= CAUGHT_UP_MS) return;
    this.#isCaughtUp = true;
    report({ type: "caught-up" });
  }

  #figures(sample: SourceSample | null): FollowFigures {
    const { applier, stream, pump } = this.#options;
    const { counters, position } = applier;
    const reached = pump.reachedLsn;
    this.#lag.reached(reached, position.committedAtMs);
    const sourceLsn = this.#lag.sample?.lsn ?? 0n;
    const isBehind = pump.isPending || reached < sourceLsn;
    const { pendingChanges, ...applied } = counters;
    return {
      ...applied,
      sourceLsn,
      receivedLsn: stream.receivedLsn,
      appliedLsn: position.appliedLsn,
      flushedLsn: position.flushedLsn,
      lagMs: isBehind ? this.#lag.ms : 0,
      lagBytes: isBehind && sourceLsn > reached ? Number(sourceLsn - reached) : 0,
      incomingChanges: pendingChanges,
      slot: sample?.slot ? figuresOf(sample.slot) : null,
    };
  }

  /** While such a table is published applications are refused: looked for as soon as the catalogues have changed. */
  async #lookForRefused(): Promise<void> {
    const { watch, start, onRefused } = this.#options;
    const { publications } = start.capture;
    if (publications.length === 0 || performance.now() < this.#refusedDueAt) return;
    const changes = await watch.use(countIdentityChanges).catch(() => null);
    const begun = performance.now();
    const isOld = begun - this.#refusedLookedAt >= LOOK_FOR_ALTERED_EVERY_MS;
    if (!isOld && (changes === null || changes === this.#identityChanges)) return;
    await onRefused(await watch.use((client) => listRefused(client, publications)).catch(() => []));
    this.#identityChanges = changes;
    this.#refusedLookedAt = begun;
    this.#refusedDueAt = begun + (performance.now() - begun) * REFUSED_LOOK_SHARE;
  }

  /** Each is told once. */
  async #lookForAltered(): Promise<void> {
    if (performance.now() - this.#lookedAt < LOOK_FOR_ALTERED_EVERY_MS) return;
    this.#lookedAt = performance.now();
    const { source, target, start, report, onReplaced } = this.#options;
    const look = lookForAltered({ source, target, signal: this.#signal }, start);
    const altered = await look.catch((): AlteredTable[] => []);
    await onReplaced(altered.filter(({ reason }) => reason === "replaced"));
    for (const table of altered) {
      if (table.reason === "replaced") continue;
      const object = displayName(table.schema, table.name);
      const message = `The table ${object} ${ALTERED[table.reason]}`;
      if (this.#altered.has(message)) continue;
      this.#altered.add(message);
      report({ type: "note", message, data: { table } });
    }
  }
}

const ALTERED: Record<AlteredTable["reason"], string> = {
  new: "was made on the source after the copy: neither it nor its rows will be on the target.",
  dropped: "was dropped on the source after the copy: it stays on the target.",
  "columns-changed":
    "has other columns or types on the source than it had when it was copied: the target's are the old ones.",
  "not-on-target": "is not on the target.",
  "no-identity": "has no replica identity, or one with a generated column.",
  replaced: "was replaced on the source after the copy.",
  refused: "was altered on the source, and the target refuses its rows.",
  "constraints-changed":
    "has other constraints or unique indexes on the source than when it was copied: the target has those of before. Change them there too.",
  "other-parent":
    "was attached or detached on the source after the copy: its rows are followed, but the target has it where it was.",
};

function figuresOf(slot: SlotHealth): SlotFigures {
  const { name, isActive, walStatus, retainedBytes, safeWalBytes } = slot;
  return {
    ...{ name, isActive, walStatus },
    retainedBytes: retainedBytes === null ? null : Number(retainedBytes),
    safeWalBytes: safeWalBytes === null ? null : Number(safeWalBytes),
  };
}

function budgetExceeded(slot: string, retainedBytes: number, limitBytes: number): CodedError {
  const message = `The source keeps ${retainedBytes} bytes of WAL for the slot ${slot}, more than the ${limitBytes} that were allowed; the slot was dropped.`;
  return new CodedError("WAL_BUDGET_EXCEEDED", message, { subject: slot });
}
