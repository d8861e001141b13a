import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { CopyRelayResult } from "@/lib/postgres/copy-relay";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient, sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import type { CheckpointPart } from "../checkpoint";
import type { CopyFormat, Report, TableName } from "../events";
import type { LiveSlots } from "../live-slots";
import { tableKey } from "../schema/restore-plan";
import type { ServerFacts } from "../server-facts";
import type { Throttle } from "../throttle";
import { CommitUnknownError, commitOutcome } from "./commit-outcome";
import { copyFailure, refusal } from "./copy-failure";
import { type CopyPair, openPair, type PairOptions } from "./copy-pair";
import { copyParts } from "./copy-parts";
import { type CopyWay, chooseWay, emptyStatement } from "./copy-statements";
import type { SourceTable } from "./list-tables";
import { type PlannedPart, planTasks } from "./plan-tasks";
import type { TableSplits } from "./split-tables";
import { StallWatch } from "./stall-watch";
import { type RunPart, TableRun } from "./table-run";
import { TaskQueue } from "./task-queue";

export interface CopyTablesOptions extends PairOptions {
  /** Biggest first; those of which nothing is left to do are not among them. */
  tables: readonly SourceTable[];
  /** From splitTables(), or an earlier run's. */
  splits: TableSplits;
  /** By tableKey(): parts that are on the target already. */
  keptParts: ReadonlyMap<string, readonly CheckpointPart[]>;
  jobs: number;
  /** Shared with whoever else opens sessions beside these. */
  slots: LiveSlots;
  sourceFacts: ServerFacts;
  targetFacts: ServerFacts;
  format: "auto" | CopyFormat;
  throttle: Throttle;
  /** Milliseconds without a byte after which a copy's connections are looked into. */
  stallMs: number;
  report: Report;
  /** Called with parts of tables whose transaction is committed, though not on disk yet. */
  onCopied: (parts: readonly CheckpointPart[]) => void;
  /** Awaited before rows that onCopied() may have told of are taken away. */
  onDiscard: (table: TableName) => Promise<void>;
  /** Called as soon as a table has all its rows, or none for good. */
  onTableEnded: (table: TableName, copied: boolean) => void;
}

export interface CopyTotals {
  tables: number;
  bytes: number;
  rows: number;
}

/** Pauses before a table, or a connection, is tried again. */
const RETRY_PAUSES_MS = [200, 1_000, 4_000];

/** Binary values the target does not take although their types looked the same: text may do. */
const BINARY_REFUSED: ReadonlySet<string | null> = new Set(["22P03", "42883", "42804", "08P01"]);

/** What one connection does at a time. */
type Task = readonly RunPart[];

/** What has not begun yet takes little room: there may be 50,000 of them. */
type QueuedTask = readonly (PlannedPart | RunPart)[];

/**
 * Copies tables over at most `jobs` pairs of connections on one snapshot. A table that fails is reported and the rest goes on;
 * a part whose failure may pass is tried again when it is known that nothing of it was committed, else its table from the
 * beginning, so nothing is ever there twice. Throws CodedError when no connection can be had any more, and the signal's
 * reason when aborted; all its sessions have ended then.
 */
export async function copyTables(options: CopyTablesOptions): Promise<CopyTotals> {
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  setMaxListeners(0, signal);
  const copier = new TableCopier({ ...options, signal });
  await copier.run((error) => broken.abort(error));
  signal.throwIfAborted();
  return copier.totals;
}

class TableCopier {
  readonly totals: CopyTotals = { tables: 0, bytes: 0, rows: 0 };
  readonly #options: CopyTablesOptions;
  readonly #queue: TaskQueue<QueuedTask>;
  /** Of tables in several parts, by the time the first has begun. */
  readonly #runs = new Map<SourceTable, TableRun>();
  #workers = 0;

  constructor(options: CopyTablesOptions) {
    this.#options = options;
    this.#queue = new TaskQueue(this.#plan(), options.signal);
  }

