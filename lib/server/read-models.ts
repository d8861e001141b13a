import "server-only";
import { z } from "zod";
import { objectOf, oneOf } from "@/lib/arm/json-values";
import type { AuditPage } from "@/lib/migrations/access";
import { howdahOptions } from "@/lib/migrations/contract";
import { parsePhases } from "@/lib/migrations/phases";
import type {
  ActivityPage,
  MigrationDetails,
  MigrationList,
  MigrationTimings,
  OnlineDetails,
  TablePage,
  TableProgress,
} from "@/lib/migrations/read-model";
import { serverResourceId } from "@/lib/migrations/resource-paths";
import type { ServerList } from "@/lib/migrations/server-contract";
import { parseValidationDetails } from "@/lib/migrations/validation-schema";
import { SSL_MODES, TABLE_STATES, UNFOLLOWED_REASONS } from "@/lib/migrations/vocabulary";
import { readAuditEvents } from "@/lib/store/audit-events";
import { readFollowSamples } from "@/lib/store/online/follow-samples";
import {
  countTables,
  type FullMigration,
  findMigrationById,
  findMigrationVersion,
  listMigrations,
  readEventRows,
  readListVersion,
  readProblems,
  readSamples,
  readTableRows,
  type TableFilter,
  type TableRow,
} from "@/lib/store/read-migrations";
import { readCopyFigures, readTimings } from "@/lib/store/read-timings";
import { listServersWithCounts } from "@/lib/store/servers";
import { listVerifications } from "@/lib/store/verifications/read-verifications";
import { countWorkersOnline } from "@/lib/worker/workers-online";
import { databaseProgressOf, isoOf, problemOf, summaryOf } from "./migration-views";
import { onlineDetailsOf } from "./online-views";
import { verificationSummaryOf } from "./verification-views";

const SAMPLES_SHOWN = 720;
const PROBLEMS_SHOWN = 500;
const VERIFICATIONS_SHOWN = 20;

const guid = z.guid();

/** The grid: all migrations, newest first. */
export async function readMigrationList(): Promise<MigrationList> {
  const [migrations, workersOnline] = await Promise.all([listMigrations(), countWorkersOnline()]);
  return { migrations: migrations.map(summaryOf), workersOnline };
}

/** A text that changes whenever `readMigrationList` would. */
export async function migrationListVersion(): Promise<string> {
  return `${await readListVersion()}-${await countWorkersOnline()}`;
}

/** The details page of the migration with this GUID; null when there is none. */
export async function readMigrationDetails(id: string): Promise<MigrationDetails | null> {
  const migration = guid.safeParse(id).success ? await findMigrationById(id) : null;
  if (!migration) return null;
  const [{ total, problems }, samples, verifications, copyFigures] = await Promise.all([
    readProblems(migration.id, PROBLEMS_SHOWN),
    readSamples(migration.id, SAMPLES_SHOWN),
    listVerifications(migration.id, VERIFICATIONS_SHOWN),
    readCopyFigures(migration.id),
  ]);
  const { verifyAtEnd = false, databases: selections = [] } = howdahOptions.parse(migration.options);
  const asksToOverwrite = migration.substate === "WaitingForTargetDBOverwriteConfirmation";
  return {
    ...summaryOf(migration),
    sourceUser: migration.sourceUser,
    targetUser: migration.targetUser,
    sslMode: oneOf(SSL_MODES, migration.sslMode, "Prefer"),
    overwriteDbsInTarget: objectOf(migration.properties)["overwriteDbsInTarget"] === "True",
    conflictingDatabases: migration.databases
      .filter(({ existsOnTarget }) => asksToOverwrite && existsOnTarget)
      .map(({ name, targetName }) => targetName ?? name),
    createdBy: migration.createdBy,
    phases: parsePhases(migration.phases),
    validation: parseValidationDetails(migration.validation),
    databaseProgress: migration.databases.map((database) =>
      databaseProgressOf(database, selections, copyFigures),
    ),
    problems: problems.map(problemOf),
    problemsTotal: total,
    throttle: {
      megabytesPerSecond:
        migration.throttleBytesPerSecond === null ? null : Number(migration.throttleBytesPerSecond) / 1e6,
      connections: migration.throttleConnections,
    },
    verifyAtEnd,
    azureTargetId: migration.server.azureResourceId,
    verifications: verifications.map(verificationSummaryOf),
    samples: samples.map((sample) => ({
      at: sample.at.toISOString(),
      bytesCopied: Number(sample.bytesCopied),
      rowsCopied: Number(sample.rowsCopied),
      activeJobs: sample.activeJobs,
    })),
    online: await readOnlineDetails(migration),
  };
}

