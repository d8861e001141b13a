import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { CodedError } from "@/lib/util/coded-error";
import type { EngineEvent, ObjectFailure } from "../events";
import { type MoveDatabaseOptions, type MoveDatabaseResult, moveDatabase } from "../move-database";

export interface MoveReport {
  /** Null when the move threw. */
  result: MoveDatabaseResult | null;
  /** What it threw, if anything. */
  error: CodedError | null;
  failures: readonly ObjectFailure[];
  events: readonly EngineEvent[];
}

type Optional =
  | "capture"
  | "jobs"
  | "format"
  | "filter"
  | "checkpoint"
  | "limits"
  | "vacuum"
  | "stallMs"
  | "signal";

export interface MoveSettings extends Partial<Pick<MoveDatabaseOptions, Optional>> {
  source: ConnectionSettings;
  target: ConnectionSettings;
  onEvent?: (event: EngineEvent) => void;
}

/** Moves a database and brings back everything it said. Throws what is no CodedError, since users must never see such. */
export async function moveAndReport({ onEvent, ...settings }: MoveSettings): Promise<MoveReport> {
  const events: EngineEvent[] = [];
  const report = (event: EngineEvent) => {
    events.push(event);
    onEvent?.(event);
  };
  try {
    const { signal } = new AbortController();
    const result = await moveDatabase({ jobs: 2, signal, ...settings, report });
    return { result, error: null, failures: result.failures, events };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { result: null, error, failures: [], events };
  }
}
