import type { Logger } from "pino";
import type { Run } from "@/lib/store/run";
import type { Engine } from "./engine";
import type { RunLimits } from "./run-limits";
import type { RunWishes } from "./run-wishes";
import type { WishHints } from "./wish-hints";

/** What the steps of one run share. */
export interface RunContext {
  run: Run;
  engine: Engine;
  hints: WishHints;
  /** What the user allows the migration to take of both servers, as of now. */
  limits: RunLimits;
  /** What the user wants of each database, as of now. */
  wishes: RunWishes;
  log: Logger;
  /** Aborted when the step is to stop; its reason is a RunAborted. */
  signal: AbortSignal;
}

/** "continue": look at the migration again and go on; "leave": it waits for someone, the worker is free. */
export type StepResult = "continue" | "leave";
