import { toCodedError } from "@/lib/postgres/errors";
import { CheckpointFailure } from "./copy/checkpoint-writer";
import type { EngineEvent, EnginePhase, EngineStep, ObjectFailure, Report } from "./events";
import { tableKey } from "./schema/restore-plan";

/** What a move is ended with; the checkpoint's owner gets back what it threw itself. */
export function reasonOf(error: unknown): unknown {
  return error instanceof CheckpointFailure ? error : toCodedError(error, "INTERNAL");
}

/** What a move tells while it runs, and has to say at its end. */
export class MoveLog {
  /** Everything that could not be moved so far. */
  readonly failures: ObjectFailure[] = [];
  /** By tableKey(): their rows could not be copied. */
  readonly failedTables = new Set<string>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Passes an event on, and remembers a table that failed. */
  report(event: EngineEvent): void {
    if (event.type === "table-failed") {
      this.failures.push(event.failure);
      this.failedTables.add(tableKey(event.table));
    }
    this.#report(event);
  }

  fail(failures: readonly ObjectFailure[]): void {
    for (const failure of failures) {
      this.failures.push(failure);
      this.#report({ type: "object-failed", failure });
    }
  }

  /** Times `work` and tells when it is done. */
  async step<T>(step: EngineStep, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    this.#report({ type: "step-completed", step, ms: Math.round(performance.now() - startedAt) });
    return result;
  }

  /** Tells when `work` begins and ends. */
  async phase<T>(phase: EnginePhase, work: () => Promise<T>): Promise<T> {
    this.#report({ type: "phase-started", phase });
    const result = await work();
    this.#report({ type: "phase-ended", phase });
    return result;
  }
}
