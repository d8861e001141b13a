import type { TableChanges } from "../follow-options";
import type { KeyedChange } from "./fold";
import type { TablePlan } from "./table-plan";

/** A change of a row that is to be applied. */
export interface PlannedRow {
  kind: "row";
  plan: TablePlan;
  counts: TableChanges;
  change: KeyedChange;
}

/** Tables to be emptied by one statement, or where a foreign key forbids that, by one each. */
export interface PlannedTruncate {
  kind: "truncate";
  counts: TableChanges[];
  statements: string[];
}

export type PlannedChange = PlannedRow | PlannedTruncate;

/** A change that the target did not take; `index` is its place among those given. */
export interface BadChange {
  index: number;
  row: PlannedRow;
  message: string;
}

/** The first change that cannot be applied, and why; nothing after it was. */
export class BadChangeError extends Error {
  readonly index: number;
  readonly change: PlannedChange;
  /** A divergence; else `cause` tells what the server refused. */
  readonly divergence: BadChange | null;

  constructor(index: number, change: PlannedChange, divergence: BadChange | null, cause?: unknown) {
    super(divergence?.message ?? "the target refused a change", { cause });
    this.name = "BadChangeError";
    this.index = index;
    this.change = change;
    this.divergence = divergence;
  }
}
