import { matchesObject, type ObjectPattern, parseObjectPattern, parseSchemaPattern } from "./object-pattern";

/**
 * Many patterns asked at once: a person who unticks 5,000 of 10,000 tables makes 5,000 exact patterns, which are looked up
 * and not tried one by one.
 */
export class PatternSet {
  readonly #exact = new Map<string, string[]>();
  readonly #wild: { text: string; pattern: ObjectPattern }[] = [];

  /** `kind`: whether the patterns mean schemas, or objects within schemas. Throws PatternError at the first unreadable one. */
  constructor(kind: "schemas" | "objects", texts: Iterable<string> = []) {
    for (const text of texts) this.#add(kind, text);
  }

  /** The patterns that mean an object; of a schema, give its name as `name`. */
  matching(schema: string | null, name: string): string[] {
    const found = [...(this.#exact.get(keyOf(null, name)) ?? [])];
    if (schema !== null) found.push(...(this.#exact.get(keyOf(schema, name)) ?? []));
    for (const { text, pattern } of this.#wild)
      if (matchesObject(pattern, schema ?? "", name)) found.push(text);
    return found;
  }

  #add(kind: "schemas" | "objects", text: string): void {
    const pattern: ObjectPattern = kind === "schemas" ? parseSchemaPattern(text) : parseObjectPattern(text);
    if (!pattern.exact) {
      this.#wild.push({ text, pattern });
      return;
    }
    const key = keyOf(pattern.exact.schema, pattern.exact.name);
    this.#exact.set(key, [...(this.#exact.get(key) ?? []), text]);
  }
}

function keyOf(schema: string | null, name: string): string {
  return schema === null ? name : `${schema}\0${name}`;
}
