/**
 * What of each database moves and under which name: `howdah.databases` of a migration's properties. Azure knows no such
 * property. The patterns follow lib/util/object-pattern.ts.
 */
import { z } from "zod";
import { PatternError, parseObjectPattern, parseSchemaPattern } from "@/lib/util/object-pattern";
import { databaseName } from "./database-name";

export const MAX_PATTERNS = 5_000;
export const MAX_PATTERN_LENGTH = 300;
const MAX_DATABASES = 5_000;

const schemaPatterns = patternList(parseSchemaPattern);
const objectPatterns = patternList(parseObjectPattern);

/** Same shape as the engine's DatabaseFilter. */
export const databaseFilterSchema = z.strictObject({
  include: z.strictObject({ schemas: schemaPatterns, tables: objectPatterns }).optional(),
  exclude: z
    .strictObject({
      schemas: schemaPatterns,
      tables: objectPatterns,
      tableData: objectPatterns,
      indexes: objectPatterns,
    })
    .optional(),
});
export type DatabaseFilterBody = z.infer<typeof databaseFilterSchema>;

/** One database of a migration: its name on the source, its name on the target when another, what of it moves. */
export const databaseSelectionSchema = databaseFilterSchema.extend({
  name: databaseName,
  targetName: databaseName.optional(),
});
export type DatabaseSelection = z.infer<typeof databaseSelectionSchema>;

/** The list as it stands in `howdah.databases`; databases without an entry move whole and keep their name. */
export const databaseSelectionsSchema = z.array(databaseSelectionSchema).max(MAX_DATABASES);

/** A fault of the list as a whole; `index` is the entry to show it at. */
export interface SelectionProblem {
  index: number;
  field: "name" | "targetName";
  message: string;
}

/** Faults that only show beside the list of databases to migrate; empty when there are none. */
export function findSelectionProblems(
  dbsToMigrate: readonly string[],
  selections: readonly DatabaseSelection[],
): SelectionProblem[] {
  const chosen = new Set(dbsToMigrate);
  const seen = new Set<string>();
  const problems: SelectionProblem[] = [];
  selections.forEach(({ name }, index) => {
    if (!chosen.has(name))
      problems.push({
        index,
        field: "name",
        message: `The database "${name}" is not among those to migrate.`,
      });
    if (seen.has(name))
      problems.push({ index, field: "name", message: `The database "${name}" is listed twice.` });
    seen.add(name);
  });
  return [...problems, ...findSharedTargets(dbsToMigrate, selections)];
}

/** Name on the target of each database to migrate, by its name on the source. */
export function targetNames(
  dbsToMigrate: readonly string[],
  selections: readonly DatabaseSelection[] | undefined,
): Map<string, string> {
  const renamed = new Map(selections?.map(({ name, targetName }) => [name, targetName]));
  return new Map(dbsToMigrate.map((name) => [name, renamed.get(name) ?? name]));
}

/** True when the selection leaves anything out. */
export function hasFilter({ include, exclude }: DatabaseFilterBody): boolean {
  return [...Object.values(include ?? {}), ...Object.values(exclude ?? {})].some((list) => list?.length);
}

function findSharedTargets(
  dbsToMigrate: readonly string[],
  selections: readonly DatabaseSelection[],
): SelectionProblem[] {
  const sources = new Map<string, string>();
  const shared = new Map<string, string>();
  for (const [name, target] of targetNames(dbsToMigrate, selections)) {
    const other = sources.get(target);
    if (other === undefined) sources.set(target, name);
    else {
      shared.set(name, other);
      shared.set(other, name);
    }
  }
  return selections.flatMap(({ name, targetName }, index) => {
    const other = shared.get(name);
    if (other === undefined || targetName === undefined) return [];
    const message = `"${name}" and "${other}" cannot both become "${targetName}" on the target.`;
    return [{ index, field: "targetName" as const, message }];
  });
}

function patternList(parse: (text: string) => unknown) {
  return z
    .array(
      z
        .string()
        .max(MAX_PATTERN_LENGTH, `A pattern has at most ${MAX_PATTERN_LENGTH} characters.`)
        .superRefine((text, context) => {
          const message = problemOf(text, parse);
          if (message) context.addIssue({ code: "custom", message });
        }),
    )
    .max(MAX_PATTERNS, `A list has at most ${MAX_PATTERNS} patterns.`)
    .optional();
}

/** Why a pattern cannot be read; null when it can. */
function problemOf(text: string, parse: (text: string) => unknown): string | null {
  try {
    parse(text);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
