/**
 * Patterns that name schemas, tables and indexes, after psql's (app-psql.html#APP-PSQL-PATTERNS) without its regular expressions:
 * `sales`, `sales.orders`, `*.log_*`, `"Mixed Case".*`. `*` is any run of characters, `?` any one; both are literal within
 * double quotes, as is a dot; `""` there is one quote. Case counts, quoted or not: names are as the catalogue has them.
 */
export interface ObjectPattern {
  /** null: the pattern named no schema, so every schema is meant. */
  schema: RegExp | null;
  name: RegExp;
  /** The names, when the pattern has no wildcard: thousands of such are looked up and not tried one by one. */
  exact: { schema: string | null; name: string } | null;
}

/** Thrown for a text that is no pattern. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Reads "schema.name" or "name". Throws PatternError. */
export function parseObjectPattern(text: string): ObjectPattern {
  const parts = splitParts(text);
  if (parts.length > 2)
    throw new PatternError(`"${text}" has more than one dot; put names with dots in double quotes.`);
  const name = parts.at(-1);
  const schema = parts.length === 2 ? parts[0] : undefined;
  if (!name || parts.some((part) => part.source === ""))
    throw new PatternError(`"${text}" lacks a name before or after the dot.`);
  const isExact = parts.every((part) => part.exact);
  return {
    schema: schema ? anchored(schema.source) : null,
    name: anchored(name.source),
    exact: isExact ? { schema: schema?.text ?? null, name: name.text } : null,
  };
}

/** Reads the pattern of a schema; its `schema` is null. Throws PatternError, also for a dot outside of quotes. */
export function parseSchemaPattern(text: string): ObjectPattern {
  const [part, ...more] = splitParts(text);
  if (!part || part.source === "" || more.length > 0)
    throw new PatternError(`"${text}" does not name a schema.`);
  return {
    schema: null,
    name: anchored(part.source),
    exact: part.exact ? { schema: null, name: part.text } : null,
  };
}

/** True when the pattern means the object. */
export function matchesObject(pattern: ObjectPattern, schema: string, name: string): boolean {
  return (pattern.schema === null || pattern.schema.test(schema)) && pattern.name.test(name);
}

/** The pattern that means exactly this object. */
export function exactPattern(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** The pattern that means exactly this schema. */
export function exactSchemaPattern(schema: string): string {
  return quoted(schema);
}

function quoted(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** What stands between dots. */
interface PatternPart {
  /** Of a regular expression. */
  source: string;
  text: string;
  /** False when it has a wildcard; `text` is a name otherwise. */
  exact: boolean;
}

const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["*", "[^]*"],
  ["?", "[^]"],
]);

function splitParts(text: string): PatternPart[] {
  let part: PatternPart = { source: "", text: "", exact: true };
  const parts = [part];
  const characters = [...text];
  let isQuoted = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const isDoubled = isQuoted && character === '"' && characters[at + 1] === '"';
    if (isDoubled) at++;
    else if (character === '"') {
      isQuoted = !isQuoted;
      continue;
    }
    if (!isQuoted && character === ".") {
      part = { source: "", text: "", exact: true };
      parts.push(part);
      continue;
    }
    const wildcard = isQuoted ? undefined : WILDCARDS.get(character);
    if (wildcard !== undefined) part.exact = false;
    part.text += character;
    part.source += wildcard ?? character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
  }
  if (isQuoted) throw new PatternError(`"${text}" has an opening double quote without a closing one.`);
  return parts;
}

function anchored(source: string): RegExp {
  return new RegExp(`^${source}$`, "u");
}
