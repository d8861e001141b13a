import { CodedError } from "@/lib/util/coded-error";
import { PatternError, parseObjectPattern, parseSchemaPattern } from "@/lib/util/object-pattern";
import { PatternSet } from "@/lib/util/pattern-set";
import type { DatabaseFilter } from "./database-filter";

/** "exclude.tables": where in a filter a pattern stands. */
export type PatternListName =
  | "include.schemas"
  | "include.tables"
  | "exclude.schemas"
  | "exclude.tables"
  | "exclude.tableData"
  | "exclude.indexes";

export interface UnmatchedPattern {
  list: PatternListName;
  pattern: string;
}

/** One list of a filter; it remembers which of its patterns ever meant something. */
export class PatternList {
  readonly name: PatternListName;
  readonly #texts: readonly string[];
  readonly #set: PatternSet;
  readonly #matched = new Set<string>();

  /** Throws CodedError FILTER_INVALID that names the pattern. */
  constructor(name: PatternListName, texts: readonly string[] = []) {
    this.name = name;
    this.#texts = texts;
    const kind = name.endsWith(".schemas") ? "schemas" : "objects";
    // One by one first, so that the error can tell which.
    for (const text of texts) readable(name, kind, text);
    this.#set = new PatternSet(kind, texts);
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** True when a pattern of the list means the object; of a schema, give its name as `name`. */
  matches(schema: string | null, name: string): boolean {
    const found = this.#set.matching(schema, name);
    for (const text of found) this.#matched.add(text);
    return found.length > 0;
  }

  /** Patterns that have meant nothing so far. */
  unmatched(): UnmatchedPattern[] {
    return this.#texts
      .filter((text) => !this.#matched.has(text))
      .map((pattern) => ({ list: this.name, pattern }));
  }
}

function readable(list: PatternListName, kind: "schemas" | "objects", text: string): void {
  try {
    if (kind === "schemas") parseSchemaPattern(text);
    else parseObjectPattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const message = `The pattern in ${list} cannot be read: ${error.message}`;
    throw new CodedError("FILTER_INVALID", message, { subject: text, cause: error });
  }
}

/** All lists of a filter. */
export interface FilterPatterns {
  includeSchemas: PatternList;
  includeTables: PatternList;
  excludeSchemas: PatternList;
  excludeTables: PatternList;
  excludeTableData: PatternList;
  excludeIndexes: PatternList;
}

/** Reads every pattern of a filter. Throws CodedError FILTER_INVALID. */
export function readPatterns({ include, exclude }: DatabaseFilter): FilterPatterns {
  return {
    includeSchemas: new PatternList("include.schemas", include?.schemas),
    includeTables: new PatternList("include.tables", include?.tables),
    excludeSchemas: new PatternList("exclude.schemas", exclude?.schemas),
    excludeTables: new PatternList("exclude.tables", exclude?.tables),
    excludeTableData: new PatternList("exclude.tableData", exclude?.tableData),
    excludeIndexes: new PatternList("exclude.indexes", exclude?.indexes),
  };
}
