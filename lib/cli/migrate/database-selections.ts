import { readFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "@/lib/cli/usage-error";
import {
  type DatabaseFilterBody,
  type DatabaseSelection,
  databaseSelectionsSchema,
  hasFilter,
} from "@/lib/migrations/filter";

/** Filters and target names as typed. */
export interface SelectionOptions {
  includeSchema?: string[];
  excludeSchema?: string[];
  includeTable?: string[];
  excludeTable?: string[];
  excludeTableData?: string[];
  excludeIndex?: string[];
  filterFile?: string;
  rename?: string[];
}

const filterFile = z.strictObject({ databases: databaseSelectionsSchema });

type Lists = [keyof SelectionOptions, "include" | "exclude", "schemas" | "tables" | "tableData" | "indexes"];

const LISTS: readonly Lists[] = [
  ["includeSchema", "include", "schemas"],
  ["includeTable", "include", "tables"],
  ["excludeSchema", "exclude", "schemas"],
  ["excludeTable", "exclude", "tables"],
  ["excludeTableData", "exclude", "tableData"],
  ["excludeIndex", "exclude", "indexes"],
];

/**
 * What the options say about the databases to migrate, as `howdah.databases` has it; databases without a filter or another
 * name are not in it. Throws UsageError, also for a database that is not migrated.
 */
export function readSelections(options: SelectionOptions, databases: readonly string[]): DatabaseSelection[] {
  const selections = new Map<string, DatabaseSelection>(
    databases.map((name) => [name, { name }] as [string, DatabaseSelection]),
  );
  for (const entry of options.filterFile === undefined ? [] : readFile(options.filterFile)) {
    if (!selections.has(entry.name)) throw notMigrated(`--filter-file ${options.filterFile}`, entry.name);
    selections.set(entry.name, entry);
  }
  for (const [option, side, list] of LISTS)
    for (const text of valuesOf(options, option))
      for (const { database, pattern } of meantBy(text, optionName(option), databases))
        addPattern(selections.get(database), side, list, pattern);
  for (const text of options.rename ?? []) rename(selections, text);
  const parsed = databaseSelectionsSchema.safeParse([...selections.values()]);
  if (!parsed.success) throw new UsageError(parsed.error.issues.map(({ message }) => message).join(" "));
  return parsed.data.filter((entry) => entry.targetName !== undefined || hasFilter(entry));
}

function readFile(path: string): DatabaseSelection[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `--filter-file ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const parsed = filterFile.safeParse(content);
  if (parsed.success) return parsed.data.databases;
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
  throw new UsageError(`--filter-file ${path}: ${problems.join("; ")}`);
}

function valuesOf(options: SelectionOptions, option: keyof SelectionOptions): readonly string[] {
  const value = options[option];
  return Array.isArray(value) ? value : [];
}

/** "shop:app.log_*" is about the database shop, a pattern alone about all of them. */
function meantBy(
  text: string,
  option: string,
  databases: readonly string[],
): { database: string; pattern: string }[] {
  const colon = colonOf(text);
  if (colon === -1) return databases.map((database) => ({ database, pattern: text }));
  const database = plain(text.slice(0, colon));
  if (!databases.includes(database)) throw notMigrated(option, database);
  return [{ database, pattern: text.slice(colon + 1) }];
}

/** Position of the first colon outside of double quotes, or -1. */
function colonOf(text: string): number {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === ":" && !isQuoted) return at;
  }
  return -1;
}

function plain(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function addPattern(
  selection: DatabaseSelection | undefined,
  side: Lists[1],
  list: Lists[2],
  pattern: string,
): void {
  if (!selection) return;
  const lists: DatabaseFilterBody["exclude"] = { ...selection[side] };
  lists[list] = [...(lists[list] ?? []), pattern];
  selection[side] = lists;
}

function rename(selections: Map<string, DatabaseSelection>, text: string): void {
  const [from = "", to = "", ...more] = text.split("=");
  if (from === "" || to === "" || more.length > 0)
    throw new UsageError(`--rename ${text}: write it as old=new.`);
  const selection = selections.get(from);
  if (!selection) throw notMigrated("--rename", from);
  selection.targetName = to;
}

function notMigrated(option: string, database: string): UsageError {
  return new UsageError(
    `${option} names the database "${database}", which is not migrated. Name it in --databases; a colon that belongs to a pattern stands in double quotes.`,
  );
}

/** "excludeTableData" as it is typed. */
function optionName(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
