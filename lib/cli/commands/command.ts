import type { Output } from "@/lib/cli/output";

/** What every command gets: where to write, and where to leave its exit code. */
export interface CommandContext {
  output: Output;
  exit(code: number): void;
}