  /** `onBroken` is told why nothing can go on. */
  async run(onBroken: (error: unknown) => void): Promise<void> {
    this.#workers = this.#options.jobs;
    await Promise.all(Array.from({ length: this.#workers }, () => this.#work().catch(onBroken)));
  }

  #plan(): PlannedPart[][] {
    const { tables, jobs, splits, keptParts } = this.#options;
    const copied = tables.filter((table) => !this.#refused(table));
    const isDone = (table: SourceTable, part: number) =>
      keptParts.get(tableKey(table))?.some((kept) => kept.part === part) ?? false;
    return planTasks(copied, splits, { jobs, isDone });
  }

  #begun(task: QueuedTask): Task {
    return task.map((part) =>
      "run" in part ? part : { run: this.#runOf(part), part: part.part, attempt: 1, range: part.range },
    );
  }

  #runOf({ table, parts }: PlannedPart): TableRun {
    const known = this.#runs.get(table);
    if (known) return known;
    const kept = this.#options.keptParts.get(tableKey(table)) ?? [];
    const run = new TableRun(table, {
      way: this.#wayOf(table),
      parts,
      attempt: 1,
      isRepeated: false,
      kept,
    });
    if (parts > 1) this.#runs.set(table, run);
    return run;
  }

  #refused(table: SourceTable): boolean {
    const { report, onTableEnded } = this.#options;
    const error = refusal(table);
    if (!error) return false;
    const name = { schema: table.schema, name: table.name };
    report({ type: "table-failed", table: name, failure: copyFailure(table, error) });
    onTableEnded(name, false);
    return true;
  }

  #wayOf(table: SourceTable): CopyWay {
    const { sourceFacts, targetFacts, format } = this.#options;
    return chooseWay(table, sourceFacts, targetFacts, format);
  }

  /** A worker that the limit does not allow any more ends its sessions and waits for its turn. */
  async #work(): Promise<void> {
    const { slots, signal } = this.#options;
    for (;;) {
      await slots.enter(signal);
      try {
        if ((await this.#workWhileAllowed()) === "done") return;
      } finally {
        slots.leave();
      }
    }
  }

  async #workWhileAllowed(): Promise<"done" | "not-allowed"> {
    let pair: CopyPair | null = null;
    try {
      while (!this.#options.slots.isOverfull) {
        const queued = await this.#queue.take();
        if (!queued) break;
        pair ??= await this.#openPair();
        if (!pair) {
          this.#queue.settle([queued]);
          this.#workers--;
          return "done";
        }
        const task = this.#begun(queued);
        const { error, isPairLost } = await this.#copy(pair, task);
        if (isPairLost) {
          await pair.terminate();
          pair = null;
        }
        this.#queue.settle(await this.#end(task, error));
      }
      await pair?.close();
      return this.#queue.isDone ? "done" : "not-allowed";
    } catch (error) {
      await pair?.terminate();
      throw error;
    }
  }

