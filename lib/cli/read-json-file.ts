import { readFileSync, statSync } from "node:fs";
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { UsageError } from "./usage-error";

/** A JSON file as read: its value, and where in it what stands. */
export interface JsonFile {
  path: string;
  text: string;
  root: Node;
}

interface ReadOptions {
  /** What the file is, at the front of a message: "Properties file". */
  what: string;
  /** Comments are allowed, as in templates. */
  comments?: boolean;
}

/**
 * Reads a JSON file. Throws UsageError that says what is wrong with it: missing, a directory, empty, or not JSON from which place on.
 * Nothing of its content is quoted, because it may hold passwords.
 */
export function readJsonFile(path: string, { what, comments = false }: ReadOptions): JsonFile {
  const text = readText(path, what).replace(/^\uFEFF/, "");
  if (text.trim() === "") throw new UsageError(`${what} ${path} is empty.`);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: !comments, allowTrailingComma: false });
  const [error] = errors;
  if (error || !root) {
    const { line, column } = placeOf(text, error?.offset ?? 0);
    const reason = error ? ` (${wordsOf(printParseErrorCode(error.error))})` : "";
    throw new UsageError(
      `Invalid json file. Make sure that the json file content is properly formatted: ${path} is not JSON from line ${line}, position ${column} on${reason}.`,
    );
  }
  return { path, text, root };
}

function readText(path: string, what: string): string {
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${what} ${path} is a directory.`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new UsageError(`${what} does not exist in the given location: ${path}`);
    }
    throw new UsageError(`${what} ${path} cannot be read${code === undefined ? "" : ` (${code})`}.`);
  }
}

/** Line and column, from 1, of a character. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** "CommaExpected" as "comma expected". */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
