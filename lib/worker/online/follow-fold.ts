import type {
  CutoverReport,
  Divergence,
  FollowEvent,
  FollowFigures,
  TableChanges,
} from "@/lib/engine/cdc/follow-options";
import type { ObjectFailure, TableName } from "@/lib/engine/events";
import {
  parseFollowFigures,
  type StoredFollowFigures,
  type UnfollowedTable,
} from "@/lib/migrations/follow-figures";
import type { PhaseChange } from "@/lib/migrations/phases";
import type { CutoverResult } from "@/lib/migrations/read-model";
import type { NewEvent } from "@/lib/store/events";
import type { FollowChange, TableChangesRow } from "@/lib/store/online/follow-progress";
import { describeCutover, divergedEvent, stoppedEvent, walWarning, withKey } from "./follow-messages";

/** What one followed database has to write since the last drain. */
export interface FollowBatch {
  databaseId: string;
  isChanged: boolean;
  change: FollowChange;
  tables: TableChangesRow[];
  problems: ObjectFailure[];
  events: NewEvent[];
  phases: PhaseChange[];
}

/** Each is counted; of the first ones the log and the list of problems tell where they are. */
const LOGGED_DIVERGENCES = 20;
const LISTED_DIVERGENCES = 200;
const LOGGED_FAILURES = 50;

/** Where an earlier run left off. */
export interface FollowBefore {
  figures: unknown;
  stopped: readonly UnfollowedTable[];
  tables: readonly TableChangesRow[];
}

/**
 * Folds what following one database tells into what the store is to hold. The engine counts from each of its calls on; here the
 * sums since the copy are kept, absolute, so that a batch that could not be written goes into the next without loss.
 */
export class FollowFold {
  readonly databaseId: string;
  readonly #database: string;
  readonly #base: StoredFollowFigures | null;
  readonly #baseTables: ReadonlyMap<string, TableChangesRow>;
  readonly #dirty = new Map<string, TableChangesRow>();
  #figures: StoredFollowFigures | null;
  #stopped: UnfollowedTable[];
  #change: FollowChange = {};
  #isChanged = false;
  #divergences = 0;
  #failures = 0;
  #problems: ObjectFailure[] = [];
  #events: NewEvent[] = [];
  #phases: PhaseChange[] = [];

  constructor(databaseId: string, database: string, before: FollowBefore) {
    this.databaseId = databaseId;
    this.#database = database;
    this.#base = parseFollowFigures(before.figures);
    this.#figures = this.#base;
    this.#stopped = [...before.stopped];
    this.#baseTables = new Map(before.tables.map((table) => [keyOf(table), table]));
  }

  /** The newest figures; null before the first. */
  get figures(): StoredFollowFigures | null {
    return this.#figures;
  }

