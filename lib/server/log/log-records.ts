import { objectOf } from "@/lib/arm/json-values";
import type { MigrationEvent, MigrationProblem, MigrationTable } from "@/lib/generated/prisma/client";
import { phaseDurationMs } from "@/lib/migrations/phases";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import type { ValidationSummaryItem } from "@/lib/migrations/validation-details";
import { eventsOf, problemsOf, tablesOf } from "@/lib/store/read-log";

/** Grows when a reader of the old form would misread the new one; docs/migration-log.md. */
const LOG_FORMAT = 1;

/** One line of the log; its type says what else is in it. */
export type LogRecord = { type: LogRecordType } & Record<string, unknown>;

export type LogRecordType =
  | "migration"
  | "validation"
  | "event"
  | "problem"
  | "table"
  | "phase"
  | "database"
  | "verification"
  | "end";

/**
 * Everything known of a migration, a record at a time: what it is, the checks, the events oldest first, then problems, tables,
 * phases, databases and verifications as they stand now, and how it ended. Rows are read a page at a time.
 */
export async function* logRecords(details: MigrationDetails, now: Date): AsyncGenerator<LogRecord> {
  const { id } = details;
  yield migrationRecord(details, now);
  yield* validationRecords(details);
  for await (const event of eventsOf(id)) yield eventRecord(event);
  for await (const problem of problemsOf(id)) yield problemRecord(problem);
  for await (const table of tablesOf(id)) yield tableRecord(table);
  for (const times of details.phases) {
    const { phase, startedAt, endedAt } = times;
    yield { type: "phase", phase, startedAt, endedAt, ms: phaseDurationMs(times, now.getTime()) };
  }
  for (const database of details.databaseProgress) {
    const followed = details.online?.databases.find(({ name }) => name === database.name) ?? null;
    yield { type: "database", ...database, following: followed && { ...followed, name: undefined } };
  }
  for (const verification of details.verifications) yield { type: "verification", ...verification };
  yield endRecord(details);
}

function migrationRecord(details: MigrationDetails, now: Date): LogRecord {
  return {
    type: "migration",
    format: LOG_FORMAT,
    writtenAt: now.toISOString(),
    id: details.id,
    name: details.name,
    resourceId: details.resourceId,
    mode: details.mode,
    option: details.option,
    source: {
      type: details.sourceType,
      host: details.sourceHost,
      port: details.sourcePort,
      user: details.sourceUser,
      sslMode: details.sslMode,
    },
    target: {
      name: details.targetName,
      host: details.targetHost,
      port: details.targetPort,
      user: details.targetUser,
    },
    databases: details.databases,
    throttle: details.throttle,
    verifyAtEnd: details.verifyAtEnd,
    createdBy: details.createdBy,
    createdAt: details.createdAt,
    startedAt: details.startedAt,
    attempt: details.attempt,
  };
}

function* validationRecords({ validation }: MigrationDetails): Generator<LogRecord> {
  if (!validation) return;
  const { validationStartTimeInUtc: startedAt, validationEndTimeInUtc: endedAt, status } = validation;
  yield { type: "validation", database: null, rule: null, state: status, startedAt, endedAt, messages: [] };
  const record = (database: string | null, item: ValidationSummaryItem): LogRecord => ({
    type: "validation",
    database,
    rule: item.type,
    state: item.state,
    startedAt: item.startedOn ?? null,
    endedAt: item.endedOn ?? null,
    messages: item.messages,
  });
  for (const item of validation.serverLevelValidationDetails) yield record(null, item);
  for (const { databaseName, summary } of validation.dbLevelValidationDetails) {
    for (const item of summary) yield record(databaseName, item);
  }
}

function eventRecord(event: MigrationEvent): LogRecord {
  return {
    type: "event",
    at: event.at.toISOString(),
    level: event.level,
    kind: event.kind,
    database: event.database,
    object: event.object,
    message: event.message,
    data: objectOf(event.data),
  };
}

function problemRecord(problem: MigrationProblem & { database: { name: string } }): LogRecord {
  return {
    type: "problem",
    at: problem.at.toISOString(),
    database: problem.database.name,
    severity: problem.severity,
    kind: problem.kind,
    object: problem.object,
    code: problem.code,
    sqlState: problem.sqlState,
    message: problem.message,
    remedy: problem.remedy,
    statement: problem.statement,
  };
}

function tableRecord(table: MigrationTable & { database: { name: string } }): LogRecord {
  const { startedAt, endedAt } = table;
  return {
    type: "table",
    database: table.database.name,
    schema: table.schema,
    name: table.name,
    state: table.state,
    format: table.format,
    bytesEstimated: Number(table.bytesEstimated),
    bytesCopied: Number(table.bytesCopied),
    rowsEstimated: Number(table.rowsEstimated),
    rowsCopied: Number(table.rowsCopied),
    attempts: table.attempts,
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    ms: startedAt && endedAt ? Math.max(0, endedAt.getTime() - startedAt.getTime()) : null,
    inserts: Number(table.inserts),
    updates: Number(table.updates),
    deletes: Number(table.deletes),
    truncates: Number(table.truncates),
    unfollowed: table.unfollowed,
  };
}

function endRecord(details: MigrationDetails): LogRecord {
  return {
    type: "end",
    endedAt: details.endedAt,
    state: details.state,
    substate: details.substate,
    error: details.error,
    errorCode: details.errorCode,
    attempt: details.attempt,
    tables: details.tablesTotal,
    tablesCompleted: details.tablesCompleted,
    tablesErrored: details.tablesErrored,
    bytesCopied: details.bytesCopied,
    rowsCopied: details.databaseProgress.reduce((sum, { rowsCopied }) => sum + rowsCopied, 0),
    problems: details.problemsTotal,
  };
}
