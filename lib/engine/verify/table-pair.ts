import type pg from "pg";
import { displayName, ident, qualified } from "@/lib/postgres/sql";
import { setPath } from "../functions/search-path";
import type { VerifiedTable } from "./list-verified-tables";
import { type HashContext, type RowHash, rowHash, type VerifiedColumn } from "./row-hash";
import type { VerifiedItem } from "./verify-events";

/** A table that both sides have, and what of it can be compared. */
export class TablePair {
  readonly item: VerifiedItem;
  readonly source: VerifiedTable;
  readonly target: VerifiedTable;
  /** Columns of both, by name; a type that is not the same on both sides is compared by its text. */
  readonly columns: VerifiedColumn[];
  /** What differs before any row is read: columns that only one side has; null for nothing. */
  readonly columnsDiffer: string | null;
  /** Columns that tell the rows of the source apart, on the target too unless rows were added twice; null without such a key. */
  readonly key: string[] | null;
  readonly #context: HashContext;

  /** Matches up what the two sides know of a table. */
  constructor(source: VerifiedTable, target: VerifiedTable, context: HashContext) {
    this.item = { kind: source.kind, schema: source.schema, name: source.name };
    this.source = source;
    this.target = target;
    this.columns = sharedColumns(source, target);
    this.columnsDiffer = describeColumns(source, target);
    const names = new Set(this.columns.map((column) => column.name));
    this.key = source.keys.find((candidate) => candidate.every((name) => names.has(name))) ?? null;
    this.#context = context;
  }

  /** Formed anew at each look: the text is long, and there may be thousands of tables. */
  get hash(): RowHash {
    return rowHash(this.columns, this.#context);
  }
}

function sharedColumns(source: VerifiedTable, target: VerifiedTable): VerifiedColumn[] {
  const theirs = new Map(target.columns.map((column) => [column.name, column]));
  const shared = source.columns.flatMap((ours) => {
    const other = theirs.get(ours.name);
    return other && hasValues(ours, other) ? [common(ours, other)] : [];
  });
  // Most tables have the same columns on both sides, and many the same as others.
  const isSame =
    shared.length === source.columns.length && shared.every((one, at) => one === source.columns[at]);
  return isSame ? source.columns : shared;
}

/** A virtual column has no values of its own on either side. */
function hasValues(ours: VerifiedColumn, theirs: VerifiedColumn): boolean {
  return ours.generated !== "v" || theirs.generated !== "v";
}

function common(ours: VerifiedColumn, theirs: VerifiedColumn): VerifiedColumn {
  const { builtIn, generated, identity } = ours;
  if (builtIn === theirs.builtIn && generated === theirs.generated && identity === theirs.identity)
    return ours;
  return {
    ...ours,
    builtIn: ours.builtIn === theirs.builtIn ? ours.builtIn : null,
    // Repairs are written for the target.
    generated: theirs.generated,
    identity: theirs.identity,
  };
}

function describeColumns(source: VerifiedTable, target: VerifiedTable): string | null {
  const ours = new Set(source.columns.map(({ name }) => name));
  const theirs = new Set(target.columns.map(({ name }) => name));
  const only = (side: string, names: string[]) =>
    names.length === 0 ? [] : [`only the ${side} has ${names.map(ident).join(", ")}`];
  const parts = [
    ...only(
      "source",
      [...ours].filter((name) => !theirs.has(name)),
    ),
    ...only(
      "target",
      [...theirs].filter((name) => !ours.has(name)),
    ),
  ];
  return parts.length === 0 ? null : `The columns are not the same: ${parts.join("; ")}.`;
}

/** FROM and WHERE over alias t; `conditions` are joined by AND with the table's own. */
export function fromClause(table: VerifiedTable, conditions: readonly string[] = []): string {
  const all = [...(table.condition === "" ? [] : [table.condition]), ...conditions];
  const where = all.length === 0 ? "" : ` where ${all.map((one) => `(${one})`).join(" and ")}`;
  return `from ${rowsOf(table)} t${where}`;
}

/** The table as statements about its own rows name it; a partitioned one has those of its partitions. */
export function rowsOf({ schema, name, partitioned }: VerifiedTable): string {
  return partitioned ? qualified(schema, name) : `only ${qualified(schema, name)}`;
}

/** Where a row is, as text, over alias t; unique within the table. */
export function placeOf({ partitioned }: VerifiedTable): string {
  return partitioned ? "pg_catalog.concat(t.tableoid::pg_catalog.oid, t.ctid)" : "t.ctid::text";
}

/** The table as people know it. */
export function nameOf({ schema, name }: { schema: string; name: string }): string {
  return displayName(schema, name);
}

/** To be called in a reader's transaction, for which it holds, before the table is queried. */
export async function takePath(client: pg.Client, { path }: VerifiedTable): Promise<void> {
  if (path !== null) await client.query(setPath(path, "set local"));
}