/** null for an offline migration. */
async function readOnlineDetails(migration: FullMigration): Promise<OnlineDetails | null> {
  if (migration.mode !== "Online") return null;
  return onlineDetailsOf(migration, await readFollowSamples(migration.id, SAMPLES_SHOWN));
}

function changesOf({ inserts, updates, deletes, truncates }: TableRow): TableProgress["changes"] {
  return {
    inserts: Number(inserts),
    updates: Number(updates),
    deletes: Number(deletes),
    truncates: Number(truncates),
  };
}

/** A text that changes with every visible change of the migration; null when there is none. */
export async function migrationVersion(id: string): Promise<string | null> {
  const version = guid.safeParse(id).success ? await findMigrationVersion(id) : null;
  return version === null ? null : String(version);
}

export type TablePageRequest = Partial<TableFilter>;

/** A page of a migration's tables, 100 unless `limit` says else; an unknown migration has none. */
export async function readTables(id: string, request: TablePageRequest = {}): Promise<TablePage> {
  const filter = { database: null, state: null, search: null, sort: null, offset: 0, limit: 100, ...request };
  if (!guid.safeParse(id).success) return { total: 0, offset: filter.offset, tables: [] };
  const [total, rows] = await Promise.all([countTables(id, filter), readTableRows(id, filter)]);
  const tables = rows.map((row) => ({
    database: row.database,
    schema: row.schema,
    name: row.name,
    state: oneOf(TABLE_STATES, row.state, "queued"),
    format: row.format === null ? null : oneOf(["binary", "text"], row.format, "text"),
    bytesEstimated: Number(row.bytesEstimated),
    rowsEstimated: Number(row.rowsEstimated),
    bytesCopied: Number(row.bytesCopied),
    rowsCopied: Number(row.rowsCopied),
    attempts: row.attempts,
    startedAt: isoOf(row.startedAt),
    endedAt: isoOf(row.endedAt),
    error: row.error,
    changes: row.mode === "Online" ? changesOf(row) : null,
    unfollowed: row.unfollowed === null ? null : oneOf(UNFOLLOWED_REASONS, row.unfollowed, "not-on-target"),
  }));
  return { total, offset: filter.offset, tables };
}

/** How many indexes are listed by name. */
const INDEXES_SHOWN = 100;

/** What steps and indexes of a migration took; an unknown migration has none. */
export async function readMigrationTimings(id: string): Promise<MigrationTimings> {
  if (!guid.safeParse(id).success) return { steps: [], indexesTotal: 0, indexesMs: 0, indexes: [] };
  return await readTimings(id, INDEXES_SHOWN);
}

export interface EventPageRequest {
  /** Decimal id of an event; only older ones are read. */
  before?: string | undefined;
  limit?: number | undefined;
}

/** A page of a migration's activity log, newest first, 100 unless `limit` says else; an unknown migration has none. */
export async function readEvents(id: string, request: EventPageRequest = {}): Promise<ActivityPage> {
  if (!guid.safeParse(id).success) return { total: 0, events: [] };
  const { total, events } = await readEventRows(id, pageOf(request));
  return {
    total,
    events: events.map((event) => ({
      id: event.id.toString(),
      at: event.at.toISOString(),
      level: oneOf(["info", "warning", "error"], event.level, "info"),
      kind: event.kind,
      message: event.message,
      database: event.database,
      object: event.object,
      data: objectOf(event.data),
    })),
  };
}

/** A page of the audit log, newest first, 100 unless `limit` says else. */
export async function readAuditLog(request: EventPageRequest = {}): Promise<AuditPage> {
  const { total, events } = await readAuditEvents(pageOf(request));
  return {
    total,
    events: events.map((event) => ({
      ...event,
      id: event.id.toString(),
      at: event.at.toISOString(),
      data: objectOf(event.data),
    })),
  };
}

function pageOf({ before, limit }: EventPageRequest): { before: bigint | null; limit: number } {
  return { before: before === undefined ? null : BigInt(before), limit: limit ?? 100 };
}

/** All registered servers, newest first, with the number of their migrations. */
export async function readServerList(): Promise<ServerList> {
  const rows = await listServersWithCounts();
  return {
    servers: rows.map(({ server, total, active }) => ({
      id: server.id,
      resourceId: serverResourceId({ ...server, serverName: server.name }),
      name: server.name,
      resourceGroup: server.resourceGroup,
      location: server.location,
      host: server.host,
      port: server.port,
      sslMode: oneOf(SSL_MODES, server.sslMode, "Prefer"),
      caCertificate: server.caCertificate,
      administratorLogin: server.administratorLogin,
      azureResourceId: server.azureResourceId,
      version: server.version,
      storageBytes: server.storageBytes === null ? null : Number(server.storageBytes),
      checkedAt: isoOf(server.checkedAt),
      createdAt: server.createdAt.toISOString(),
      migrationsTotal: total,
      migrationsActive: active,
    })),
  };
}
