import { ownText } from "@/lib/util/texts";

/**
 * Cuts a dump into statements as psql would: never inside quotes, dollar quotes, nested comments, parentheses or
 * BEGIN ATOMIC bodies. Expects standard_conforming_strings = on, which is what the dumps are taken with.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */

/** From here to the next token that needs a decision: quotes, comments, words, parentheses, semicolon, line-start backslash. */
const TOKEN = /--|\/\*|'|"|\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|[();\\]/g;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const E_STRING_STOP = /['\\]/g;
const COMMENT_EDGE = /\/\*|\*\//g;

interface StatementState {
  start: number;
  /** First four words in lower case; psql needs no more to recognise CREATE [OR REPLACE] FUNCTION and PROCEDURE. */
  words: string[];
  parens: number;
  /** BEGIN and CASE not yet closed by END, inside an SQL-standard function body. */
  blocks: number;
}

/** Statements in order, without leading comments and without the semicolon. psql's \restrict lines are left out. */
export function splitStatements(text: string): string[] {
  return new StatementSplitter().end(text);
}

/** Splits a text that comes in pieces, cut anywhere; of what it has returned it keeps nothing. */
export class StatementSplitter {
  #rest = "";
  /** Characters from which on looking for the end of what `rest` begins with is worth the while: else a long one is read often. */
  #enough = 0;

  /** Statements that end in what has come so far, as splitStatements() has them. */
  push(piece: string): string[] {
    this.#rest += piece;
    if (this.#rest.length < this.#enough) return [];
    const { statements, end } = scan(this.#rest, false);
    this.#rest = ownText(this.#rest.slice(end));
    this.#enough = 2 * this.#rest.length;
    return statements;
  }

  /** All that is left, with the last piece. */
  end(piece = ""): string[] {
    return scan(this.#rest + piece, true).statements;
  }
}

/** `end`: where the last whole statement does. What is left there counts as one too when nothing more comes. */
function scan(text: string, isAll: boolean): { statements: string[]; end: number } {
  const statements: string[] = [];
  let state: StatementState | null = null;
  let at = 0;
  let end = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const found = match?.[0] ?? "";
    const index = match?.index ?? text.length;
    // Anything else that is not white space begins a statement too, e.g. an operator; dumps have none, garbage may.
    const begin = state?.start ?? firstNonSpace(text, at, index);
    if (!match) {
      if (isAll && begin < text.length) pushStatement(statements, text.slice(begin));
      return { statements, end };
    }
    if (found === "--" || found === "/*") {
      at = found === "--" ? endOfLine(text, index) : endOfComment(text, index);
      if (begin < index) state ??= newState(begin);
      continue;
    }
    if (found === "\\" && begin === index && state === null) {
      at = endOfLine(text, index);
      continue;
    }
    state ??= newState(begin);
    if (found === ";" && state.parens === 0 && state.blocks === 0) {
      pushStatement(statements, text.slice(state.start, index));
      state = null;
      at = index + 1;
      end = at;
      continue;
    }
    at = skipToken(text, index, found, state);
  }
}

function newState(start: number): StatementState {
  return { start, words: [], parens: 0, blocks: 0 };
}

function pushStatement(statements: string[], text: string): void {
  const sql = text.trim();
  if (sql !== "") statements.push(ownText(sql));
}

/** Index behind the token at `index`, whose beginning is `found`. */
function skipToken(text: string, index: number, found: string, state: StatementState): number {
  if (found === "'") return endOfQuoted(text, index, "'");
  if (found === '"') return endOfQuoted(text, index, '"');
  if (found === "$") return endOfDollarQuoted(text, index);
  if (found === "(") state.parens += 1;
  else if (found === ")") state.parens = Math.max(0, state.parens - 1);
  else if (/^[eE]$/.test(found) && text[index + 1] === "'") return endOfEscapeString(text, index + 1);
  else if (!/^[\d;\\]/.test(found)) noteWord(state, found.toLowerCase());
  return index + found.length;
}

function noteWord(state: StatementState, word: string): void {
  if (state.words.length < 4) state.words.push(word);
  if (state.parens > 0 || !definesRoutine(state.words)) return;
  if (word === "begin" || (word === "case" && state.blocks > 0)) state.blocks += 1;
  else if (word === "end" && state.blocks > 0) state.blocks -= 1;
}

function definesRoutine(words: string[]): boolean {
  const subject = words[1] === "or" ? words[3] : words[1];
  return words[0] === "create" && (subject === "function" || subject === "procedure");
}

function firstNonSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end + 1;
}

/** Comments nest, unlike in C. */
function endOfComment(text: string, from: number): number {
  COMMENT_EDGE.lastIndex = from;
  let depth = 0;
  for (let match = COMMENT_EDGE.exec(text); match; match = COMMENT_EDGE.exec(text)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
  return text.length;
}

/** A doubled quote ends one piece and begins the next, so it needs no care here. */
function endOfQuoted(text: string, from: number, quote: string): number {
  const end = text.indexOf(quote, from + 1);
  return end === -1 ? text.length : end + 1;
}

function endOfEscapeString(text: string, from: number): number {
  E_STRING_STOP.lastIndex = from + 1;
  for (let match = E_STRING_STOP.exec(text); match; match = E_STRING_STOP.exec(text)) {
    if (match[0] === "\\") E_STRING_STOP.lastIndex += 1;
    else if (text[E_STRING_STOP.lastIndex] === "'") E_STRING_STOP.lastIndex += 1;
    else return E_STRING_STOP.lastIndex;
  }
  return text.length;
}

function endOfDollarQuoted(text: string, from: number): number {
  DOLLAR_TAG.lastIndex = from;
  const tag = DOLLAR_TAG.exec(text)?.[0];
  if (tag === undefined) return from + 1;
  const end = text.indexOf(tag, from + tag.length);
  return end === -1 ? text.length : end + tag.length;
}
