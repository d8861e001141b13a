import { z } from "zod";
import { ArmError, type ArmErrorDetail } from "@/lib/arm/arm-error";
import { nearestWord } from "./nearest-word";

/** Fields that answers have and requests may send back: they are left out, as Resource Manager does. Paths with dots. */
export type ReadOnlyPaths = readonly string[];

/**
 * `json` with the keys of its objects in the schema's spelling: like Resource Manager's, they are matched without regard to
 * case. Throws ArmError 400 that names every key the schema does not have, and the one that may have been meant.
 */
export function withKnownKeys(schema: z.ZodType, json: unknown, readOnly: ReadOnlyPaths = []): unknown {
  const unknown: ArmErrorDetail[] = [];
  const known = fit(schema, json, "", { unknown, readOnly: readOnly.map((path) => path.toLowerCase()) });
  const [first] = unknown;
  if (!first) return known;
  throw new ArmError(400, first.code, first.message, {
    ...(first.target === undefined ? {} : { target: first.target }),
    details: unknown.slice(0, MOST_NAMED),
  });
}

const MOST_NAMED = 20;

interface Found {
  unknown: ArmErrorDetail[];
  readOnly: readonly string[];
}

/** What is neither object nor list in the schema stays as it is: the schema itself judges it. */
function fit(schema: z.core.$ZodType, json: unknown, path: string, found: Found): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject && isPlainObject(json)) return fitObject(inner, json, path, found);
  if (inner instanceof z.ZodArray && Array.isArray(json)) {
    return json.map((item, index) => fit(inner.element, item, `${path}[${index}]`, found));
  }
  return json;
}

function fitObject(
  { shape, def }: z.ZodObject,
  json: Record<string, unknown>,
  path: string,
  found: Found,
): Record<string, unknown> {
  const spelling = new Map(Object.keys(shape).map((key) => [key.toLowerCase(), key]));
  const entries = new Map<string, unknown>();
  for (const [sent, value] of Object.entries(json)) {
    const key = spelling.get(sent.toLowerCase());
    const at = path === "" ? (key ?? sent) : `${path}.${key ?? sent}`;
    const part = key === undefined ? undefined : shape[key];
    if (key !== undefined && part) {
      if (entries.has(key)) found.unknown.push(twice(key, at));
      entries.set(key, fit(part, value, at, found));
    } else if (isOpen(def.catchall)) entries.set(sent, value);
    else if (!found.readOnly.includes(at.toLowerCase())) {
      found.unknown.push(unknownKey(sent, path, Object.keys(shape)));
    }
  }
  return Object.fromEntries(entries);
}

/** A strict object's catchall is `never`; it refuses by itself, but here its message names the key's neighbour. */
function isOpen(catchall: z.core.$ZodType | undefined): boolean {
  return catchall !== undefined && !(catchall instanceof z.ZodNever);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodPipe) inner = inner.in;
    else if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodExactOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodReadonly
    ) {
      inner = inner.unwrap();
    } else return inner;
  }
}

function unknownKey(sent: string, path: string, keys: readonly string[]): ArmErrorDetail {
  const name = sent.slice(0, 100);
  const meant = nearestWord(name, keys);
  const where = path === "" ? "the body" : path;
  return {
    code: "InvalidRequestContent",
    message: `Could not find member '${name}' in ${where}.${meant ? ` Did you mean '${meant}'?` : ""}`,
    target: path === "" ? name : `${path}.${name}`,
  };
}

function twice(key: string, at: string): ArmErrorDetail {
  const message = `Member '${key}' is there twice: names are compared without regard to case.`;
  return { code: "InvalidRequestContent", message, target: at };
}

function isPlainObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
