import type { EngineEvent, EnginePhase, KeptReason, ObjectFailure, TableName } from "@/lib/engine/events";
import { tableKey } from "@/lib/engine/schema/restore-plan";
import type { PhaseChange } from "@/lib/migrations/phases";
import type { DatabaseCounters } from "@/lib/store/database-progress";
import type { NewEvent } from "@/lib/store/events";
import type { PlannedTableRow, TableProgressRow } from "@/lib/store/table-progress";

/** What one database has to write since the last drain. */
export interface DatabaseBatch {
  databaseId: string;
  plan: PlannedTableRow[] | null;
  tables: TableProgressRow[];
  counters: DatabaseCounters | null;
  problems: ObjectFailure[];
  events: NewEvent[];
  phases: PhaseChange[];
}

/** A table as it is now, times in milliseconds since 1970: there may be 50,000 of them. */
interface FoldedTable extends Omit<TableProgressRow, "databaseId" | "startedAt" | "endedAt"> {
  startedAt: number | null;
  endedAt: number | null;
}

/** A migration of thousands of broken objects must not flood the log; all of them are in the list of problems. */
const LOGGED_FAILURES = 50;

/**
 * Folds the engine's events of one database into what the store is to hold. All figures are absolute, so a batch that could not
 * be written is folded into the next one without loss or double counting.
 */
export class ProgressFold {
  readonly databaseId: string;
  readonly #database: string;
  /** By tableKey(), with the bytes expected of each: tables of the plan that are not completed, or whose completion was not handed out yet. */
  readonly #left = new Map<string, number>();
  /** Of those the ones of which something was said. */
  readonly #tables = new Map<string, FoldedTable>();
  readonly #dirty = new Set<string>();
  readonly #counters: DatabaseCounters = emptyCounters();
  #changed = false;
  #failures = 0;
  #plan: PlannedTableRow[] | null = null;
  #problems: ObjectFailure[] = [];
  #events: NewEvent[] = [];
  #phases: PhaseChange[] = [];
  #kept: { tables: number; bytes: number; rows: number; reason: KeptReason } | null = null;

  readonly #goesOn: boolean;
  #planned: Extract<EngineEvent, { type: "planned" }> | null = null;

