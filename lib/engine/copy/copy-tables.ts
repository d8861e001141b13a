import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@/lib/postgres/connect";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient, sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import type { CopyFormat, Report, TableName } from "../events";
import type { ServerFacts } from "../server-facts";
import { copyFailure, refusal } from "./copy-failure";
import { type CopyPair, openPair, type PairOptions } from "./copy-pair";
import { copyParts } from "./copy-parts";
import { type CopyWay, chooseWay, emptyStatement } from "./copy-statements";
import type { SourceTable } from "./list-tables";
import { planTasks } from "./plan-tasks";
import { type RunPart, startRuns, TableRun } from "./table-run";
import { TaskQueue } from "./task-queue";

export interface CopyTablesOptions extends PairOptions {
  /** Biggest first. */
  tables: readonly SourceTable[];
  jobs: number;
  sourceFacts: ServerFacts;
  targetFacts: ServerFacts;
  format: "auto" | CopyFormat;
  report: Report;
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

/**
 * Copies tables over `jobs` pairs of connections on one snapshot. A table that fails is reported and the rest goes on; a
 * failure that may pass is tried again from the table's beginning, so nothing is ever there twice. Throws CodedError
 * when no connection can be had any more, and the signal's reason when aborted; all its sessions have ended then.
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
  readonly #queue: TaskQueue<Task>;
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

  #plan(): Task[] {
    const { tables, jobs, sourceFacts } = this.#options;
    const copied = tables.filter((table) => !this.#refused(table));
    const planned = planTasks(copied, { jobs, sourceVersion: sourceFacts.version });
    return startRuns(planned, (table) => this.#wayOf(table));
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

  async #work(): Promise<void> {
    let pair: CopyPair | null = null;
    try {
      for (let task = await this.#queue.take(); task; task = await this.#queue.take()) {
        pair ??= await this.#openPair();
        if (!pair) {
          this.#queue.settle([task]);
          return;
        }
        const error = await this.#copy(pair, task);
        if (error !== null) {
          await pair.terminate();
          pair = null;
        }
        this.#queue.settle(await this.#end(task, error));
      }
      await pair?.close();
    } catch (error) {
      await pair?.terminate();
      throw error;
    } finally {
      this.#workers--;
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

  /** Returns what went wrong, or null. Throws only when aborted. */
  async #copy(pair: CopyPair, task: Task): Promise<unknown> {
    const { report, signal } = this.#options;
    // A table is moved whole or not at all: what is left of one that has failed need not be read.
    if (task.every(({ run }) => run.error !== null)) return null;
    for (const { run } of task) run.start(report);
    try {
      await copyParts(pair, task, { report, signal });
      return null;
    } catch (error) {
      signal.throwIfAborted();
      return error;
    }
  }

  /** Counts the parts of a task as ended. Returns what is to be done again. */
  async #end(task: Task, error: unknown): Promise<Task[]> {
    const again: Task[] = [];
    for (const { run } of task) {
      run.error ??= error;
      if (!run.endPart()) continue;
      if (run.error === null) this.#complete(run);
      else again.push(...(await this.#retry(run, task.length > 1)));
    }
    const longest = Math.max(0, ...again.flat().map(({ run }) => RETRY_PAUSES_MS[run.attempt - 2] ?? 0));
    if (longest > 0) await sleep(longest, undefined, { signal: this.#options.signal });
    return again;
  }

  #complete(run: TableRun): void {
    const { bytes, rows, ms } = run;
    this.totals.tables++;
    this.totals.bytes += bytes;
    this.totals.rows += rows;
    this.#options.report({ type: "table-completed", table: run.name, bytes, rows, ms, parts: run.parts });
    this.#options.onTableEnded(run.name, true);
  }

  /**
   * Begins a failed table anew, whole and emptied first, since whether a broken connection had committed cannot be
   * known; reports it when that cannot help. A table of a batch may have failed for another's sake and is tried alone.
   */
  async #retry(run: TableRun, wasBatch: boolean): Promise<Task[]> {
    const { table, way, attempt, error } = run;
    const passing = isTransient(error);
    if (passing && attempt <= RETRY_PAUSES_MS.length) return [repeated(table, way, attempt + 1)];
    if (!passing && wasBatch) return [repeated(table, way, attempt)];
    if (way.format === "binary" && BINARY_REFUSED.has(sqlStateOf(error)))
      return [repeated(table, { ...this.#wayOf(table), format: "text" }, attempt)];
    await this.#giveUp(run);
    return [];
  }

  async #giveUp({ table, name, rows, error }: TableRun): Promise<void> {
    const { report, onTableEnded } = this.#options;
    if (rows > 0) await this.#empty(table);
    report({ type: "table-failed", table: name, failure: copyFailure(table, error) });
    onTableEnded(name, false);
  }

  /** Takes away the parts that were committed before another one failed. */
  async #empty(table: SourceTable): Promise<void> {
    const { target, signal } = this.#options;
    const client = await connect(target, { applicationName: "howdah copy", signal });
    try {
      await client.query(emptyStatement(table));
    } finally {
      await endClient(client);
    }
  }
}

function repeated(table: SourceTable, way: CopyWay, attempt: number): Task {
  return [{ run: new TableRun(table, { way, parts: 1, attempt, isRepeated: true }), part: 0, range: null }];
}
