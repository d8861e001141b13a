/**
 * Patterns that name schemas, tables and indexes, after psql's (app-psql.html#APP-PSQL-PATTERNS) without its regular expressions:
 * `sales`, `sales.orders`, `*.log_*`, `"Mixed Case".*`. `*` is any run of characters, `?` any one; both are literal within
 * double quotes, as is a dot; `""` there is one quote. Case counts, quoted or not: names are as the catalogue has them.
 */
export interface ObjectPattern {
  /** null: the pattern named no schema, so every schema is meant. */
  schema: RegExp | null;
  name: RegExp;
}

/** Thrown for a text that is no pattern. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Reads "schema.name" or "name". Throws PatternError. */
export function parseObjectPattern(text: string): ObjectPattern {
  const parts = splitParts(text);
  const [first = "", second] = parts;
  if (parts.length > 2) throw new PatternError(`"${text}" has more than one dot; put names with dots in double quotes.`);
  if (parts.some((part) => part === "")) throw new PatternError(`"${text}" lacks a name before or after the dot.`);
  return second === undefined
    ? { schema: null, name: anchored(first) }
    : { schema: anchored(first), name: anchored(second) };
}

/** Reads the pattern of a schema. Throws PatternError, also for a dot outside of quotes. */
export function parseSchemaPattern(text: string): RegExp {
  const parts = splitParts(text);
  const [only = ""] = parts;
  if (parts.length !== 1 || only === "") throw new PatternError(`"${text}" does not name a schema.`);
  return anchored(only);
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

/** Regular expression sources of the parts between dots. */
function splitParts(text: string): string[] {
  const parts: string[] = [""];
  const append = (source: string) => parts.push((parts.pop() ?? "") + source);
  let isQuoted = false;
  const characters = [...text];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === '"') {
      if (isQuoted && characters[at + 1] === '"') {
        append('"');
        at++;
      } else isQuoted = !isQuoted;
    } else if (!isQuoted && character === ".") parts.push("");
    else if (!isQuoted && character === "*") append("[^]*");
    else if (!isQuoted && character === "?") append("[^]");
    else append(character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&"));
  }
  if (isQuoted) throw new PatternError(`"${text}" has an opening double quote without a closing one.`);
  return parts;
}

function anchored(source: string): RegExp {
  return new RegExp(`^${source}$`, "u");
}