  /** Takes one event in, received at `at`. */
  apply(event: FollowEvent, at: Date): void {
    this.#isChanged = true;
    switch (event.type) {
      case "follow-progress":
        this.#applyFigures(event.figures, event.tables, at);
        break;
      case "caught-up":
        this.#change.caughtUpAt = at;
        this.#log("info", "caught-up", "Caught up with the source; a cutover may be asked for.", at);
        break;
      case "table-stopped":
        this.#applyStop({ ...nameOf(event.table), reason: event.stop }, event.failure);
        break;
      case "diverged":
        this.#applyDivergence(event.divergence, withKey(event.failure, event.divergence));
        break;
      case "wal-warning":
        this.#events.push({ ...walWarning(event), database: this.#database, at });
        break;
      case "cutover-started":
        this.#applyCutoverStart(event, at);
        break;
      case "cutover-step":
        this.#log("info", "cutover-step", `${event.step} took ${Math.round(event.ms)} ms.`, at, {
          step: event.step,
          ms: event.ms,
        });
        break;
      case "rehearsed":
        this.#change.rehearsal = resultOf(event.cutover);
        this.#change.phase = "catch-up";
        this.#log(
          "info",
          "rehearsal-ended",
          `Rehearsal of the cutover ended: ${describeCutover(event.cutover)}`,
          at,
        );
        break;
      case "object-failed":
        this.#applyFailure(event.failure);
        break;
      case "note":
        this.#log("info", "note", event.message, at, event.data ?? {});
        break;
      default:
        event satisfies never;
    }
  }

  /** The database enters a phase. */
  enter(phase: "catch-up" | "cutover", at: Date): void {
    this.#isChanged = true;
    this.#change.phase = phase;
    this.#phases.push({ phase, change: "started", at: at.toISOString(), databaseId: this.databaseId });
  }

  /** Hands out what has changed and begins anew. */
  drain(): FollowBatch {
    const batch: FollowBatch = {
      databaseId: this.databaseId,
      isChanged: this.#isChanged,
      change: this.#change,
      tables: [...this.#dirty.values()],
      problems: this.#problems,
      events: this.#events,
      phases: this.#phases,
    };
    this.#isChanged = false;
    this.#change = {};
    this.#dirty.clear();
    this.#problems = [];
    this.#events = [];
    this.#phases = [];
    return batch;
  }

  /** Takes back a batch that could not be written. */
  restore(batch: FollowBatch): void {
    this.#isChanged ||= batch.isChanged;
    this.#change = { ...batch.change, ...this.#change };
    for (const table of batch.tables)
      if (!this.#dirty.has(keyOf(table))) this.#dirty.set(keyOf(table), table);
    this.#problems = [...batch.problems, ...this.#problems];
    this.#events = [...batch.events, ...this.#events];
    this.#phases = [...batch.phases, ...this.#phases];
  }

  #applyFigures(figures: FollowFigures, tables: readonly TableChanges[], at: Date): void {
    this.#figures = addFigures(this.#base, figures, at);
    this.#change.figures = this.#figures;
    for (const changes of tables) {
      const base = this.#baseTables.get(keyOf(changes.table));
      this.#dirty.set(keyOf(changes.table), {
        databaseId: this.databaseId,
        ...nameOf(changes.table),
        inserts: (base?.inserts ?? 0) + changes.inserts,
        updates: (base?.updates ?? 0) + changes.updates,
        deletes: (base?.deletes ?? 0) + changes.deletes,
        truncates: (base?.truncates ?? 0) + changes.truncates,
      });
    }
  }

  #applyStop(table: UnfollowedTable, failure: ObjectFailure): void {
    const others = this.#stopped.filter((one) => keyOf(one) !== keyOf(table));
    const isKnown = others.length < this.#stopped.length;
    this.#stopped = [...others, table];
    this.#change.stopped = this.#stopped;
    // A run that goes on after a restart meets the same change again.
    if (isKnown) return;
    this.#problems.push(failure);
    this.#events.push({ ...stoppedEvent(table, failure), database: this.#database });
  }

  #applyDivergence(divergence: Divergence, failure: ObjectFailure): void {
    const count = ++this.#divergences;
    if (count <= LISTED_DIVERGENCES) this.#problems.push(failure);
    if (count <= LOGGED_DIVERGENCES)
      this.#events.push({
        ...divergedEvent(divergence, failure, count === LOGGED_DIVERGENCES),
        database: this.#database,
      });
  }

  #applyCutoverStart({ isRehearsal, lsn }: { isRehearsal: boolean; lsn: string }, at: Date): void {
    if (!isRehearsal) this.enter("cutover", at);
    const what = isRehearsal ? "Rehearsal of the cutover" : "Cutover";
    const kind = isRehearsal ? "rehearsal-started" : "cutover-started";
    this.#log("info", kind, `${what} started: everything before ${lsn} is applied first.`, at, { lsn });
  }

  #applyFailure(failure: ObjectFailure): void {
    this.#problems.push(failure);
    if (++this.#failures > LOGGED_FAILURES) return;
    this.#events.push({
      level: failure.severity,
      kind: "object-failed",
      message: failure.message,
      database: this.#database,
      object: failure.object,
      data: { code: failure.code, sqlState: failure.sqlState, kind: failure.kind },
    });
  }

  #log(
    level: "info" | "warning",
    kind: NewEvent["kind"],
    message: string,
    at: Date,
    data: Record<string, unknown> = {},
  ): void {
    this.#events.push({ level, kind, message, database: this.#database, at, data });
  }
}

/** A cutover as it is stored. */
export function resultOf({ startedAt, lsn, ms, steps, unfollowed }: CutoverReport): CutoverResult {
  return { startedAt, lsn, ms, steps, unfollowed };
}

function addFigures(base: StoredFollowFigures | null, figures: FollowFigures, at: Date): StoredFollowFigures {
  const sum = (name: Summed) => (base?.[name] ?? 0) + figures[name];
  const { lagMs, lagBytes, incomingChanges, slot } = figures;
  return {
    at: at.toISOString(),
    lagMs,
    lagBytes,
    incomingChanges,
    appliedChanges: sum("appliedChanges"),
    inserts: sum("inserts"),
    updates: sum("updates"),
    deletes: sum("deletes"),
    truncates: sum("truncates"),
    transactions: sum("transactions"),
    divergences: sum("divergences"),
    slot: slot ?? base?.slot ?? null,
  };
}

type Summed =
  | "appliedChanges"
  | "inserts"
  | "updates"
  | "deletes"
  | "truncates"
  | "transactions"
  | "divergences";

function keyOf(table: TableName): string {
  return JSON.stringify([table.schema, table.name]);
}

function nameOf({ schema, name }: TableName): TableName {
  return { schema, name };
}
