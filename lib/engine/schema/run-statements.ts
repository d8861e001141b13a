import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import { sqlStateOf } from "@/lib/postgres/errors";
import type { MissingObjects } from "./missing-objects";
import { schemaFailure, skippedFailure } from "./object-failure";
import type { SchemaStatement } from "./statement";
import { runBatch, statementAt } from "./statement-batch";
import { type TargetRoles, withoutMissingRoles } from "./target-roles";

export interface RunStatementsOptions {
  /** A session of the target with nothing else under way. */
  client: pg.Client;
  statements: readonly SchemaStatement[];
  /** What is known to be missing; what fails here is added. */
  missing: MissingObjects;
  /** From readTargetRoles(): owners and grants for other roles are reported and not sent. */
  roles: TargetRoles;
  /** Tells of a refusal that the statement was done by an earlier run; such a statement counts as done. */
  isAlreadyThere?: ((statement: SchemaStatement, sqlState: string | null) => boolean) | undefined;
  signal: AbortSignal;
}

/** Statements and bytes of one round trip: enough that the network does not count, few enough to stop soon. */
const BATCH_STATEMENTS = 200;
const BATCH_CHARACTERS = 1_000_000;

/** Failures kept of one statement kind; a broken schema of 100,000 objects must not fill the memory. */
const FAILURE_LIMIT = 10_000;

/**
 * Runs schema statements in order, many to a round trip, each committed by itself. A statement the target refuses
 * becomes an ObjectFailure and the rest goes on; what depends on it is reported as OBJECT_SKIPPED.
 * An abort is noticed between two round trips; to stop at once, end the session too.
 * Throws CodedError when the session breaks, and the signal's reason when aborted.
 */
export async function runStatements(options: RunStatementsOptions): Promise<ObjectFailure[]> {
  const { signal } = options;
  const { kept, warnings } = withoutMissingRoles(options.statements, options.roles);
  const failures = [...warnings];
  const report = (failure: ObjectFailure) => {
    if (failures.length < FAILURE_LIMIT) failures.push(failure);
  };
  let at = 0;
  while (at < kept.length) {
    signal.throwIfAborted();
    const end = endOfBatch(kept, at);
    await runUntilDone(options, kept.slice(at, end), report);
    at = end;
  }
  return failures;
}

function endOfBatch(statements: readonly SchemaStatement[], start: number): number {
  let characters = 0;
  let end = start;
  while (end < statements.length && end - start < BATCH_STATEMENTS && characters < BATCH_CHARACTERS) {
    characters += statements[end]?.sql.length ?? 0;
    end += 1;
  }
  return end;
}

async function runUntilDone(
  { client, missing, isAlreadyThere, signal }: RunStatementsOptions,
  batch: readonly SchemaStatement[],
  report: (failure: ObjectFailure) => void,
): Promise<void> {
  let pending = [...batch];
  while (pending.length > 0) {
    signal.throwIfAborted();
    pending = withoutSkipped(pending, missing, report);
    const texts = pending.map((statement) => statement.sql);
    const { committed, error } = await runBatch(client, texts);
    if (!error) return;
    const culprit = culpritOf(texts, committed, error);
    const statement = pending[culprit];
    if (!statement) throw error;
    if (!isAlreadyThere?.(statement, sqlStateOf(error))) {
      report(explain(statement, error, missing));
      missing.add(statement);
    }
    pending = pending.filter((_, index) => index >= committed && index !== culprit);
  }
}

function withoutSkipped(
  statements: readonly SchemaStatement[],
  missing: MissingObjects,
  report: (failure: ObjectFailure) => void,
): SchemaStatement[] {
  return statements.filter((statement) => {
    const needed = missing.neededBy(statement);
    if (needed === null) return true;
    report(skippedFailure(statement, needed));
    missing.add(statement);
    return false;
  });
}

/** A syntax error stops the whole text before its first statement, and only its position tells whose it is. */
function culpritOf(texts: readonly string[], committed: number, error: Error): number {
  const position = "position" in error ? Number(error.position) : Number.NaN;
  if (sqlStateOf(error) !== "42601" || committed > 0 || !Number.isInteger(position)) return committed;
  return statementAt(texts, position) ?? committed;
}

function explain(statement: SchemaStatement, error: Error, missing: MissingObjects): ObjectFailure {
  const failure = schemaFailure(statement, error);
  const cause = missing.explains(failure.sqlState, failure.message);
  return cause === null ? failure : skippedFailure(statement, cause);
}
