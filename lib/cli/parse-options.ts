import { InvalidArgumentError } from "commander";

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
