import { existsSync, readFileSync } from "node:fs";
import { getNodeValue } from "jsonc-parser";
import { z } from "zod";
import { type JsonFile, readJsonFile } from "@/lib/cli/read-json-file";
import { UsageError } from "@/lib/cli/usage-error";

const declarations = z.looseObject({
  parameters: z.record(z.string(), z.looseObject({ type: z.string() })).catch({}),
});

/** Types of a template's parameters by lower-cased name. */
type Types = ReadonlyMap<string, string>;

/**
 * The values of --parameters in the order given, later ones before earlier ones: a file (also as @file), JSON, or key=value, where
 * key=@file takes the value from a file. {"name": {"value": ...}}. Throws UsageError; no message quotes a value.
 */
export function readParameters(
  words: readonly string[],
  template: JsonFile,
): Record<string, { value: unknown }> {
  const { parameters } = declarations.parse(getNodeValue(template.root));
  const types: Types = new Map(
    Object.entries(parameters).map(([name, { type }]) => [name.toLowerCase(), type.toLowerCase()]),
  );
  const values = new Map<string, { name: string; entry: { value: unknown } }>();
  for (const word of words) {
    for (const [name, entry] of Object.entries(readWord(word, types))) {
      values.set(name.toLowerCase(), { name: values.get(name.toLowerCase())?.name ?? name, entry });
    }
  }
  return Object.fromEntries([...values.values()].map(({ name, entry }) => [name, entry]));
}

function readWord(word: string, types: Types): Record<string, { value: unknown }> {
  if (word.trimStart().startsWith("{")) return parametersOf(jsonOf(word, "--parameters"), "--parameters");
  if (word.startsWith("@")) return readFile(word.slice(1));
  const at = word.indexOf("=");
  if (at < 1 || (existsSync(word) && !/^\w+=/.test(word))) return readFile(word);
  const name = word.slice(0, at);
  return { [name]: { value: typedValue(name, word.slice(at + 1), types.get(name.toLowerCase())) } };
}

function readFile(path: string): Record<string, { value: unknown }> {
  const { root } = readJsonFile(path, { what: "Parameters file", comments: true });
  return parametersOf(getNodeValue(root), `Parameters file ${path}`);
}

const parameterFile = z.record(z.string(), z.looseObject({ value: z.unknown() }));

/** A file of az has "parameters" around them; the bare form is taken, too. */
function parametersOf(json: unknown, what: string): Record<string, { value: unknown }> {
  const outer = z.looseObject({ parameters: z.unknown() }).safeParse(json);
  const inner = outer.success && outer.data.parameters !== undefined ? outer.data.parameters : json;
  const parsed = parameterFile.safeParse(inner);
  if (parsed.success) return parsed.data as Record<string, { value: unknown }>;
  const [name] = parsed.error.issues[0]?.path ?? [];
  const which = name === undefined || name === "" ? "" : ` '${String(name)}'`;
  throw new UsageError(`${what}: the parameter${which} must have the form {"value": ...}.`);
}

/** Texts stay as typed; a value of another type is JSON, and with @ in front the content of a file. */
function typedValue(name: string, typed: string, type: string | undefined): unknown {
  const text = typed.startsWith("@") ? readValue(name, typed.slice(1)) : typed;
  if (type === undefined || type === "string" || type === "securestring") return text;
  return jsonOf(type === "bool" ? text.toLowerCase() : text, `--parameters ${name}=...`);
}

function readValue(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch {
    throw new UsageError(`--parameters ${name}=@${path}: the file cannot be read.`);
  }
}

function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${what}: the value is not JSON, which its type in the template needs.`);
  }
}
