import { type TemplatePlace, templateError } from "./template-error";

/** A part of an expression; `at` is its first character, from 1. */
export type Expression =
  | { kind: "literal"; value: string | number; at: number }
  | { kind: "call"; name: string; args: Expression[]; at: number }
  | { kind: "property"; of: Expression; name: string; at: number }
  | { kind: "index"; of: Expression; index: Expression; at: number };

/** Resource Manager's own limit. */
const MAX_LENGTH = 24_576;
const MAX_DEPTH = 60;

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+)(?![\w.])|([A-Za-z_][A-Za-z0-9_]*)|([()[\].,]))/y;
const TOKEN_START = /\s*/y;

interface Token {
  kind: "text" | "number" | "word" | "sign" | "end";
  text: string;
  at: number;
}

/**
 * What a text of a template is: null for plain text, else the expression between its brackets. "[[" at the front stands for a
 * plain "[". Throws ArmError InvalidTemplate with the character that is wrong.
 * https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions
 */
export function parseExpression(text: string, path: string): Expression | null {
  if (!text.startsWith("[") || !text.endsWith("]") || text.startsWith("[[")) return null;
  if (text.length > MAX_LENGTH) {
    throw templateError({ path }, `An expression has at most ${MAX_LENGTH} characters.`);
  }
  const parser = new Parser(text.slice(0, -1), path);
  return parser.whole();
}

/** Plain text as it is meant: a doubled bracket at its front is one. */
export function plainText(text: string): string {
  return text.startsWith("[[") && text.endsWith("]") ? text.slice(1) : text;
}

/** Recursive descent over tokens read on demand. */
class Parser {
  readonly #text: string;
  readonly #path: string;
  #offset = 1;
  #token: Token;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
    this.#token = this.#read();
  }

  whole(): Expression {
    const expression = this.#expression(0);
    if (this.#token.kind !== "end") throw this.#unexpected();
    return expression;
  }

  #expression(depth: number): Expression {
    if (depth > MAX_DEPTH)
      throw this.#error(this.#token.at, `Functions are nested deeper than ${MAX_DEPTH}.`);
    const { kind, text, at } = this.#token;
    if (kind === "text") {
      this.#next();
      return { kind: "literal", value: text, at };
    }
    if (kind === "number") {
      this.#next();
      return { kind: "literal", value: Number(text), at };
    }
    if (kind !== "word") throw this.#unexpected();
    this.#next();
    return this.#accesses(this.#call(text, at, depth), depth);
  }

  #call(name: string, at: number, depth: number): Expression {
    if (this.#token.text === "." && this.#token.kind === "sign") {
      throw this.#error(at, `User-defined functions are not supported here: '${name}.'`);
    }
    this.#take("(", `after the function name '${name}'`);
    const args: Expression[] = [];
    while (!this.#is(")")) {
      if (args.length > 0) this.#take(",", "between arguments");
      args.push(this.#expression(depth + 1));
    }
    this.#next();
    return { kind: "call", name, args, at };
  }

  #accesses(start: Expression, depth: number): Expression {
    let expression = start;
    for (;;) {
      const { at } = this.#token;
      if (this.#is(".")) {
        this.#next();
        if (this.#token.kind !== "word") throw this.#unexpected();
        expression = { kind: "property", of: expression, name: this.#token.text, at: this.#token.at };
        this.#next();
      } else if (this.#is("[")) {
        this.#next();
        const index = this.#expression(depth + 1);
        this.#take("]", "after an index");
        expression = { kind: "index", of: expression, index, at };
      } else return expression;
    }
  }

  #is(sign: string): boolean {
    return this.#token.kind === "sign" && this.#token.text === sign;
  }

  #take(sign: string, where: string): void {
    if (!this.#is(sign)) throw this.#error(this.#token.at, `'${sign}' is missing ${where}.`);
    this.#next();
  }

  #next(): void {
    this.#token = this.#read();
  }

  #read(): Token {
    TOKEN_START.lastIndex = this.#offset;
    TOKEN_START.exec(this.#text);
    const at = TOKEN_START.lastIndex + 1;
    if (at > this.#text.length) return { kind: "end", text: "", at };
    TOKEN.lastIndex = this.#offset;
    const match = TOKEN.exec(this.#text);
    if (!match) {
      const open = this.#text[at - 1] === "'";
      throw this.#error(at, open ? "A text is not closed with '." : "This character has no meaning here.");
    }
    this.#offset = TOKEN.lastIndex;
    const [, quoted, number, word, sign] = match;
    if (quoted !== undefined) return { kind: "text", text: quoted.slice(1, -1).replaceAll("''", "'"), at };
    if (number !== undefined) return { kind: "number", text: number, at };
    if (word !== undefined) return { kind: "word", text: word, at };
    return { kind: "sign", text: sign ?? "", at };
  }

  #unexpected(): Error {
    const { kind, text, at } = this.#token;
    return this.#error(
      at,
      kind === "end" ? "The expression ends too early." : `'${text.slice(0, 40)}' is not expected here.`,
    );
  }

  #error(position: number, message: string): Error {
    const place: TemplatePlace = { path: this.#path, position };
    return templateError(place, message);
  }
}
