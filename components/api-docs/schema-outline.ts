import type { JsonSchema } from "@/lib/migrations/api-description";

/** One property of a schema, as a row of a table. */
export interface OutlineRow {
  /** "properties.howdah.jobs", with [] for items of lists. */
  path: string;
  required: boolean;
  type: string;
  /** Named schema it is made of, to be looked up there. */
  reference: string | null;
}

/** The properties of a schema with all that lie within them, but for named schemas, which are referred to. */
export function outlineOf(schema: JsonSchema, path = ""): OutlineRow[] {
  const required = listOf(schema["required"]);
  return Object.entries(objectOf(schema["properties"])).flatMap(([name, value]) => {
    const part = objectOf(value);
    const at = path === "" ? name : `${path}.${name}`;
    const row = {
      path: at,
      required: required.includes(name),
      type: typeOf(part),
      reference: referenceOf(part),
    };
    return [row, ...within(part, at)];
  });
}

function within(schema: JsonSchema, path: string): OutlineRow[] {
  if (schema["type"] === "array") {
    const items = objectOf(schema["items"]);
    return [...outlineOf(items, `${path}[]`)];
  }
  return outlineOf(nullableOf(schema) ?? schema, path);
}

/** The named schema a schema is, or a list of; null when it has no name. */
export function referenceOf(schema: JsonSchema): string | null {
  const inner = nullableOf(schema) ?? schema;
  const reference = inner["$ref"] ?? objectOf(inner["items"])["$ref"];
  return typeof reference === "string" ? nameOf(reference) : null;
}

/** A schema's type and rules in words: "list of text, at most 50". */
export function typeOf(schema: JsonSchema): string {
  const inner = nullableOf(schema);
  if (inner) return `${typeOf(inner)}, or null`;
  const reference = schema["$ref"];
  if (typeof reference === "string") return nameOf(reference);
  if (Array.isArray(schema["enum"])) return schema["enum"].map(String).join(" | ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  const alternatives = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(alternatives)) return alternatives.map((one) => typeOf(objectOf(one))).join(" or ");
  return [plainType(schema), ...rulesOf(schema)].join(", ");
}

function plainType(schema: JsonSchema): string {
  const { type, format, items, additionalProperties } = schema;
  if (type === "string") return format === undefined ? "text" : String(format);
  if (type === "array") return `list of ${typeOf(objectOf(items))}`;
  if (type === "object" && schema["properties"] === undefined) {
    const values = objectOf(additionalProperties);
    return Object.keys(values).length > 0 ? `object of ${typeOf(values)}` : "object";
  }
  return type === undefined ? "anything" : String(type);
}

const RULES: readonly [key: string, words: (value: number) => string][] = [
  ["minLength", (value) => (value === 1 ? "not empty" : `at least ${value} characters`)],
  ["maxLength", (value) => `at most ${value} characters`],
  ["minimum", (value) => `from ${value}`],
  ["maximum", (value) => `up to ${value}`],
  ["maxItems", (value) => `at most ${value}`],
];

/** Bounds of whole numbers that JSON has anyway say nothing. */
const BOUNDLESS = 2 ** 31 - 1;

function rulesOf(schema: JsonSchema): string[] {
  const rules = RULES.flatMap(([key, words]) => {
    const value = schema[key];
    return typeof value === "number" && Math.abs(value) < BOUNDLESS ? [words(value)] : [];
  });
  return "default" in schema ? [...rules, `default ${JSON.stringify(schema["default"])}`] : rules;
}

/** What a schema is besides null; null when it cannot be null. */
function nullableOf(schema: JsonSchema): JsonSchema | null {
  const alternatives = schema["anyOf"];
  if (!Array.isArray(alternatives)) return null;
  const rest = alternatives.map(objectOf).filter((one) => one["type"] !== "null");
  const [only] = rest;
  return rest.length === 1 && alternatives.length === 2 && only ? only : null;
}

function nameOf(reference: string): string {
  return reference.split("/").at(-1) ?? reference;
}

function objectOf(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
