/**
 * A migration that Azure's own service runs, as its resource tells it: Microsoft.DBforPostgreSQL/flexibleServers/migrations,
 * api-version 2025-08-01. What the service adds later (a new state, say) is shown as the nearest one we know.
 */
import type {
  Migration as AzureMigration,
  ValidationDetails as AzureValidation,
  DatabaseMigrationState,
  DbServerMetadata,
  MigrationResourceForPatch,
  ValidationSummaryItem,
} from "@azure/arm-postgresql-flexible";
import type { MigrationCreateBody } from "@/lib/migrations/contract";
import type { ServerMetadata } from "@/lib/migrations/server-metadata";
import type { ValidationDetails } from "@/lib/migrations/validation-details";
import {
  DATABASE_STATES,
  type DatabaseState,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  type MigrationState,
  type MigrationSubstate,
  VALIDATION_STATES,
} from "@/lib/migrations/vocabulary";
import type { AzureAccount } from "./azure-account";
import { toAzureError } from "./azure-error";
import type { AzureServerId } from "./server-id";

export interface AzureDatabaseStatus {
  name: string;
  state: DatabaseState;
  tablesQueued: number;
  tablesLoading: number;
  tablesCompleted: number;
  tablesErrored: number;
  inserts: number;
  updates: number;
  deletes: number;
  appliedChanges: number;
  incomingChanges: number;
  /** Azure tells seconds. */
  lagMs: number;
  message: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** How a migration of Azure's service stands. */
export interface AzureMigrationStatus {
  /** Azure's own id of it, to be named to its support. */
  migrationId: string | null;
  state: MigrationState;
  substate: MigrationSubstate;
  error: string | null;
  databases: AzureDatabaseStatus[];
  validation: ValidationDetails | null;
  /** What Azure tells of both servers; empty when it does not. */
  source: ServerMetadata;
  target: ServerMetadata;
}

export interface AzureMigrationId extends AzureServerId {
  migrationName: string;
}

/** Has Azure's service start it. Repeating it with the same name and body does no harm. Throws CodedError AZURE_*. */
export async function createAzureMigration(
  account: AzureAccount,
  id: AzureMigrationId,
  body: MigrationCreateBody,
  location: string,
  signal: AbortSignal,
): Promise<AzureMigrationStatus> {
  const {
    howdah: _,
    migrationWindowStartTimeInUtc,
    migrationWindowEndTimeInUtc,
    ...properties
  } = body.properties;
  const parameters = {
    location,
    ...(body.tags === undefined ? {} : { tags: body.tags }),
    ...properties,
    ...dateUnder("migrationWindowStartTimeInUtc", migrationWindowStartTimeInUtc),
    ...dateUnder("migrationWindowEndTimeInUtc", migrationWindowEndTimeInUtc),
  };
  // Absent and undefined are the same to the SDK's serializer; only our own types tell them apart.
  return await call(account, id, (client, path) =>
    client.migrations.create(...path, parameters as AzureMigration, { abortSignal: signal }),
  );
}

/** Throws CodedError AZURE_NOT_FOUND and other AZURE_*. */
export async function readAzureMigration(
  account: AzureAccount,
  id: AzureMigrationId,
  signal: AbortSignal,
): Promise<AzureMigrationStatus> {
  return await call(account, id, (client, path) => client.migrations.get(...path, { abortSignal: signal }));
}

/** Hands a wish on: cancel, cutover, overwriting, databases, the start. Throws CodedError AZURE_*. */
export async function updateAzureMigration(
  account: AzureAccount,
  id: AzureMigrationId,
  change: MigrationResourceForPatch,
  signal: AbortSignal,
): Promise<AzureMigrationStatus> {
  return await call(account, id, (client, path) =>
    client.migrations.update(...path, change, { abortSignal: signal }),
  );
}

type Client = ReturnType<AzureAccount["servers"]>;

async function call(
  account: AzureAccount,
  { subscriptionId, resourceGroup, serverName, migrationName }: AzureMigrationId,
  work: (client: Client, path: [string, string, string]) => Promise<AzureMigration>,
): Promise<AzureMigrationStatus> {
  try {
    const client = account.servers(subscriptionId);
    return toStatus(await work(client, [resourceGroup, serverName, migrationName]));
  } catch (error) {
    throw toAzureError(error, `${serverName}/${migrationName}`);
  }
}

function toStatus(migration: AzureMigration): AzureMigrationStatus {
  const { state, error, currentSubStateDetails: details } = migration.currentStatus ?? {};
  return {
    migrationId: migration.migrationId ?? null,
    state: known(MIGRATION_STATES, state, "InProgress"),
    substate: known(MIGRATION_SUBSTATES, details?.currentSubState, "PerformingPreRequisiteSteps"),
    error: error ?? null,
    databases: Object.entries(details?.dbDetails ?? {}).map(([name, status]) => toDatabase(name, status)),
    validation: details?.validationDetails ? toValidation(details.validationDetails) : null,
    source: toMetadata(migration.sourceDbServerMetadata),
    target: toMetadata(migration.targetDbServerMetadata),
  };
}

function toMetadata(metadata: DbServerMetadata | undefined): ServerMetadata {
  const { location, version, storageMb, sku } = metadata ?? {};
  const { name, tier } = sku ?? {};
  return {
    ...(location === undefined ? {} : { location }),
    ...(version === undefined ? {} : { version }),
    ...(storageMb === undefined ? {} : { storageMb }),
    ...(name === undefined ? {} : { sku: { name, ...(tier === undefined ? {} : { tier }) } }),
  };
}

function toDatabase(name: string, status: DatabaseMigrationState): AzureDatabaseStatus {
  return {
    name: status.databaseName ?? name,
    state: known(DATABASE_STATES, status.migrationState, "InProgress"),
    tablesQueued: status.fullLoadQueuedTables ?? 0,
    tablesLoading: status.fullLoadLoadingTables ?? 0,
    tablesCompleted: status.fullLoadCompletedTables ?? 0,
    tablesErrored: status.fullLoadErroredTables ?? 0,
    inserts: status.cdcInsertCounter ?? 0,
    updates: status.cdcUpdateCounter ?? 0,
    deletes: status.cdcDeleteCounter ?? 0,
    appliedChanges: status.appliedChanges ?? 0,
    incomingChanges: status.incomingChanges ?? 0,
    lagMs: Math.round((status.latency ?? 0) * 1000),
    message: status.message ?? null,
    startedAt: status.startedOn ?? null,
    endedAt: status.endedOn ?? null,
  };
}

function toValidation(validation: AzureValidation): ValidationDetails {
  const startedOn = isoOf(validation.validationStartTimeInUtc);
  const endedOn = isoOf(validation.validationEndTimeInUtc);
  return {
    status: known(VALIDATION_STATES, validation.status, "Failed"),
    validationStartTimeInUtc: startedOn,
    validationEndTimeInUtc: endedOn,
    serverLevelValidationDetails: (validation.serverLevelValidationDetails ?? []).map(toItem),
    dbLevelValidationDetails: (validation.dbLevelValidationDetails ?? []).map((database) => ({
      databaseName: database.databaseName ?? "",
      startedOn: isoOf(database.startedOn),
      endedOn: isoOf(database.endedOn),
      summary: (database.summary ?? []).map(toItem),
    })),
  };
}

function toItem({ type, state, messages }: ValidationSummaryItem) {
  return {
    type: type ?? "",
    state: known(VALIDATION_STATES, state, "Failed"),
    messages: (messages ?? []).map((message) => ({
      state: known(VALIDATION_STATES, message.state, "Failed"),
      message: message.message ?? "",
    })),
  };
}

/** Azure's enums are open. */
function known<const T extends string>(words: readonly T[], word: string | undefined, otherwise: T): T {
  return words.find((one) => one === word) ?? otherwise;
}

function isoOf(date: Date | undefined): string {
  return date === undefined ? "" : date.toISOString();
}

function dateUnder(key: string, text: string | undefined): Record<string, Date> {
  return text === undefined ? {} : { [key]: new Date(text) };
}
