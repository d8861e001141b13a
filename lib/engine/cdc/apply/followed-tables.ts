import type { Lsn } from "@/lib/postgres/lsn";
import { displayName, qualified } from "@/lib/postgres/sql";
import { describeCode, type ErrorCode } from "@/lib/util/error-codes";
import type { ObjectFailure, TableName } from "../../events";
import type { OldValue, Relation, Truncate } from "../decode/change";
import { isMendedAtCutover, type TableChanges, type TableStop } from "../follow-options";
import type { ApplierOptions } from "./apply-options";
import type { KeyedChange } from "./fold";
import type { PlannedChange } from "./planned-change";
import { planTable, type TablePlan, tableId } from "./table-plan";
import { isReferredTo, readTargetTable, type TargetTable } from "./target-table";

/** What is known of one table while changes are applied. */
export interface TableState {
  table: TableName;
  /** null: its changes are not applied. */
  lsn: Lsn | null;
  isStopped: boolean;
  counts: TableChanges;
}

interface Known {
  relation: Relation;
  state: TableState;
  /** Made when the first change is to be applied; null of a stopped table. */
  plan: TablePlan | null;
}

/** Asks the target's catalogue. */
export interface TargetCatalog {
  readTable: (table: TableName) => Promise<TargetTable | null>;
  /** Qualified names as an array literal. */
  isReferredTo: (tables: string) => Promise<boolean>;
}

export type FollowedTablesOptions = Pick<ApplierOptions, "tableLsn" | "onTableStopped">;

/** Says which changes are to be applied and how, and stops the tables of which that cannot be said. */
export class FollowedTables {
  readonly #options: FollowedTablesOptions;
  readonly #catalog: TargetCatalog;
  readonly #states = new Map<string, TableState>();
  readonly #known = new WeakMap<Relation, Known>();
  /** Asked for several times for each change. */
  #last: Known | null = null;
  #telling: Promise<void>[] = [];

  constructor(options: FollowedTablesOptions, catalog: TargetCatalog) {
    this.#options = options;
    this.#catalog = catalog;
  }