  /**
   * A lost server may come back within seconds; a snapshot whose holder is gone never does, and that is thrown. Null when
   * the server has no slot left and other workers have theirs: they do the work.
   */
  async #openPair(): Promise<CopyPair | null> {
    const { signal } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await openPair(this.#options);
      } catch (error) {
        signal.throwIfAborted();
        const coded = toCodedError(error, "CONNECTION_LOST");
        if (coded.code === "TOO_MANY_CONNECTIONS" && this.#workers > 1) return null;
        const pause = RETRY_PAUSES_MS[attempt];
        if (!coded.transient || pause === undefined) throw coded;
        await sleep(pause, undefined, { signal });
      }
    }
  }

  /** Tells what went wrong, if anything. Throws only when aborted. */
  async #copy(pair: CopyPair, task: Task): Promise<{ error: unknown; isPairLost: boolean }> {
    const { report, throttle, source, target, stallMs, signal } = this.#options;
    // A table is moved whole or not at all: what is left of one that has failed need not be read.
    if (task.every(({ run }) => run.error !== null)) return { error: null, isPairLost: false };
    for (const { run, attempt } of task) run.start(report, attempt);
    const isHeld = () => throttle.isHolding;
    const attempt = Math.max(...task.map((part) => part.attempt));
    using watch = new StallWatch({ pair, source, target, stallMs, attempt, isHeld, signal });
    let results: readonly CopyRelayResult[] = [];
    const onRelayed = (relayed: readonly CopyRelayResult[]) => {
      results = relayed;
    };
    try {
      await copyParts(pair, task, { report, throttle, onFlow: watch.flow, onRelayed, signal });
      this.#copied(task, results);
      return { error: null, isPairLost: false };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CommitUnknownError) {
        await pair.terminate();
        const outcome = await commitOutcome(target, error.transaction, signal);
        if (outcome === "committed") this.#copied(task, results);
        const failure = outcome === "aborted" ? error.cause : error;
        return { error: outcome === "committed" ? null : failure, isPairLost: true };
      }
      return { error, isPairLost: true };
    }
  }

  /** The rows are committed. What a crash of the target would empty is not told of. */
  #copied(task: Task, results: readonly CopyRelayResult[]): void {
    const parts = task.flatMap(({ run, part }, index): CheckpointPart[] => {
      const result = results[index];
      if (!result) return [];
      run.complete(part, result);
      if (run.table.unlogged) return [];
      return [{ ...run.name, part, parts: run.parts, rows: result.rows, bytes: result.bytes }];
    });
    this.#options.onCopied(parts);
  }

  /** Counts the parts of a task as ended. Returns what is to be done again. */
  async #end(task: Task, error: unknown): Promise<Task[]> {
    if (
      error !== null &&
      isPassing(error) &&
      task.every(({ attempt }) => attempt <= RETRY_PAUSES_MS.length)
    ) {
      await this.#pauseAfter(Math.max(...task.map(({ attempt }) => attempt)));
      return [task.map((part) => ({ ...part, attempt: part.attempt + 1 }))];
    }
    const again: Task[] = [];
    for (const { run } of task) {
      run.error ??= error;
      if (!run.endPart()) continue;
      if (run.error === null) this.#complete(run);
      else again.push(...(await this.#retry(run, task.length > 1)));
    }
    const attempts = again.flat().map(({ attempt }) => attempt - 1);
    await this.#pauseAfter(Math.max(0, ...attempts));
    return again;
  }

  async #pauseAfter(attempt: number): Promise<void> {
    const pause = RETRY_PAUSES_MS[attempt - 1];
    if (pause !== undefined) await sleep(pause, undefined, { signal: this.#options.signal });
  }

  #complete(run: TableRun): void {
    const { bytes, rows, ms, parts } = run;
    this.totals.tables++;
    this.totals.bytes += bytes;
    this.totals.rows += rows;
    this.#options.report({ type: "table-completed", table: run.name, bytes, rows, ms, parts });
    this.#options.onTableEnded(run.name, true);
  }

  /**
   * Begins a failed table anew, whole and emptied first, since whether a broken connection had committed is not known;
   * reports it when that cannot help. A table of a batch may have failed for another's sake and is tried alone.
   */
  async #retry(run: TableRun, wasBatch: boolean): Promise<Task[]> {
    const { table, name, way, attempt, error } = run;
    const again = (next: number, wayOfNext = way): Task[] => [repeated(table, wayOfNext, next)];
    const isUnknown = error instanceof CommitUnknownError;
    const isBinaryRefused = way.format === "binary" && BINARY_REFUSED.has(sqlStateOf(error));
    if (run.committed > 0) await this.#options.onDiscard(name);
    // Rows that may be among those of other partitions cannot be taken away.
    const mayBeMixed = isUnknown && table.through !== null;
    if (!mayBeMixed) {
      if (isUnknown && attempt <= RETRY_PAUSES_MS.length) return again(attempt + 1);
      if (wasBatch && !isPassing(error)) return again(attempt);
      if (isBinaryRefused) return again(attempt, { ...this.#wayOf(table), format: "text" });
    }
    await this.#giveUp(run);
    return [];
  }

  async #giveUp({ table, name, committed, error }: TableRun): Promise<void> {
    const { report, onTableEnded } = this.#options;
    if (committed > 0) await this.#empty(table);
    const cause = error instanceof CommitUnknownError ? error.cause : error;
    report({ type: "table-failed", table: name, failure: copyFailure(table, cause) });
    onTableEnded(name, false);
  }

  /** Takes away the parts that were committed before another one failed. */
  async #empty(table: SourceTable): Promise<void> {
    const { target, signal } = this.#options;
    const client = await connectWithEmptyPath(target, { applicationName: "howdah copy", signal });
    try {
      await client.query(emptyStatement(table));
    } finally {
      await endClient(client);
    }
  }
}

/** True when trying again may help and nothing of the failed transaction can have been committed. */
function isPassing(error: unknown): boolean {
  return !(error instanceof CommitUnknownError) && isTransient(error);
}

function repeated(table: SourceTable, way: CopyWay, attempt: number): Task {
  const run = new TableRun(table, { way, parts: 1, attempt, isRepeated: true });
  return [{ run, part: 0, attempt, range: null }];
}
