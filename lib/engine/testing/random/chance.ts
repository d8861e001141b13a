import { ident } from "@/lib/postgres/sql";

/** Random choices that come again with the same seed (mulberry32). */
export class Chance {
  #state: number;
  #names = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 <= n < 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** True in so many of a hundred cases. */
  percent(n: number): boolean {
    return this.#next() * 100 < n;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** `text` in so many of a hundred cases, else nothing. */
  maybe(n: number, text: string): string {
    return this.percent(n) ? text : "";
  }

  /** Some of the items, in their order. */
  some<T>(items: readonly T[], n = 50): T[] {
    return items.filter(() => this.percent(n));
  }

  /** A quoted name that no other object has, mostly ordinary, sometimes as bad as a name can be. */
  name(): string {
    const number = ++this.#names;
    if (this.percent(60)) return ident(`${this.pick(WORDS)}_${number}`);
    const odd = this.pick(ODD_NAMES);
    // Cut to 63 bytes, never within a character.
    let name = odd;
    while (Buffer.byteLength(`${name}${number}`) > 63) name = [...name].slice(0, -1).join("");
    return ident(`${name}${number}`);
  }
}

const WORDS = ["orders", "item", "user", "log", "value", "a", "node", "entry", "stock", "map"] as const;

const ODD_NAMES = [
  "select",
  "Mixed Case",
  'quo"te',
  "it's",
  "back\\slash",
  "new\nline",
  "$dollar$",
  "%s %I",
  "semi;colon--",
  "/* comment",
  "dot.ted",
  "Ünïcödé",
  "表名",
  "😀",
  " space ",
  "x".repeat(63),
  "é".repeat(40),
  "(paren",
  "null",
] as const;