  /** `before`: counters of the earlier run this one goes on from; null when it begins anew. */
  constructor(databaseId: string, database: string, before: Partial<DatabaseCounters> | null = null) {
    this.databaseId = databaseId;
    this.#database = database;
    this.#goesOn = before !== null;
    Object.assign(this.#counters, before);
  }

  /** Bytes and rows copied so far, and tables being copied now. */
  totals(): { bytesCopied: number; rowsCopied: number; activeJobs: number } {
    const { bytesCopied, rowsCopied, tablesLoading } = this.#counters;
    return { bytesCopied, rowsCopied, activeJobs: tablesLoading };
  }

  /** Takes one event in, received at `at`. */
  apply(event: EngineEvent, at: Date): void {
    this.#changed = true;
    if (SHOWS_WHAT_WAS_KEPT.has(event.type)) this.#showPlan();
    switch (event.type) {
      case "phase-started":
      case "phase-ended":
        this.#applyPhase(event.phase, event.type === "phase-started", at);
        break;
      case "planned":
        this.#planned = event;
        // What of the plan is done already is said a while later; until then the earlier run's figures hold.
        if (!this.#goesOn) this.#showPlan();
        break;
      case "table-started":
        this.#applyTableStart(event, at);
        break;
      case "table-progress":
        this.#updateTable(event.table, { bytesCopied: event.bytes, rowsCopied: event.rows });
        break;
      case "table-completed":
        this.#updateTable(event.table, {
          state: "completed",
          bytesCopied: event.bytes,
          rowsCopied: event.rows,
          endedAt: at.getTime(),
        });
        this.#logTable(event, at);
        break;
      case "table-failed":
        this.#updateTable(event.table, {
          state: "errored",
          bytesCopied: 0,
          rowsCopied: 0,
          endedAt: at.getTime(),
        });
        this.#applyFailure(event.failure, "table-failed");
        break;
      case "table-kept":
        this.#applyKept(event);
        break;
      case "step-completed":
        this.#log({
          level: "debug",
          kind: "step-completed",
          message: `${event.step} took ${event.ms} ms.`,
          data: { step: event.step, ms: event.ms },
          at,
        });
        break;
      case "index-completed":
        this.#counters.indexesDone++;
        this.#logIndex(event, at);
        break;
      case "object-failed":
        this.#applyFailure(event.failure, "object-failed");
        break;
      case "note":
        this.#log({
          level: event.isUrgent ? "warning" : "info",
          kind: "note",
          message: event.message,
          data: event.data ?? {},
        });
        break;
      default:
        event satisfies never;
    }
  }

  /** Hands out what has changed and begins anew. */
  drain(): DatabaseBatch {
    this.#logKept();
    const batch: DatabaseBatch = {
      databaseId: this.databaseId,
      plan: this.#plan,
      tables: [...this.#dirty].flatMap((key) => this.#tables.get(key) ?? []).map((table) => this.#row(table)),
      counters: this.#changed ? { ...this.#counters } : null,
      problems: this.#problems,
      events: this.#events,
      phases: this.#phases,
    };
    this.#plan = null;
    for (const table of batch.tables) if (table.state === "completed") this.#forget(tableKey(table));
    this.#dirty.clear();
    this.#changed = false;
    this.#problems = [];
    this.#events = [];
    this.#phases = [];
    return batch;
  }

  /** Nothing is said of it any more. */
  #forget(key: string): void {
    this.#left.delete(key);
    this.#tables.delete(key);
  }

  #takeBack({ databaseId: _, startedAt, endedAt, ...table }: TableProgressRow): void {
    const key = tableKey(table);
    const folded = { ...table, startedAt: startedAt?.getTime() ?? null, endedAt: endedAt?.getTime() ?? null };
    if (!this.#left.has(key)) this.#left.set(key, folded.bytesCopied);
    if (!this.#tables.has(key)) this.#tables.set(key, folded);
    this.#dirty.add(key);
  }

  #row({ startedAt, endedAt, ...table }: FoldedTable): TableProgressRow {
    return { ...table, databaseId: this.databaseId, startedAt: timeOf(startedAt), endedAt: timeOf(endedAt) };
  }

  /** Takes back a batch that could not be written. */
  restore(batch: DatabaseBatch): void {
    // A plan that came since replaces what the batch tells of tables.
    if (this.#plan === null) for (const table of batch.tables) this.#takeBack(table);
    this.#plan ??= batch.plan;
    this.#changed ||= batch.counters !== null;
    this.#problems = [...batch.problems, ...this.#problems];
    this.#events = [...batch.events, ...this.#events];
    this.#phases = [...batch.phases, ...this.#phases];
  }

  #applyPhase(phase: EnginePhase, started: boolean, at: Date): void {
    if (started) this.#counters.phase = phase;
    const change = started ? "started" : "ended";
    this.#phases.push({ phase, change, at: at.toISOString(), databaseId: this.databaseId });
    this.#log({
      level: "info",
      kind: started ? "phase-started" : "phase-ended",
      message: `${PHASE_NAMES[phase]} ${started ? "started" : "ended"}.`,
      data: { phase },
      at,
    });
  }

  #showPlan(): void {
    const event = this.#planned;
    if (event === null) return;
    this.#planned = null;
    this.#plan = event.tables;
    this.#tables.clear();
    this.#dirty.clear();
    this.#left.clear();
    for (const table of event.tables) this.#left.set(tableKey(table), Math.max(0, table.bytesEstimated));
    Object.assign(this.#counters, emptyCounters(), {
      phase: this.#counters.phase,
      bytesEstimated: event.tables.reduce((sum, table) => sum + Math.max(0, table.bytesEstimated), 0),
      tablesQueued: event.tables.length,
      indexesTotal: event.indexes,
    });
  }

  #applyTableStart(event: Extract<EngineEvent, { type: "table-started" }>, at: Date): void {
    const { table, format, attempt } = event;
    if (attempt > 1) {
      this.#log({
        level: "warning",
        kind: "table-retried",
        message: `Copying again, attempt ${attempt}.`,
        object: `${table.schema}.${table.name}`,
      });
    }
    const earlier = this.#tables.get(tableKey(table))?.startedAt;
    this.#updateTable(table, {
      state: "loading",
      format,
      attempts: attempt,
      bytesCopied: 0,
      rowsCopied: 0,
      startedAt: earlier ?? at.getTime(),
      endedAt: null,
    });
  }

  /** No end is written: the store has when the earlier run completed it. */
  #applyKept({ table, bytes, rows, reason }: Extract<EngineEvent, { type: "table-kept" }>): void {
    this.#updateTable(table, { state: "completed", bytesCopied: bytes, rowsCopied: rows, endedAt: null });
    this.#kept ??= { tables: 0, bytes: 0, rows: 0, reason };
    this.#kept.tables++;
    this.#kept.bytes += bytes;
    this.#kept.rows += rows;
  }

  /** One event for all tables that were kept, however many. */
  #logKept(): void {
    if (this.#kept === null) return;
    const { tables, rows, reason } = this.#kept;
    this.#log({
      level: "debug",
      kind: "table-kept",
      message: `${tables === 1 ? "1 table" : `${tables} tables`} (${rows} rows) kept from the earlier run: ${KEPT_REASONS[reason]}.`,
      data: { ...this.#kept },
    });
    this.#kept = null;
  }

  #logTable(event: Extract<EngineEvent, { type: "table-completed" }>, at: Date): void {
    const { table, bytes, rows, ms, parts } = event;
    const row = this.#tables.get(tableKey(table));
    this.#log({
      level: "debug",
      kind: "table-completed",
      message: `${rows} rows copied in ${ms} ms.`,
      object: `${table.schema}.${table.name}`,
      data: {
        rows,
        bytes,
        ms,
        parts,
        format: row?.format ?? null,
        startedAt: timeOf(row?.startedAt ?? null)?.toISOString(),
      },
      at,
    });
  }

  #logIndex(event: Extract<EngineEvent, { type: "index-completed" }>, at: Date): void {
    const { object, table, ms, kept } = event;
    this.#log({
      level: "debug",
      kind: "index-completed",
      message: kept ? "Kept from the earlier run." : `Built in ${ms} ms.`,
      object,
      data: { table: `${table.schema}.${table.name}`, ms, kept },
      at,
    });
  }

  /** Changes a table and the counters with it. A table that is not in the plan is no one's. */
  #updateTable(name: TableName, change: Partial<FoldedTable>): void {
    const key = tableKey(name);
    const bytesEstimated = this.#left.get(key);
    if (bytesEstimated === undefined) return;
    const table = this.#tables.get(key) ?? queued(name);
    this.#tables.set(key, table);
    this.#count(table, bytesEstimated, -1);
    Object.assign(table, change);
    this.#count(table, bytesEstimated, 1);
    this.#dirty.add(key);
  }

  #count(table: FoldedTable, bytesEstimated: number, sign: 1 | -1): void {
    const counters = this.#counters;
    // An estimate gives way to what the table came to, so that the share that is copied only grows, and to all of it.
    counters.bytesEstimated +=
      sign * (table.state === "completed" ? table.bytesCopied : Math.max(bytesEstimated, table.bytesCopied));
    counters.bytesCopied += sign * table.bytesCopied;
    counters.rowsCopied += sign * table.rowsCopied;
    if (table.state === "queued") counters.tablesQueued += sign;
    if (table.state === "loading") counters.tablesLoading += sign;
    if (table.state === "completed") counters.tablesCompleted += sign;
    if (table.state === "errored") counters.tablesErrored += sign;
  }

  #applyFailure(failure: ObjectFailure, kind: "table-failed" | "object-failed"): void {
    this.#problems.push(failure);
    if (++this.#failures > LOGGED_FAILURES) return;
    this.#log({
      level: failure.severity,
      kind,
      message: failure.message,
      object: failure.object,
      data: { code: failure.code, sqlState: failure.sqlState, kind: failure.kind },
    });
  }

  #log(event: NewEvent): void {
    this.#events.push({ ...event, database: this.#database });
  }
}