  /** Of every table with changes that were applied. */
  get changes(): TableChanges[] {
    return [...this.#states.values()].flatMap(({ counts }) => {
      const { inserts, updates, deletes, truncates } = counts;
      return inserts + updates + deletes + truncates > 0 ? [{ ...counts }] : [];
    });
  }

  /** null: nothing of it is applied. Else the position as of which its rows are on the target. */
  lsnOf(relation: Relation): Lsn | null {
    const { state } = this.#of(relation);
    return state.isStopped ? null : state.lsn;
  }

  /** The part of a change that tables do not have yet; null: nothing. `endLsn` is the end of its transaction. */
  wantedOf(change: KeyedChange | Truncate, endLsn: Lsn): KeyedChange | Truncate | null {
    if (change.kind !== "truncate") return this.#isWanted(change.relation, endLsn) ? change : null;
    const relations = change.relations.filter((relation) => this.#isWanted(relation, endLsn));
    return relations.length > 0 ? { ...change, relations } : null;
  }

  /** True when `plan` does not have to ask the target for any of them. */
  areKnown(changes: readonly (KeyedChange | Truncate)[]): boolean {
    for (let at = 0; at < changes.length; at++) {
      const change = changes[at];
      if (!change || change.kind === "truncate") return false;
      const { state, plan } = this.#of(change.relation);
      if (plan === null && !state.isStopped && state.lsn !== null) return false;
    }
    return true;
  }

  /**
   * Puts what is to be applied of a change into `out`. A promise when the target has to be asked first; it rejects with
   * what the session reports.
   */
  plan(change: KeyedChange | Truncate, out: PlannedChange[]): undefined | Promise<void> {
    if (change.kind === "truncate") return this.#planTruncate(change, out);
    const known = this.#of(change.relation);
    if (known.state.isStopped || known.state.lsn === null) return undefined;
    if (known.plan) {
      this.#add(known.plan, known.state, change, out);
      return undefined;
    }
    return this.#learn(change.relation, known).then((plan) => {
      if (plan) this.#add(plan, known.state, change, out);
    });
  }

  /** Changes of the table are not applied any more; whoever says so tells of it. */
  leaveOut({ schema, name }: TableName): void {
    this.#stateOf({ schema, name }).isStopped = true;
  }

  /** Resolves when every stop so far was told; rejects with what that threw. */
  async told(): Promise<void> {
    if (this.#telling.length === 0) return;
    const telling = this.#telling;
    this.#telling = [];
    await Promise.all(telling);
  }

  #isWanted(relation: Relation, endLsn: Lsn): boolean {
    const { state } = this.#of(relation);
    return !state.isStopped && state.lsn !== null && endLsn > state.lsn;
  }

  #of(relation: Relation): Known {
    const last = this.#last;
    if (last?.relation === relation) return last;
    const known = this.#known.get(relation);
    if (known) {
      this.#last = known;
      return known;
    }
    const state = this.#stateOf({ schema: relation.schema, name: relation.name });
    const made = { relation, state, plan: null };
    this.#known.set(relation, made);
    return made;
  }

  #stateOf(table: TableName): TableState {
    const known = this.#states.get(tableId(table));
    if (known) return known;
    const counts = { table, inserts: 0, updates: 0, deletes: 0, truncates: 0 };
    const state = { table, lsn: this.#options.tableLsn(table), isStopped: false, counts };
    this.#states.set(tableId(table), state);
    return state;
  }

  async #learn(relation: Relation, known: Known): Promise<TablePlan | null> {
    const planned = planTable(relation, await this.#catalog.readTable(known.state.table));
    if ("stop" in planned) {
      this.#stop(known.state, planned.stop, planned.message);
      return null;
    }
    known.plan = planned.plan;
    return planned.plan;
  }

  #add(plan: TablePlan, state: TableState, change: KeyedChange, out: PlannedChange[]): void {
    if (!isOfUnknownRow(plan, change)) out.push({ kind: "row", plan, counts: state.counts, change });
    else this.#stop(state, "no-identity", "Rows were changed, and nothing tells which.");
  }

  async #planTruncate(change: Truncate, out: PlannedChange[]): Promise<void> {
    const followed: TableState[] = [];
    for (const relation of change.relations) {
      const known = this.#of(relation);
      if (known.state.isStopped || known.state.lsn === null) continue;
      if (known.plan ?? (await this.#learn(relation, known))) followed.push(known.state);
    }
    if (followed.length === 0) return;
    const names = followed.map(({ table }) => qualified(table.schema, table.name));
    const array = `{${names.map((name) => `"${name.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
    const only = names.map((name) => `only ${name}`).join(", ");
    const restart = change.restartIdentity ? " restart identity" : "";
    out.push({
      kind: "truncate",
      counts: followed.map(({ counts }) => counts),
      // TRUNCATE would be refused; no trigger fires on the DELETE.
      statements: (await this.#catalog.isReferredTo(array))
        ? names.map((name) => `delete from only ${name}`)
        : [`truncate ${only}${restart}`],
    });
  }

  #stop(state: TableState, stop: TableStop, message: string): void {
    if (state.isStopped) return;
    state.isStopped = true;
    const telling = this.#options.onTableStopped(state.table, stop, stopFailure(state.table, stop, message));
    if (!telling) return;
    // Whoever waits for it gets the error; until then it must not count as unhandled.
    telling.catch(() => undefined);
    this.#telling.push(telling);
  }
}

/** Under FULL an old row is always sent, unless the table had another identity when the change was made. */
function isOfUnknownRow(plan: TablePlan, change: KeyedChange): boolean {
  if (change.kind === "insert") return false;
  if (change.old === null) return change.kind === "delete" || plan.key === null || plan.isFull;
  return plan.key === null && change.old.kind === "key" && !isToldByWritten(plan, change.old.values);
}

/** False when a generated column is part of what tells the row: it is computed on the target, and may be so in another way. */
function isToldByWritten({ columns }: TablePlan, old: readonly OldValue[]): boolean {
  const told = old.filter((value) => typeof value === "string").length;
  return told > 0 && columns.filter(({ at }) => typeof old[at] === "string").length === told;
}

/** Of the target's session, which is asked in turn with all else. */
export function catalogOf(
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  session: Parameters<typeof readTargetTable>[0],
): TargetCatalog {
  return {
    readTable: (table) => inTurn(() => readTargetTable(session, table)),
    isReferredTo: (tables) => inTurn(() => isReferredTo(session, tables)),
  };
}

const MENDED_CODES: Partial<Record<TableStop, ErrorCode>> = {
  "no-identity": "TABLE_WITHOUT_IDENTITY",
  replaced: "TABLE_REPLACED",
  "columns-changed": "TABLE_ALTERED",
  refused: "TABLE_ALTERED",
};

/** What is told of a table whose changes are not applied any more; of one that the cutover mends it only warns. */
export function stopFailure({ schema, name }: TableName, stop: TableStop, message: string): ObjectFailure {
  const code = MENDED_CODES[stop] ?? "TABLE_CHANGED";
  return {
    severity: isMendedAtCutover(stop) ? "warning" : "error",
    kind: "table",
    object: displayName(schema, name),
    code,
    sqlState: null,
    message,
    remedy: describeCode(code).remedy,
    statement: null,
  };
}
