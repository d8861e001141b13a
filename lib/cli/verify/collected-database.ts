import type {
  RowDifference,
  SchemaDiffLine,
  VerifiedResult,
  VerifyEvent,
} from "@/lib/engine/verify/verify-events";
import type { DatabaseVerification } from "@/lib/engine/verify/verify-options";

/** What differs in one item. */
export interface CollectedItem {
  result: VerifiedResult;
  rows: RowDifference[];
}

/** Everything a verification said about one database. */
export class CollectedDatabase implements DatabaseVerification {
  readonly name: string;
  readonly targetName: string;
  outcome: DatabaseVerification["outcome"] = "incomplete";
  items = 0;
  different = 0;
  unchecked = 0;
  readonly notes: string[] = [];
  lines: SchemaDiffLine[] = [];
  readonly #items = new Map<string, Partial<CollectedItem>>();

  constructor(name: string, targetName: string) {
    this.name = name;
    this.targetName = targetName;
  }

  apply(event: VerifyEvent): void {
    switch (event.type) {
      case "item-ended":
        this.#itemOf(event.result.item).result = event.result;
        break;
      case "rows-differ":
        this.#itemOf(event.item).rows = event.rows;
        break;
      case "schema-differs":
        this.lines = event.lines;
        break;
      case "note":
        this.notes.push(event.message);
        break;
      case "planned":
      case "item-started":
      case "item-progress":
        break;
    }
  }

  end({ outcome, items, different, unchecked }: DatabaseVerification): void {
    Object.assign(this, { outcome, items, different, unchecked });
  }

  /** Items that have ended, by kind and name. */
  ended(): CollectedItem[] {
    const items = [...this.#items.values()].flatMap(({ result, rows = [] }) =>
      result ? [{ result, rows }] : [],
    );
    const key = ({ result: { item } }: CollectedItem) => `${item.kind} ${item.schema}.${item.name}`;
    return items.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  toJSON() {
    const { name, targetName, outcome, items, different, unchecked, notes, lines } = this;
    const results = this.ended().map(({ result, rows }) => ({ ...result, rows }));
    return { name, targetName, outcome, items, different, unchecked, notes, results, schemaDiff: lines };
  }

  #itemOf({ kind, schema, name }: VerifiedResult["item"]): Partial<CollectedItem> {
    const key = JSON.stringify([kind, schema, name]);
    const item = this.#items.get(key) ?? {};
    this.#items.set(key, item);
    return item;
  }
}
