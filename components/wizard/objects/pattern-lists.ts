import type { DatabaseFilterBody } from "@/lib/migrations/filter";
import { PatternError, parseObjectPattern, parseSchemaPattern } from "@/lib/util/object-pattern";

/** The lists of a filter a person can add a pattern to. */
export const PATTERN_LISTS = [
  { value: "exclude.tables", label: "Leave out tables", example: "*.log_*" },
  { value: "exclude.tableData", label: "Leave out rows of tables", example: "audit.*" },
  { value: "exclude.indexes", label: "Leave out indexes", example: "*_trgm_idx" },
  { value: "exclude.schemas", label: "Leave out schemas", example: "tmp_*" },
  { value: "include.tables", label: "Only these tables", example: "sales.*" },
  { value: "include.schemas", label: "Only these schemas", example: "tenant_4?" },
] as const;

export type PatternListId = (typeof PATTERN_LISTS)[number]["value"];

export interface ListedPattern {
  list: PatternListId;
  pattern: string;
}

/** Patterns the tree has no tick box for: those with wildcards, and names without a schema. */
export function widePatterns(filter: DatabaseFilterBody): ListedPattern[] {
  return PATTERN_LISTS.flatMap(({ value: list }) =>
    patternsOf(filter, list)
      .filter((pattern) => list.startsWith("include.") || isWide(list, pattern))
      .map((pattern) => ({ list, pattern })),
  );
}

/** The filter with one more pattern. */
export function withPattern(
  filter: DatabaseFilterBody,
  { list, pattern }: ListedPattern,
): DatabaseFilterBody {
  return changed(filter, list, [...new Set([...patternsOf(filter, list), pattern])]);
}

/** The filter without a pattern. */
export function withoutPattern(
  filter: DatabaseFilterBody,
  { list, pattern }: ListedPattern,
): DatabaseFilterBody {
  return changed(
    filter,
    list,
    patternsOf(filter, list).filter((other) => other !== pattern),
  );
}

/** Why a text is no pattern; null when it is one. */
export function patternProblem(list: PatternListId, text: string): string | null {
  try {
    parse(list, text);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

function parse(list: PatternListId, text: string) {
  return list.endsWith(".schemas") ? parseSchemaPattern(text) : parseObjectPattern(text);
}

function isWide(list: PatternListId, pattern: string): boolean {
  const { exact } = parse(list, pattern);
  return exact === null || (exact.schema === null && !list.endsWith(".schemas"));
}

function patternsOf({ include, exclude }: DatabaseFilterBody, list: PatternListId): readonly string[] {
  switch (list) {
    case "exclude.tables":
      return exclude?.tables ?? [];
    case "exclude.tableData":
      return exclude?.tableData ?? [];
    case "exclude.indexes":
      return exclude?.indexes ?? [];
    case "exclude.schemas":
      return exclude?.schemas ?? [];
    case "include.tables":
      return include?.tables ?? [];
    case "include.schemas":
      return include?.schemas ?? [];
  }
}

function changed(filter: DatabaseFilterBody, list: PatternListId, patterns: string[]): DatabaseFilterBody {
  const [side = "", name = ""] = list.split(".");
  const before = side === "include" ? filter.include : filter.exclude;
  const entries = Object.entries({ ...before, [name]: patterns }).filter(([, texts]) => texts?.length);
  const { [side as "include"]: _, ...rest } = filter;
  return entries.length === 0 ? rest : { ...rest, [side]: Object.fromEntries(entries) };
}
