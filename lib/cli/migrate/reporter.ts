import type { MigrationView, ProblemView } from "./migration-view";

/** How a migration ended, for the last lines. */
export interface Ending {
  view: MigrationView;
  problems: ProblemView[];
  problemsTotal: number;
  validation: string[];
  elapsedMs: number;
  exitCode: number;
}

/** One way of showing a migration: bars, lines or JSON. */
export interface Reporter {
  created(view: MigrationView): void;
  /** Called whenever something changed, at most twice a second. */
  progress(view: MigrationView): void;
  /** A line beside the progress, e.g. that a cancel was requested. */
  note(message: string): void;
  ended(ending: Ending): void;
  /** Gives the terminal back; also when the migration could not be followed to its end. Idempotent. */
  close(): void;
}
