import { CodedError } from "@/lib/util/coded-error";

/** Where a command writes: results to `out`, everything else to `say`. Lines come without their end. */
export interface Output {
  out(line: string): void;
  say(line: string): void;
}

/** Standard output and standard error. */
export const TERMINAL: Output = {
  out: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
};

/** An error as people read it: what happened, what to do, and the code to look up. */
export function describeForTerminal(error: unknown): string[] {
  if (error instanceof CodedError) return [error.message, `  ${error.remedy}`, `  [${error.code}]`];
  return [error instanceof Error ? error.message : String(error)];
}
