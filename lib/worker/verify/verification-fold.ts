import type { RowDifference, VerifiedItem, VerifyEvent } from "@/lib/engine/verify/verify-events";
import type { VerificationSchemaLine } from "@/lib/migrations/verification";
import type { ItemUpdate, PlannedItem, RowUpdate } from "@/lib/store/verifications/verification-items";

/** What one database's verification has to tell the store since the last write. */
export interface VerificationBatch {
  database: string;
  /** Replaces the items there are; null: no new plan. */
  planned: PlannedItem[] | null;
  items: ItemUpdate[];
  rows: RowUpdate[];
  lines: VerificationSchemaLine[] | null;
  notes: string[];
}

/** Kept of one item's rows, in characters; what comes after is counted, not kept. */
const ITEM_LIMIT = 16_000_000;
/** A value longer than this is cut for display, in characters. */
const VALUE_LIMIT = 10_000;
/** A repair statement longer than this is not kept: half a statement would be worse than none. */
const REPAIR_LIMIT = 1_000_000;

/** Folds the engine's events of one database, so that the store is written once a second whatever their number. */
export class VerificationFold {
  readonly database: string;
  readonly #rankOf: (item: VerifiedItem) => number;
  readonly #items = new Map<string, ItemUpdate>();
  readonly #kept = new Map<string, number>();
  #changed = new Set<string>();
  #planned: PlannedItem[] | null = null;
  #rows: RowUpdate[] = [];
  #lines: VerificationSchemaLine[] | null = null;
  #notes: string[] = [];

  /** `rankOf` orders the plan: lower first. */
  constructor(database: string, rankOf: (item: VerifiedItem) => number = () => 0) {
    this.database = database;
    this.#rankOf = rankOf;
  }

  /** Takes one event. */
  apply(event: VerifyEvent): void {
    switch (event.type) {
      case "planned":
        this.#plan(event.items);
        break;
      case "item-started":
        this.#update(event.item, { state: "running" });
        break;
      case "item-progress":
        this.#update(event.item, { bytesRead: event.bytes });
        break;
      case "item-ended": {
        const { item, state, differences, differencesLimited, message, ms } = event.result;
        const { sourceRows, targetRows, sourceChecksum, targetChecksum } = event.result;
        const figures = { sourceRows, targetRows, sourceChecksum, targetChecksum, differences, message, ms };
        this.#update(item, { ...figures, state, ...(differencesLimited ? { limited: true } : {}) });
        break;
      }
      case "rows-differ":
        this.#keepRows(event.item, event.rows);
        break;
      case "schema-differs":
        this.#lines = event.lines.map(({ kind, source, target, text }) => ({ kind, source, target, text }));
        break;
      case "note":
        this.#notes.push(event.message);
        break;
    }
  }

  /** What has come in since the last call; null when nothing has. */
  drain(): VerificationBatch | null {
    if (!this.#planned && this.#changed.size === 0 && !this.#lines && this.#notes.length === 0) return null;
    const batch: VerificationBatch = {
      database: this.database,
      planned: this.#planned,
      items: [...this.#changed].flatMap((key) => this.#items.get(key) ?? []).map((item) => ({ ...item })),
      rows: this.#rows,
      lines: this.#lines,
      notes: this.#notes,
    };
    this.#planned = null;
    // Nothing is said any more of what has ended, and there may be 50,000 of it.
    for (const item of batch.items) if (HAS_ENDED.has(item.state)) this.#items.delete(keyOf(item));
    this.#changed = new Set();
    this.#rows = [];
    this.#lines = null;
    this.#notes = [];
    return batch;
  }

  /** Takes back a batch that could not be written. */
  restore(batch: VerificationBatch): void {
    // A plan that came since replaces everything the batch was about.
    if (this.#planned) return;
    this.#planned = batch.planned;
    for (const item of batch.items) {
      const key = keyOf(item);
      if (!this.#items.has(key)) this.#items.set(key, item);
      this.#changed.add(key);
    }
    this.#rows = [...batch.rows, ...this.#rows];
    this.#lines ??= batch.lines;
    this.#notes = [...batch.notes, ...this.#notes];
  }

  #plan(items: readonly (VerifiedItem & { bytesEstimated: number })[]): void {
    this.#items.clear();
    this.#kept.clear();
    this.#changed.clear();
    this.#rows = [];
    this.#lines = null;
    this.#planned = items
      .map(({ kind, schema, name, bytesEstimated }) => ({
        database: this.database,
        kind,
        schema,
        name,
        bytesEstimated,
      }))
      .sort((a, b) => this.#rankOf(a) - this.#rankOf(b));
  }

  #update(item: VerifiedItem, change: Partial<ItemUpdate>): void {
    const key = keyOf(item);
    const known = this.#items.get(key) ?? newItem(this.database, item);
    this.#items.set(key, { ...known, ...change });
    this.#changed.add(key);
  }

  #keepRows(item: VerifiedItem, rows: readonly RowDifference[]): void {
    const key = keyOf(item);
    for (const row of rows) {
      const bounded = boundedRow(this.database, item, row);
      const size = (this.#kept.get(key) ?? 0) + sizeOf(bounded);
      if (size > ITEM_LIMIT) {
        this.#update(item, { limited: true });
        return;
      }
      this.#kept.set(key, size);
      this.#rows.push(bounded);
    }
    // Rows need their item to be there.
    this.#update(item, this.#items.has(key) ? {} : { state: "running" });
  }
}

const HAS_ENDED: ReadonlySet<ItemUpdate["state"]> = new Set<ItemUpdate["state"]>([
  "equal",
  "different",
  "unchecked",
]);

function keyOf({ kind, schema, name }: { kind: string; schema: string; name: string }): string {
  return JSON.stringify([kind, schema, name]);
}

function newItem(database: string, { kind, schema, name }: VerifiedItem): ItemUpdate {
  return {
    database,
    kind,
    schema,
    name,
    state: "queued",
    bytesRead: 0,
    sourceRows: null,
    targetRows: null,
    sourceChecksum: null,
    targetChecksum: null,
    differences: 0,
    limited: false,
    message: null,
    ms: null,
  };
}

function boundedRow(database: string, item: VerifiedItem, row: RowDifference): RowUpdate {
  return {
    database,
    kind: item.kind,
    schema: item.schema,
    name: item.name,
    rowKind: row.kind,
    key: boundedValues(row.key),
    source: row.source && boundedValues(row.source),
    target: row.target && boundedValues(row.target),
    repair: row.repair !== null && row.repair.length <= REPAIR_LIMIT ? row.repair : null,
  };
}

function boundedValues(values: Record<string, string | null>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(values).map(([column, value]) => [column, boundedText(value)]));
}

function boundedText(value: string | null): string | null {
  if (value === null || value.length <= VALUE_LIMIT) return value;
  // Cutting may halve a character, which JSON in the store does not take.
  return `${value.slice(0, VALUE_LIMIT).toWellFormed()} … (${value.length - VALUE_LIMIT} more characters)`;
}

function sizeOf(row: RowUpdate): number {
  return JSON.stringify([row.key, row.source, row.target]).length + (row.repair?.length ?? 0);
}
