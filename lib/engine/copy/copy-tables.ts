import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient } from "@/lib/postgres/errors";
import { qualified } from "@/lib/postgres/sql";
import type { CopyFormat, Report, TableName } from "../events";
import { copyFailure, refusal } from "./copy-failure";
import { type CopyPair, openPair, type PairOptions } from "./copy-pair";
import { copyPart } from "./copy-part";
import { chooseFormat, type PageRange } from "./copy-statements";
import type { SourceTable } from "./list-tables";
import { planParts } from "./plan-parts";

export interface CopyTablesOptions extends PairOptions {
  /** Biggest first. */
  tables: readonly SourceTable[];
  jobs: number;
  /** server_version_num of the source. */
  sourceVersion: number;
  /** Extensions of the same version on both sides. */
  sharedExtensions: ReadonlySet<string>;
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

const MAX_ATTEMPTS = 4;
const RETRY_PAUSES_MS = [200, 1_000, 4_000];

/** A table on its way; its parts are copied by whichever connection is free. */
interface TableRun {
  table: SourceTable;
  format: CopyFormat;
  attempt: number;
  partsLeft: number;
  partBytes: number[];
  rows: number;
  startedAt: number;
  /** What ended an attempt; the table is begun anew when it may pass. */
  error: unknown;
}

interface Task {
  run: TableRun;
  part: number;
  range: PageRange | null;
}

/**
 * Copies tables over `jobs` pairs of connections on one snapshot. A table that fails is reported and the rest goes on; a
 * failure that may pass is tried again from the table's beginning. Throws when no connection can be had any more, and the
 * signal's reason when aborted.
 */
export async function copyTables(options: CopyTablesOptions): Promise<CopyTotals> {
  const copier = new TableCopier(options);
  return await copier.run();
}

class TableCopier {
  readonly #options: CopyTablesOptions;
  readonly #totals: CopyTotals = { tables: 0, bytes: 0, rows: 0 };
  readonly #queue: Task[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Tables that have not ended: an idle connection waits for their retries. */
  #open = 0;

  constructor(options: CopyTablesOptions) {
    this.#options = options;
    const totalBytes = options.tables.reduce((sum, table) => sum + table.bytesEstimated, 0);
    for (const table of options.tables) {
      const refused = refusal(table);
      if (refused) {
        options.report({ type: "table-failed", table: nameOf(table), failure: copyFailure(table, refused) });
        options.onTableEnded(nameOf(table), false);
        continue;
      }
      const ranges = planParts(table, {
        totalBytes,
        jobs: options.jobs,
        sourceVersion: options.sourceVersion,
      });
      this.#enqueue(table, 1, ranges);
    }
  }

