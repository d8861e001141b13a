import type { Lsn } from "@/lib/postgres/lsn";
import { maxLsn } from "@/lib/postgres/lsn";
import type { TableName } from "../../events";
import { roomForBatches } from "../../heap-growth";
import type { Change, Commit, Truncate } from "../decode/change";
import type { TableChanges } from "../follow-options";
import type { ApplierOptions, ApplyCounters, ApplyPosition } from "./apply-options";
import { ApplyTally } from "./apply-tally";
import { toApplyError } from "./bad-changes";
import { emptyBatch, endTransaction, isEmpty, OpenTransaction } from "./batch";
import { BatchCommitter } from "./batch-committer";
import type { KeyedChange } from "./fold";
import { catalogOf, FollowedTables } from "./followed-tables";
import { LargeTransaction } from "./large-transaction";
import { PipelineSession } from "./pipeline-session";
import type { PlannedChange } from "./planned-change";
import { notesOf, openProgress, type Progress } from "./progress";
import { TargetWriter } from "./target-writer";
import { Turns } from "./turns";

/**
 * A batch is committed when it is this large, when nothing more has come for a while, or when it is this old. While the one
 * before it is under way it grows further: a target that is far away answers twice for each.
 */
const BUFFER_BYTES = 8 * 1024 * 1024;
const ENOUGH_CHANGES = 5_000;
const MOST_CHANGES = 25_000;
const QUIET_MS = 20;
const OLDEST_MS = 200;
/** A position without a change is noted on the target at most so often: it costs a transaction there. */
const NOTE_EVERY_MS = 1_000;

/**
 * Applies a stream of changes to the target, exactly once: how far it is is part of each of its transactions, so that after
 * any crash it goes on from there. Transactions of the source are merged, changes of one row are put together, and what
 * that cannot do is done change by change. One that has thrown is of no use any more.
 */
