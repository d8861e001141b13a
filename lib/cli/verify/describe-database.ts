import type { RowDifference, SchemaDiffLine, VerifiedItem } from "@/lib/engine/verify/verify-events";
import { countNoun, groupDigits } from "@/lib/migrations/format-quantity";
import { displayIdent, displayName } from "@/lib/postgres/sql";
import type { CollectedDatabase, CollectedItem } from "./collected-database";

/** Rows of one table, and lines of the schema, that a terminal is given; a report file holds them all. */
const ROWS_SHOWN = 20;
const LINES_SHOWN = 200;
const VALUE_WIDTH = 120;

const OUTCOME: Readonly<Record<CollectedDatabase["outcome"], string>> = {
  equal: "equal",
  different: "DIFFERENT",
  incomplete: "INCOMPLETE: nothing that was compared differs, but not everything could be compared",
};

/** The report of one database for people: outcome, what differs down to the rows, what was not compared, what is equal. */
export function describeDatabase(database: CollectedDatabase): string[] {
  const items = database.ended();
  const of = (state: string) => items.filter(({ result }) => result.state === state);
  const name =
    database.name === database.targetName ? database.name : `${database.name} and ${database.targetName}`;
  const lines = [`${name}: ${OUTCOME[database.outcome]}`];
  for (const item of of("different")) lines.push(...describeDifferent(item, database.lines));
  for (const { result } of of("unchecked"))
    lines.push(`  not compared: ${titleOf(result.item)}`, `    ${result.message ?? ""}`);
  for (const note of database.notes) lines.push(`  note: ${note}`);
  const equal = of("equal");
  if (equal.length > 0) lines.push(`  equal: ${describeEqual(equal)}`);
  return lines;
}

function describeDifferent({ result, rows }: CollectedItem, schema: readonly SchemaDiffLine[]): string[] {
  const { item, message, sourceRows, targetRows } = result;
  const figures =
    sourceRows === null || targetRows === null
      ? ""
      : ` (${groupDigits(Number(sourceRows))} on the source, ${groupDigits(Number(targetRows))} on the target)`;
  const lines = [`  different: ${titleOf(item)}${figures}`, `    ${message ?? ""}`];
  for (const row of rows.slice(0, ROWS_SHOWN)) lines.push(...describeRow(row).map((line) => `    ${line}`));
  if (rows.length > ROWS_SHOWN)
    lines.push(`    and ${countNoun(rows.length - ROWS_SHOWN, "more row")}; --report holds them`);
  if (item.kind === "schema") lines.push(...describeSchema(schema).map((line) => `    ${line}`));
  return lines;
}

function titleOf({ kind, schema, name }: VerifiedItem): string {
  if (schema === "") return name;
  return `${kind === "materialized-view" ? "materialized view" : kind} ${displayName(schema, name)}`;
}

function describeRow({ kind, key, source, target }: RowDifference): string[] {
  const keyText = Object.entries(key).map(([name, value]) => `${displayIdent(name)} = ${shown(value)}`);
  const title = `${kind} ${keyText.join(", ")}`;
  if (kind !== "changed" || !source || !target) return [cut(title, VALUE_WIDTH * 2)];
  const changed = Object.keys(source).filter((name) => source[name] !== target[name]);
  return [
    cut(title, VALUE_WIDTH * 2),
    ...changed.flatMap((name) => [
      `  ${displayIdent(name)}`,
      `    source ${cut(shown(source[name]), VALUE_WIDTH)}`,
      `    target ${cut(shown(target[name]), VALUE_WIDTH)}`,
    ]),
  ];
}

/** In quotes, with what would move the cursor escaped: a value may come from anybody. */
function shown(value: string | null | undefined): string {
  return value === null || value === undefined ? "null" : JSON.stringify(value);
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

const SIGNS: Readonly<Record<SchemaDiffLine["kind"], string>> = {
  same: " ",
  removed: "-",
  added: "+",
  gap: "…",
};

/** As diff does it: - is only on the source, + only on the target. */
function describeSchema(lines: readonly SchemaDiffLine[]): string[] {
  const shownLines = lines.slice(0, LINES_SHOWN).map(({ kind, text }) => `${SIGNS[kind]} ${text}`);
  const rest = lines.length - shownLines.length;
  return rest > 0 ? [...shownLines, `and ${countNoun(rest, "more line")}; --report holds them`] : shownLines;
}

const NOUNS: Readonly<Record<VerifiedItem["kind"], readonly [string, string]>> = {
  table: ["table", "tables"],
  "materialized-view": ["materialized view", "materialized views"],
  sequence: ["sequence", "sequences"],
  "large-objects": ["all large objects", "all large objects"],
  schema: ["the schema", "the schema"],
  "database-settings": ["database settings", "database settings"],
  extensions: ["extension versions", "extension versions"],
  roles: ["roles", "roles"],
};

function describeEqual(items: readonly CollectedItem[]): string {
  const counts = new Map<VerifiedItem["kind"], number>();
  for (const { result } of items) counts.set(result.item.kind, (counts.get(result.item.kind) ?? 0) + 1);
  const rows = items.reduce(
    (sum, { result }) => sum + (result.item.kind === "table" ? Number(result.sourceRows ?? 0) : 0),
    0,
  );
  return [...counts]
    .map(([kind, count]) => {
      const [one, many] = NOUNS[kind];
      if (kind === "table") return `${countNoun(count, one)} with ${countNoun(rows, "row")}`;
      return kind === "materialized-view" || kind === "sequence" ? countNoun(count, one, many) : one;
    })
    .join(", ");
}