  async run(): Promise<CopyTotals> {
    const { signal, jobs } = this.#options;
    const wakeAll = () => this.#wakeAll();
    signal.addEventListener("abort", wakeAll, { once: true });
    const workers = Math.min(jobs, this.#queue.length);
    const results = await Promise.allSettled(Array.from({ length: workers }, () => this.#work()));
    signal.removeEventListener("abort", wakeAll);
    signal.throwIfAborted();
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return this.#totals;
  }

  #enqueue(table: SourceTable, attempt: number, ranges: PageRange[] | null): void {
    const { format } = this.#options;
    const run: TableRun = {
      table,
      format: format === "auto" ? chooseFormat(table, this.#options.sharedExtensions) : format,
      attempt,
      partsLeft: ranges?.length ?? 1,
      partBytes: [],
      rows: 0,
      startedAt: 0,
      error: null,
    };
    if (attempt === 1) this.#open++;
    const tasks = ranges
      ? ranges.map((range, part) => ({ run, part, range }))
      : [{ run, part: 0, range: null }];
    this.#queue.push(...tasks);
    this.#wakeAll();
  }

  async #work(): Promise<void> {
    let pair: CopyPair | null = null;
    try {
      for (let task = await this.#next(); task; task = await this.#next()) {
        pair ??= await this.#openPair(task);
        const failed = await this.#copy(pair, task);
        if (failed) {
          await pair.terminate();
          pair = null;
        }
        await this.#endPart(task);
      }
    } catch (error) {
      await pair?.terminate();
      pair = null;
      // The others would wait for a table this connection will never end.
      this.#queue.length = 0;
      this.#open = 0;
      this.#wakeAll();
      throw error;
    } finally {
      await pair?.close();
    }
  }

  async #next(): Promise<Task | undefined> {
    for (;;) {
      this.#options.signal.throwIfAborted();
      const task = this.#queue.shift();
      if (task) return task;
      if (this.#open === 0) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** A lost server may come back within seconds; a snapshot whose holder is gone never does, and that is thrown. */
  async #openPair(task: Task): Promise<CopyPair> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await openPair(this.#options);
      } catch (error) {
        const pause = RETRY_PAUSES_MS[attempt];
        this.#options.signal.throwIfAborted();
        if (!isTransient(error) || pause === undefined) {
          this.#queue.unshift(task);
          throw error;
        }
        await sleep(pause, undefined, { signal: this.#options.signal });
      }
    }
  }

  /** Copies one part; true when the pair is spent. */
  async #copy(pair: CopyPair, { run, part, range }: Task): Promise<boolean> {
    const { report, signal } = this.#options;
    const table = nameOf(run.table);
    if (run.startedAt === 0) {
      run.startedAt = performance.now();
      report({ type: "table-started", table, format: run.format, attempt: run.attempt });
    }
    const progress = throttled((bytes) => {
      run.partBytes[part] = bytes;
      report({ type: "table-progress", table, bytes: sum(run.partBytes) });
    });
    try {
      const truncate = run.attempt > 1 && range === null;
      const job = { table: run.table, format: run.format, range, truncate, onProgress: progress };
      const { bytes, rows } = await copyPart(pair, job, signal);
      run.partBytes[part] = bytes;
      run.rows += rows;
      return false;
    } catch (error) {
      signal.throwIfAborted();
      run.error ??= error;
      return true;
    }
  }

  async #endPart({ run }: Task): Promise<void> {
    if (--run.partsLeft > 0) return;
    const { report, signal, onTableEnded } = this.#options;
    const table = nameOf(run.table);
    const pause = RETRY_PAUSES_MS[run.attempt - 1];
    if (run.error === null) {
      const bytes = sum(run.partBytes);
      this.#totals.tables++;
      this.#totals.bytes += bytes;
      this.#totals.rows += run.rows;
      const ms = Math.round(performance.now() - run.startedAt);
      report({ type: "table-completed", table, bytes, rows: run.rows, ms });
    } else if (isTransient(run.error) && run.attempt < MAX_ATTEMPTS && pause !== undefined) {
      await sleep(pause, undefined, { signal });
      // Whole and truncated first: whether a broken connection had committed a part cannot be known.
      this.#enqueue(run.table, run.attempt + 1, null);
      return;
    } else {
      // Parts that were committed before another one failed: a table is moved whole or not at all.
      if (run.rows > 0) await emptyTable(this.#options.target, run.table, signal);
      report({ type: "table-failed", table, failure: copyFailure(run.table, run.error) });
    }
    this.#open--;
    onTableEnded(table, run.error === null);
    this.#wakeAll();
  }
}

async function emptyTable(
  settings: ConnectionSettings,
  table: SourceTable,
  signal: AbortSignal,
): Promise<void> {
  const client = await connect(settings, { applicationName: "howdah copy", signal });
  try {
    await client.query(`truncate only ${qualified(table.schema, table.name)}`);
  } finally {
    await endClient(client);
  }
}

const PROGRESS_MS = 200;

/** Passes a figure on at most five times a second; the last one is reported by whoever ends the part. */
function throttled(pass: (bytes: number) => void): (bytes: number) => void {
  let next = 0;
  return (bytes) => {
    const now = performance.now();
    if (now < next) return;
    next = now + PROGRESS_MS;
    pass(bytes);
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + (number ?? 0), 0);
}

function nameOf(table: SourceTable): TableName {
  return { schema: table.schema, name: table.name };
}
