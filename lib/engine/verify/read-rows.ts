import type pg from "pg";
import { ident } from "@/lib/postgres/sql";
import type { VerifiedTable } from "./list-verified-tables";
import type { RowReference } from "./match-rows";
import { repairOf } from "./repair-sql";
import { columnText, type VerifiedColumn } from "./row-hash";
import { fromClause, placeOf, type TablePair } from "./table-pair";
import type { RowDifference } from "./verify-events";

/** Rows read at once. */
const BATCH = 50;
/** Characters of values held for one table, about; what one value may take follows from it. */
const TEXT_BUDGET = 16 * 1024 * 1024;
const LONGEST_VALUE = 4_000;
const SHORTEST_LIMIT = 200;

/** A row's values as text; of long ones the beginning, which no repair can use. */
export interface RowValues {
  values: Record<string, string | null>;
  cut: ReadonlySet<string>;
}

/** Reads the rows that differ, column by column, with their repairs. Both sessions must be within the snapshots of the comparison. */
export async function readDifferingRows(
  pair: TablePair,
  clients: readonly [pg.Client, pg.Client],
  references: readonly RowReference[],
): Promise<RowDifference[]> {
  const cells = references.length * pair.columns.length * 2;
  const limit = Math.max(
    SHORTEST_LIMIT,
    Math.min(LONGEST_VALUE, Math.floor(TEXT_BUDGET / Math.max(1, cells))),
  );
  const told: RowDifference[] = [];
  for (let at = 0; at < references.length; at += BATCH) {
    const batch = references.slice(at, at + BATCH);
    const read = (client: pg.Client, table: VerifiedTable, ctids: (string | null)[]) =>
      readRows(
        client,
        table,
        pair.columns,
        ctids.flatMap((ctid) => ctid ?? []),
        limit,
      );
    const ours = await read(
      clients[0],
      pair.source,
      batch.map(({ source }) => source),
    );
    const theirs = await read(
      clients[1],
      pair.target,
      batch.map(({ target }) => target),
    );
    for (const reference of batch) {
      const source = reference.source === null ? null : (ours.get(reference.source) ?? null);
      const target = reference.target === null ? null : (theirs.get(reference.target) ?? null);
      if (source || target) told.push(describe(pair, reference, source, target));
    }
  }
  return told;
}

function describe(
  pair: TablePair,
  reference: RowReference,
  source: RowValues | null,
  target: RowValues | null,
): RowDifference {
  const names = pair.key ?? pair.columns.map(({ name }) => name);
  const known = (source ?? target)?.values ?? {};
  return {
    kind: reference.kind,
    key: Object.fromEntries(names.map((name) => [name, known[name] ?? null])),
    source: source?.values ?? null,
    target: target?.values ?? null,
    repair: repairOf(pair, reference, source, target),
  };
}

/** By ctid: within one snapshot a row stays where it is (ddl-system-columns.html). */
async function readRows(
  client: pg.Client,
  table: VerifiedTable,
  columns: readonly VerifiedColumn[],
  ctids: readonly string[],
  limit: number,
): Promise<Map<string, RowValues>> {
  if (ctids.length === 0) return new Map();
  const values = columns.map((column) => shownValue(column, limit));
  const isChosen = table.partitioned
    ? `${placeOf(table)} = any ($1::text[])`
    : "t.ctid = any ($1::text[]::pg_catalog.tid[])";
  const { rows } = await client.query<(string | null)[]>({
    text: `select ${[placeOf(table), ...values].join(", ")} ${fromClause(table, [isChosen])}`,
    values: [ctids],
    rowMode: "array",
  });
  return new Map(rows.map(([ctid, ...texts]) => [ctid ?? "", readValues(columns, texts)]));
}

function readValues(columns: readonly VerifiedColumn[], texts: readonly (string | null)[]): RowValues {
  const values: Record<string, string | null> = {};
  const cut = new Set<string>();
  for (const [index, { name }] of columns.entries()) {
    const text = texts[index] ?? null;
    values[name] = text === null ? null : text.slice(1);
    if (text?.startsWith("-")) cut.add(name);
  }
  return { values, cut };
}

/** "+" and the text, or "-" and the beginning of a text that is too long, with what tells it from others. */
function shownValue(column: VerifiedColumn, limit: number): string {
  const end = (value: string) =>
    `'... (' || pg_catalog.octet_length(${value}) || ' bytes, MD5 ' || pg_catalog.md5(${value}) || ')'`;
  const text = columnText(column);
  if (column.builtIn === "bytea") {
    const value = `t.${ident(column.name)}`;
    const start = `pg_catalog.encode(pg_catalog.substr(${value}, 1, ${Math.floor(limit / 2)}), 'hex')`;
    return `case when pg_catalog.octet_length(${value}) > ${Math.floor(limit / 2)} then '-\\x' || ${start} || ${end(value)} else '+' || ${text} end`;
  }
  return `case when pg_catalog.octet_length(${text}) > ${limit} then '-' || pg_catalog."left"(${text}, ${limit}) || ${end(text)} else '+' || ${text} end`;
}