/** Events that come after those of what an earlier run finished, or are of them. */
const SHOWS_WHAT_WAS_KEPT: ReadonlySet<EngineEvent["type"]> = new Set<EngineEvent["type"]>([
  "table-kept",
  "table-started",
  "table-progress",
  "table-completed",
  "table-failed",
  "index-completed",
  "phase-ended",
]);

const KEPT_REASONS = {
  "source-unchanged": "nothing was written to the source since",
  "checksum-equal": "they are equal to the source's",
  "changes-follow": "what was written to the source since will be applied to them",
} as const satisfies Record<KeptReason, string>;

const PHASE_NAMES = {
  schema: "Schema",
  copy: "Copying rows",
  indexes: "Indexes and constraints",
  finish: "Finishing",
} as const;

function queued({ schema, name }: TableName): FoldedTable {
  return {
    schema,
    name,
    state: "queued",
    format: null,
    bytesCopied: 0,
    rowsCopied: 0,
    attempts: 0,
    startedAt: null,
    endedAt: null,
  };
}

function timeOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}

function emptyCounters(): DatabaseCounters {
  return {
    phase: "queued",
    bytesEstimated: 0,
    bytesCopied: 0,
    rowsCopied: 0,
    tablesQueued: 0,
    tablesLoading: 0,
    tablesCompleted: 0,
    tablesErrored: 0,
    indexesTotal: 0,
    indexesDone: 0,
  };
}
