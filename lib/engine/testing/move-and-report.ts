import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { CodedError } from "@/lib/util/coded-error";
import type { EngineEvent, ObjectFailure } from "../events";
import type { DatabaseFilter } from "../filter/database-filter";
import { type MoveDatabaseResult, moveDatabase } from "../move-database";

export interface MoveReport {
  /** Null when the move threw. */
  result: MoveDatabaseResult | null;
  /** What it threw, if anything. */
  error: CodedError | null;
  failures: readonly ObjectFailure[];
  events: readonly EngineEvent[];
}

export interface MoveSettings {
  source: ConnectionSettings;
  target: ConnectionSettings;
  jobs?: number;
  filter?: DatabaseFilter;
  signal?: AbortSignal;
  onEvent?: (event: EngineEvent) => void;
}

/** Moves a database and brings back everything it said. Throws what is no CodedError, since users must never see such. */
export async function moveAndReport(settings: MoveSettings): Promise<MoveReport> {
  const { source, target, jobs = 2, filter, signal = new AbortController().signal, onEvent } = settings;
  const events: EngineEvent[] = [];
  const report = (event: EngineEvent) => {
    events.push(event);
    onEvent?.(event);
  };
  try {
    const result = await moveDatabase({
      source,
      target,
      jobs,
      ...(filter ? { filter } : {}),
      report,
      signal,
    });
    return { result, error: null, failures: result.failures, events };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { result: null, error, failures: [], events };
  }
}
