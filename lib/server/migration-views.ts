import { objectOf, oneOf } from "@/lib/arm/json-values";
import type { MigrationDatabase, MigrationProblem } from "@/lib/generated/prisma/client";
import { type DatabaseSelection, hasFilter } from "@/lib/migrations/filter";
import type { DatabaseProgress, MigrationSummary, Problem } from "@/lib/migrations/read-model";
import { migrationResourceId, serverResourceId } from "@/lib/migrations/resource-paths";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import {
  DATABASE_STATES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  SOURCE_TYPES,
} from "@/lib/migrations/vocabulary";
import type { FullMigration } from "@/lib/store/read-migrations";
import type { CopyFigures } from "@/lib/store/read-timings";
import { longestLagMs } from "./online-views";

const DATABASE_PHASES = [
  "queued",
  "schema",
  "copy",
  "indexes",
  "finish",
  "catch-up",
  "cutover",
  "done",
] as const;

/** One row of the grid. */
export function summaryOf(migration: FullMigration): MigrationSummary {
  const { server, databases } = migration;
  const properties = objectOf(migration.properties);
  const source = sourceEndpoint({
    sourceDbServerResourceId: text(properties["sourceDbServerResourceId"]),
    sourceDbServerFullyQualifiedDomainName: text(properties["sourceDbServerFullyQualifiedDomainName"]),
  });
  const serverId = serverResourceId({ ...server, serverName: server.name });
  return {
    id: migration.id,
    resourceId: migrationResourceId(serverId, migration.name),
    name: migration.name,
    state: oneOf(MIGRATION_STATES, migration.state, "InProgress"),
    substate: oneOf(MIGRATION_SUBSTATES, migration.substate, "PerformingPreRequisiteSteps"),
    lastActiveSubstate: oneOf(
      MIGRATION_SUBSTATES,
      migration.lastActiveSubstate,
      "PerformingPreRequisiteSteps",
    ),
    mode: oneOf(MIGRATION_MODES, migration.mode, "Offline"),
    runBy: migration.azureRun === null ? "howdah" : "azure",
    option: oneOf(MIGRATION_OPTIONS, migration.option, "ValidateAndMigrate"),
    sourceHost: source?.host ?? "",
    sourcePort: source?.port ?? 0,
    sourceType: oneOf(SOURCE_TYPES, migration.sourceType, "OnPremises"),
    targetName: server.name,
    targetHost: text(properties["targetDbServerFullyQualifiedDomainName"]) || server.host,
    targetPort: server.port,
    databases: databases.map(({ name }) => name),
    ...totalsOf(databases),
    error: migration.error,
    errorCode: migration.errorCode,
    cancelRequestedAt: isoOf(migration.cancelRequestedAt),
    pauseRequestedAt: isoOf(migration.pauseRequestedAt),
    pausedAt: isoOf(migration.pausedAt),
    lagMs: longestLagMs(migration),
    cutoverRequestedAt: isoOf(migration.cutoverRequestedAt),
    attempt: migration.attempt,
    createdAt: migration.createdAt.toISOString(),
    startedAt: isoOf(migration.startedAt),
    endedAt: isoOf(migration.endedAt),
    version: migration.version,
  };
}

function totalsOf(databases: readonly MigrationDatabase[]) {
  const sum = (amount: (database: MigrationDatabase) => number) =>
    databases.reduce((total, database) => total + amount(database), 0);
  return {
    bytesEstimated: sum((database) => Number(database.bytesEstimated)),
    bytesCopied: sum((database) => Number(database.bytesCopied)),
    tablesTotal: sum(
      (database) =>
        database.tablesQueued + database.tablesLoading + database.tablesCompleted + database.tablesErrored,
    ),
    tablesCompleted: sum((database) => database.tablesCompleted),
    tablesErrored: sum((database) => database.tablesErrored),
  };
}

/** Progress of one database; `selections` as the migration's options have them, `figures` by the database's id. */
export function databaseProgressOf(
  database: MigrationDatabase,
  selections: readonly DatabaseSelection[],
  figures: ReadonlyMap<string, CopyFigures>,
): DatabaseProgress {
  const copied = figures.get(database.id);
  const selection = selections.find(({ name }) => name === database.name);
  return {
    name: database.name,
    targetName: database.targetName ?? database.name,
    filtered: selection !== undefined && hasFilter(selection),
    state: database.state === null ? null : oneOf(DATABASE_STATES, database.state, "InProgress"),
    phase: oneOf(DATABASE_PHASES, database.phase, "queued"),
    createdOnTarget: database.createdOnTarget,
    sizeBytes: database.sizeBytes === null ? null : Number(database.sizeBytes),
    bytesEstimated: Number(database.bytesEstimated),
    bytesCopied: Number(database.bytesCopied),
    bytesPlanned: Number(copied?.bytesPlanned ?? 0),
    arrivedBytesEstimated: Number(copied?.arrivedBytesEstimated ?? 0),
    arrivedBytesCopied: Number(copied?.arrivedBytesCopied ?? 0),
    rowsEstimated: Number(copied?.rowsEstimated ?? 0),
    arrivedRowsEstimated: Number(copied?.arrivedRowsEstimated ?? 0),
    rowsCopied: Number(database.rowsCopied),
    tablesQueued: database.tablesQueued,
    tablesLoading: database.tablesLoading,
    tablesCompleted: database.tablesCompleted,
    tablesErrored: database.tablesErrored,
    indexesTotal: database.indexesTotal,
    indexesDone: database.indexesDone,
    message: database.message,
    startedAt: isoOf(database.startedAt),
    endedAt: isoOf(database.endedAt),
  };
}

/** One failed or noteworthy object. */
export function problemOf(problem: MigrationProblem & { database: { name: string } }): Problem {
  return {
    at: problem.at.toISOString(),
    database: problem.database.name,
    severity: oneOf(["error", "warning"], problem.severity, "error"),
    kind: problem.kind,
    object: problem.object,
    code: problem.code,
    sqlState: problem.sqlState,
    message: problem.message,
    remedy: problem.remedy,
    statement: problem.statement,
  };
}

/** A time as the read model carries it. */
export function isoOf(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
