import { CodedError } from "@/lib/util/coded-error";
import {
  matchesObject,
  type ObjectPattern,
  PatternError,
  parseObjectPattern,
  parseSchemaPattern,
} from "@/lib/util/object-pattern";
import { addTo } from "./catalogue";
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
  readonly #matched = new Set<string>();
  /** By schema and name, or by the name alone: a person who unticks 5,000 of 10,000 tables makes 5,000 exact patterns. */
  readonly #exact = new Map<string, string[]>();
  readonly #wild: { text: string; pattern: ObjectPattern }[] = [];

  /** Throws CodedError FILTER_INVALID that names the pattern. */
  constructor(name: PatternListName, texts: readonly string[] = []) {
    this.name = name;
    this.#texts = texts;
    for (const text of texts) this.#add(text);
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** True when a pattern of the list means the object; of a schema, give its name as `name`. */
  matches(schema: string | null, name: string): boolean {
    const found = new Set<string>();
    for (const key of [keyOf(schema, name), keyOf(null, name)]) {
      for (const text of this.#exact.get(key) ?? []) found.add(text);
    }
    for (const { text, pattern } of this.#wild)
      if (matchesObject(pattern, schema ?? "", name)) found.add(text);
    for (const text of found) this.#matched.add(text);
    return found.size > 0;
  }

  /** Patterns that have meant nothing so far. */
  unmatched(): UnmatchedPattern[] {
    return this.#texts
      .filter((text) => !this.#matched.has(text))
      .map((pattern) => ({ list: this.name, pattern }));
  }

  #add(text: string): void {
    try {
      const pattern: ObjectPattern = this.name.endsWith(".schemas")
        ? { schema: null, name: parseSchemaPattern(text), exact: null }
        : parseObjectPattern(text);
      if (pattern.exact) addTo(this.#exact, keyOf(pattern.exact.schema, pattern.exact.name), text);
      else this.#wild.push({ text, pattern });
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const message = `The pattern in ${this.name} cannot be read: ${error.message}`;
      throw new CodedError("FILTER_INVALID", message, { subject: text, cause: error });
    }
  }
}

function keyOf(schema: string | null, name: string): string {
  return schema === null ? name : `${schema}\0${name}`;
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
