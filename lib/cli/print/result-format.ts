import { search } from "@jmespath-community/jmespath";
import { stringify } from "yaml";
import type { Output } from "@/lib/cli/output";
import { printable, textTable } from "@/lib/cli/text-table";
import { UsageError } from "@/lib/cli/usage-error";

/** How results are printed; the words of az. */
export const RESULT_FORMATS = ["json", "jsonc", "table", "tsv", "yaml"] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

export interface ResultOptions {
  output: ResultFormat;
  /** JMESPath (https://jmespath.org) applied to the result before it is printed. */
  query?: string;
}

type Json = Parameters<typeof search>[0];

/**
 * Prints a result to standard output. `lines` are for people: what `table` prints when there is no query; without them every result is
 * made a table of its plain values. Throws UsageError for a query that is none.
 */
export function printResult(
  result: unknown,
  { output: format, query }: ResultOptions,
  output: Output,
  lines?: () => string[],
): void {
  if (format === "table" && query === undefined && lines) {
    for (const line of lines()) output.out(line);
    return;
  }
  const chosen = query === undefined ? result : applyQuery(result, query);
  if (chosen === null || chosen === undefined) return;
  for (const line of linesOf(chosen, format)) output.out(line);
}

/** Checks a query before anything is sent. Throws UsageError. */
export function checkQuery(query: string | undefined): void {
  if (query !== undefined) applyQuery({}, query, true);
}

function applyQuery(result: unknown, query: string, onlySyntax = false): unknown {
  try {
    // A copy, without what JSON does not carry.
    return search(JSON.parse(JSON.stringify(result)) as Json, query);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Functions may well refuse the empty value that a query is tried on.
    if (onlySyntax && !/syntax|unexpected|token|parse|unclosed|unknown function/i.test(message)) return null;
    throw new UsageError(`--query: ${printable(message)}`);
  }
}

function linesOf(result: unknown, format: ResultFormat): string[] {
  switch (format) {
    case "json":
      return [JSON.stringify(result, null, 2)];
    case "jsonc":
      return [
        process.stdout.isTTY ? colored(JSON.stringify(result, null, 2)) : JSON.stringify(result, null, 2),
      ];
    case "yaml":
      return [stringify(result, { lineWidth: 0 }).trimEnd()];
    case "tsv":
      return tsvLines(result);
    case "table":
      return tableLines(result);
  }
}

const COLORS = { key: "\u001b[34m", text: "\u001b[32m", other: "\u001b[36m", end: "\u001b[0m" };

function colored(json: string): string {
  return json.replace(
    /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null|-?\d[\d.eE+-]*)\b/g,
    (token, text: string | undefined, colon: string | undefined) => {
      if (text === undefined) return `${COLORS.other}${token}${COLORS.end}`;
      return `${colon === undefined ? COLORS.text : COLORS.key}${text}${COLORS.end}${colon ?? ""}`;
    },
  );
}

/** As az writes them: a line for each item, its plain values between tabs, lists as their length. */
function tsvLines(result: unknown): string[] {
  const rows = Array.isArray(result) ? result : [result];
  return rows.map((row: unknown) => cellsOf(row).map(tsvCell).join("\t"));
}

function cellsOf(row: unknown): unknown[] {
  if (Array.isArray(row)) return row;
  if (typeof row === "object" && row !== null) return Object.values(row);
  return [row];
}

function tsvCell(value: unknown): string {
  if (Array.isArray(value)) return String(value.length);
  if (value === null || value === undefined) return "None";
  if (typeof value === "object") return "";
  return String(value).replace(/[\t\r\n]+/g, " ");
}

function tableLines(result: unknown): string[] {
  const rows = Array.isArray(result) ? result : [result];
  if (rows.length === 0) return [];
  const objects = rows.map((row: unknown) =>
    typeof row === "object" && row !== null && !Array.isArray(row)
      ? (row as Record<string, unknown>)
      : Object.fromEntries(cellsOf(row).map((value, index) => [`Column${index + 1}`, value])),
  );
  const keys = [...new Set(objects.flatMap((row) => Object.keys(row).filter((key) => isPlain(row[key]))))];
  if (keys.length === 0) return [];
  return textTable(
    objects,
    keys.map((key) => ({ heading: key, text: (row) => (isPlain(row[key]) ? String(row[key] ?? "") : "") })),
  );
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}
