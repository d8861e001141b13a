import { type NewValue, UNCHANGED } from "./change";

/**
 * Reads what test_decoding prints: identifiers of quote_identifier(), type names of format_type_be() and literals of its own
 * print_literal(), in which only the quote is doubled (contrib/test_decoding/test_decoding.c).
 */
export class TextCursor {
  text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Takes `expected` when it comes next. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** Takes `expected` or throws SyntaxError. */
  need(expected: string): void {
    if (!this.take(expected)) this.fail(JSON.stringify(expected));
  }

  /** A quoted or plain identifier. */
  identifier(): string {
    if (this.text[this.at] === '"') {
      const begin = this.at + 1;
      this.#skipQuoted('"');
      return this.text.slice(begin, this.at - 1).replaceAll('""', '"');
    }
    const begin = this.at;
    while (isPlain(this.text.charCodeAt(this.at))) this.at++;
    if (this.at === begin) this.fail("an identifier");
    return this.text.slice(begin, this.at);
  }

  /** `[type]:`, where the type's name may hold brackets and quoted identifiers. */
  typeName(): string {
    this.need("[");
    const begin = this.at;
    for (let depth = 1; depth > 0; ) {
      if (this.isAtEnd) this.fail("the end of a type's name");
      const character = this.text[this.at];
      if (character === '"') {
        this.#skipQuoted('"');
        continue;
      }
      if (character === "[") depth++;
      else if (character === "]") depth--;
      this.at++;
    }
    const name = this.text.slice(begin, this.at - 1);
    this.need(":");
    return name;
  }

  /** A value; the marks for NULL and for an unchanged large value count only where they are not quoted. */
  value(): NewValue {
    const { text, at } = this;
    if (text.charCodeAt(at) === 0x27) return this.#quoted(at + 1);
    // B'101' of bit strings.
    if (text.startsWith("B'", at)) return this.#quoted(at + 2);
    const space = text.indexOf(" ", at);
    const end = space < 0 ? text.length : space;
    this.at = end;
    const raw = text.slice(at, end);
    if (raw === "null") return null;
    if (raw === "unchanged-toast-datum") return UNCHANGED;
    if (raw === "true") return "t";
    if (raw === "false") return "f";
    if (raw === "") this.fail("a value");
    return raw;
  }

  fail(expected: string): never {
    throw new SyntaxError(`expected ${expected} at character ${this.at}`);
  }

  #quoted(begin: number): string {
    const { text } = this;
    let doubled = false;
    for (let from = begin; ; ) {
      const quote = text.indexOf("'", from);
      if (quote < 0) this.fail("a closing quote");
      if (text.charCodeAt(quote + 1) !== 0x27) {
        this.at = quote + 1;
        const raw = text.slice(begin, quote);
        return doubled ? raw.replaceAll("''", "'") : raw;
      }
      doubled = true;
      from = quote + 2;
    }
  }

  #skipQuoted(quote: string): void {
    for (let from = this.at + 1; ; ) {
      const end = this.text.indexOf(quote, from);
      if (end < 0) this.fail("a closing quote");
      if (this.text[end + 1] !== quote) {
        this.at = end + 1;
        return;
      }
      from = end + 2;
    }
  }
}

/** Letters, digits, underscore and dollar; what goes beyond ASCII is always quoted. */
function isPlain(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x24;
}