export class Applier implements AsyncDisposable {
  readonly progressLsn: Lsn;
  readonly #options: ApplierOptions;
  readonly #session: PipelineSession;
  readonly #progress: Progress;
  readonly #bufferBytes: number;
  readonly #room = roomForBatches();
  readonly #turns = new Turns();
  readonly #tables: FollowedTables;
  readonly #tally: ApplyTally;
  readonly #writer: TargetWriter;
  readonly #committer: BatchCommitter;
  #batch = emptyBatch();
  #open: OpenTransaction | null = null;
  #large: LargeTransaction | null = null;
  /** Every transaction from here on ends later. */
  #floor: Lsn;
  #inFlight: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** When the batch got its first and its last transaction, by performance.now(). */
  #oldestAt = 0;
  #newestAt = 0;
  #notedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    options: ApplierOptions,
    session: PipelineSession,
    progress: Progress,
    isReplica: boolean,
  ) {
    this.#options = options;
    this.#session = session;
    this.#progress = progress;
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    this.progressLsn = progress.lsn ?? options.startLsn;
    this.#floor = this.progressLsn;
    this.#tally = new ApplyTally(this.progressLsn);
    this.#tables = new FollowedTables(
      options,
      catalogOf((work) => this.#turns.take(work), session),
    );
    this.#writer = new TargetWriter(session, progress, { policy: options.onDivergence, isReplica });
    this.#committer = new BatchCommitter(this.#writer, this.#tally, options);
  }

  /**
   * Logs in and finds how far the target is. Throws CodedError (connection errors, PRIVILEGE_MISSING, TARGET_DATABASE_BUSY
   * while a dead applier's session has not ended) or the signal's reason.
   */
  static async open(options: ApplierOptions): Promise<Applier> {
    const { target, name, startLsn, signal, valueEncoding: encoding } = options;
    let session: PipelineSession | null = null;
    try {
      session = await PipelineSession.open(target, { encoding, signal, applicationName: "howdah apply" });
      const role = await session.query("select pg_catalog.current_setting('session_replication_role')");
      const isReplica = role[0]?.[0] === "replica";
      const progress = await openProgress(session, name, startLsn, signal);
      for (const note of notesOf(progress, isReplica)) options.onNote?.(note);
      return new Applier(options, session, progress, isReplica);
    } catch (error) {
      await session?.[Symbol.asyncDispose]();
      signal.throwIfAborted();
      throw toApplyError(error);
    }
  }

  get position(): ApplyPosition {
    return this.#tally.position;
  }

  get counters(): ApplyCounters {
    return this.#tally.counters;
  }

  /** Row changes that were put together, of all that were applied: what cannot be is several times as slow. */
  get foldedChanges(): number {
    return this.#writer.foldedChanges;
  }

  /** Changes applied to each table since the applier was opened. */
  tableChanges(): TableChanges[] {
    return this.#tables.changes;
  }

  /**
   * Takes what the stream hands out next; returns when it has room for more. What is whole is committed soon after. Throws
   * CodedError CHANGE_DIVERGED, CHANGE_REFUSED, a connection error (transient), ... or the signal's reason.
   */
  async apply(changes: readonly Change[]): Promise<void> {
    await this.#guarded(async () => {
      // Where it may wait, an iterator would make an object for each change.
      for (let at = 0; at < changes.length; at++) {
        const change = changes[at];
        const step = change && this.#take(change);
        if (step) await step;
      }
      this.#startSoon();
    });
  }

  /** From here on changes of the table are not applied; of what was taken some may be. */
  leaveOut(table: TableName): void {
    this.#tables.leaveOut(table);
  }

  /** Commits everything whole that was taken. Throws as `apply`. */
  async commit(): Promise<void> {
    await this.#guarded(() => this.#drain());
  }

  /** Nothing else was committed on the source before `lsn`: when all that was taken is committed, the target is as far. Throws as `apply`. */
  async quiet(lsn: Lsn): Promise<void> {
    await this.#guarded(async () => {
      this.#batch.quietLsn = maxLsn(this.#batch.quietLsn, lsn);
      await this.#drain();
    });
  }

  /**
   * Waits until what is committed is on the target's disk; returns what may be acknowledged to the slot, which the target's
   * own record of its progress is never behind: one that is has lost changes. Throws as `apply`.
   */
  async flush(): Promise<Lsn> {
    await this.#guarded(() => this.#turns.take(() => this.#flush()));
    return this.#tally.position.flushedLsn;
  }

  /** Ends the session; what is not committed is rolled back by the target. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#failure ??= { error: new Error("the applier was ended") };
    this.#room[Symbol.dispose]();
    await this.#session[Symbol.asyncDispose]();
    await this.#inFlight;
    await this.#large?.[Symbol.asyncDispose]();
  }

  async #flush(): Promise<void> {
    await this.#committer.settle();
    const { appliedLsn, flushedLsn, committedAtMs } = this.#tally.position;
    // A transaction of its own cannot be had within a large one.
    if (appliedLsn <= flushedLsn || (this.#large && this.#progress.kind === "row")) return;
    const isDue = performance.now() - this.#notedAt >= NOTE_EVERY_MS;
    if (appliedLsn > this.#tally.writtenLsn && isDue && !this.#large) {
      await this.#progress.note(appliedLsn, (committedAtMs ?? Date.now()) * 1000);
      this.#tally.noted(appliedLsn);
      this.#notedAt = performance.now();
    }
    const { writtenLsn } = this.#tally;
    if (writtenLsn <= flushedLsn) return;
    await this.#progress.flush();
    this.#tally.flushed(writtenLsn);
  }

  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      this.#throwIfFailed();
      await work();
    } catch (error) {
      this.#failure ??= { error };
      this.#options.signal.throwIfAborted();
      throw toApplyError(this.#failure.error);
    }
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #take(change: Change): undefined | Promise<void> {
    switch (change.kind) {
      case "begin":
        this.#open = new OpenTransaction();
        return undefined;
      case "commit":
        return this.#endTransaction(change);
      case "quiet":
        this.#floor = maxLsn(this.#floor, change.lsn);
        this.#batch.quietLsn = maxLsn(this.#batch.quietLsn, change.lsn);
        return undefined;
      case "insert":
      case "update":
      case "delete":
      case "truncate":
        return this.#gather(change);
      case "relation":
      case "message":
        return undefined;
      default:
        return change satisfies never;
    }
  }

  #gather(change: KeyedChange | Truncate): undefined | Promise<void> {
    this.#tally.taken(1);
    this.#open ??= new OpenTransaction();
    const open = this.#open;
    open.add(change);
    const isBusy = this.#large?.isBusy ?? false;
    return this.#isDue(open.changes.length, open.bytes, isBusy) ? this.#applyPiece(open) : undefined;
  }

  async #applyPiece(open: OpenTransaction): Promise<void> {
    if (!this.#large) {
      await this.#drain();
      this.#large = new LargeTransaction({
        writer: this.#writer,
        tables: this.#tables,
        turns: this.#turns,
        floor: this.#floor,
        progressLsn: this.progressLsn,
        name: this.#options.name,
        spoolFolder: this.#options.spoolFolder,
      });
    }
    try {
      await this.#large.add(open.take());
    } catch (error) {
      throw this.#committer.thrown(error, this.#floor);
    }
  }

  #endTransaction(commit: Commit): undefined | Promise<void> {
    const open = this.#open ?? new OpenTransaction();
    this.#open = null;
    this.#floor = maxLsn(this.#floor, commit.endLsn);
    if (this.#large) return this.#endLarge(this.#large, open, commit);
    // While the target is asked the batch may be sent off.
    const planned: PlannedChange[] = this.#tables.areKnown(open.changes) ? this.#batch.changes : [];
    const planning = this.#plan(open.changes, commit.endLsn, planned, 0);
    return planning ? this.#closeAfter(planning, open, commit, planned) : this.#close(open, commit, planned);
  }

  /** Puts what is to be applied into `planned`; a promise when the target has to be asked. */
  #plan(
    changes: readonly (KeyedChange | Truncate)[],
    endLsn: Lsn,
    planned: PlannedChange[],
    from: number,
  ): undefined | Promise<void> {
    if (endLsn <= this.progressLsn) return undefined;
    for (let at = from; at < changes.length; at++) {
      const change = changes[at];
      const wanted = change && this.#tables.wantedOf(change, endLsn);
      const asking = wanted && this.#tables.plan(wanted, planned);
      if (asking) return this.#planAfter(asking, changes, endLsn, planned, at + 1);
    }
    return undefined;
  }

  async #planAfter(
    asking: Promise<void>,
    changes: readonly (KeyedChange | Truncate)[],
    endLsn: Lsn,
    planned: PlannedChange[],
    from: number,
  ): Promise<void> {
    await asking;
    await this.#plan(changes, endLsn, planned, from);
  }

  async #closeAfter(
    planning: Promise<void>,
    open: OpenTransaction,
    commit: Commit,
    planned: PlannedChange[],
  ): Promise<void> {
    await planning;
    await this.#close(open, commit, planned);
  }

  #close(open: OpenTransaction, commit: Commit, planned: PlannedChange[]): undefined | Promise<void> {
    const batch = this.#batch;
    if (planned !== batch.changes) for (const change of planned) batch.changes.push(change);
    endTransaction(batch, commit, open.changes.length, open.bytes);
    return this.#isDue(batch.given, batch.bytes, this.#inFlight !== null) ? this.#start() : undefined;
  }

  /** True when so many changes are worth sending off, or too many to go on gathering while the target is busy. */
  #isDue(changes: number, bytes: number, isBusy: boolean): boolean {
    return bytes >= this.#bufferBytes || changes >= (isBusy ? MOST_CHANGES : ENOUGH_CHANGES);
  }

  /** In a backlog there is always more to come: the larger the batch, the less work is each change. */
  #startSoon(): void {
    if (isEmpty(this.#batch)) return;
    const now = performance.now();
    this.#newestAt = now;
    if (this.#timer) return;
    this.#oldestAt = now;
    this.#timer = setTimeout(() => this.#look(), QUIET_MS);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#newestAt < QUIET_MS && now - this.#oldestAt < OLDEST_MS) {
      this.#timer = setTimeout(() => this.#look(), QUIET_MS);
      return;
    }
    this.#timer = null;
    this.#start().catch((error) => {
      this.#failure ??= { error };
    });
  }

  /** Begins to commit the batch, if it has not been begun; waits for the one before it. */
  async #start(): Promise<void> {
    while (this.#inFlight && !isEmpty(this.#batch)) await this.#inFlight;
    this.#throwIfFailed();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const batch = this.#batch;
    if (isEmpty(batch)) return;
    this.#batch = emptyBatch();
    this.#inFlight = this.#turns
      .take(async () => {
        await this.#tables.told();
        await this.#committer.commit(batch);
        if (!this.#hasEnough()) await this.#committer.settle();
      })
      .catch((error) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#inFlight = null;
        if (this.#hasEnough() && !this.#failure) void this.#start();
      });
  }

  /** True when the next batch is begun at once. */
  #hasEnough(): boolean {
    return this.#batch.given >= ENOUGH_CHANGES;
  }

  async #drain(): Promise<void> {
    await this.#start();
    await this.#inFlight;
    this.#throwIfFailed();
  }

  async #endLarge(large: LargeTransaction, open: OpenTransaction, commit: Commit): Promise<void> {
    try {
      await large.add(open.take());
      await this.#committer.commitLarge(large, commit);
    } catch (error) {
      throw this.#committer.thrown(error, commit.endLsn);
    } finally {
      this.#large = null;
      await large[Symbol.asyncDispose]();
    }
  }
}
