import { InvalidArgumentError, Option } from "commander";

/** Makes a parser of whole numbers from `min` to `max` for an option. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Makes a parser that accepts one of `values` without regard to case and returns its usual spelling. */
export function oneOf<const T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be one of ${values.join(", ")}.`);
  };
}

const UNITS = { ms: 1, s: 1_000, m: 60_000 } as const;

/** Parses a time such as 500ms, 1s, 1.5s or 2m into milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  const ms = Number(match?.[1]) * UNITS[(match?.[2] ?? "s") as keyof typeof UNITS];
  if (match && ms > 0) return ms;
  throw new InvalidArgumentError("It must be a time such as 500ms, 1s or 2m.");
}

/** A limit as typed; "none" stays a word, since commander turns a parsed null into an empty text. */
export type Limit = number | "none";

/** Megabytes a second, or "none". */
export function rate(text: string): Limit {
  if (text === "none") return text;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.1 && value <= 100_000) return value;
  throw new InvalidArgumentError('It must be a number from 0.1 to 100000, or "none".');
}

/** A number of connections, or "none". */
export function connections(text: string): Limit {
  return text === "none" ? text : wholeNumber(1, 64)(text);
}

/** Names separated by commas, after those that were given before. */
export function nameList(text: string, before: string[] = []): string[] {
  const list = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (list.length === 0) throw new InvalidArgumentError("It must name at least one database.");
  return [...before, ...list];
}

/** An option that takes one of `values` without regard to case; help and completion list them. */
export function choice<const T extends string>(
  flags: string,
  description: string,
  values: readonly T[],
): Option {
  const option = new Option(flags, description).argParser(oneOf(values));
  option.argChoices = [...values];
  return option;
}
