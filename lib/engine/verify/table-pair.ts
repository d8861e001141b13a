import type pg from "pg";
import { displayName, ident, qualified } from "@/lib/postgres/sql";
import { setPath } from "../functions/search-path";
import type { VerifiedTable } from "./list-verified-tables";
import { type HashContext, type RowHash, rowHash, type VerifiedColumn } from "./row-hash";
import type { VerifiedItem } from "./verify-events";

/** A table that both sides have, and what of it can be compared. */
export interface TablePair {
  item: VerifiedItem;
  source: VerifiedTable;
  target: VerifiedTable;
  /** Columns of both, by name; a type that is not the same on both sides is compared by its text. */
  columns: VerifiedColumn[];
  /** Formed anew at each look: the text is long, and there may be thousands of tables. */
  readonly hash: RowHash;
  /** What differs before any row is read: columns that only one side has; null for nothing. */
  columnsDiffer: string | null;
  /** Columns that tell the rows of the source apart, on the target too unless rows were added twice; null without such a key. */
  key: string[] | null;
}

/** Matches up what the two sides know of a table. */
export function pairTables(source: VerifiedTable, target: VerifiedTable, context: HashContext): TablePair {
  const theirs = new Map(target.columns.map((column) => [column.name, column]));
  const shared = source.columns.flatMap((ours) => {
    const other = theirs.get(ours.name);
    return other && hasValues(ours, other) ? [common(ours, other)] : [];
  });
  // Most tables have the same columns on both sides, and many the same as others.
  const isSame =
    shared.length === source.columns.length && shared.every((one, at) => one === source.columns[at]);
  const columns = isSame ? source.columns : shared;
  const names = new Set(columns.map((column) => column.name));
  const key = source.keys.find((candidate) => candidate.every((name) => names.has(name)));
  return {
    item: { kind: source.kind, schema: source.schema, name: source.name },
    source,
    target,
    columns,
    get hash() {
      return rowHash(columns, context);
    },
    columnsDiffer: describeColumns(source, target),
    key: key ?? null,
  };
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
