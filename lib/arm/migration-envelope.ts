import { onlineOptions } from "@/lib/migrations/contract";
import { databaseSelectionsSchema } from "@/lib/migrations/filter";
import { parseFollowFigures } from "@/lib/migrations/follow-figures";
import { propertyNotes } from "@/lib/migrations/property-notes";
import { MIGRATION_TYPE, migrationResourceId, serverResourceId } from "@/lib/migrations/resource-paths";
import { parseServerMetadata } from "@/lib/migrations/server-metadata";
import { parseValidationDetails } from "@/lib/migrations/validation-schema";
import {
  DATABASE_STATES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  SOURCE_TYPES,
  SSL_MODES,
} from "@/lib/migrations/vocabulary";
import { objectOf, oneOf, tagsOf, textUnder } from "./json-values";
import type { MigrationResource } from "./resource-schemas";
import type { ServerRecord } from "./server-envelope";

/** Progress of one database; a row of the store fits. */
export interface DatabaseRecord {
  name: string;
  state: string | null;
  bytesEstimated: bigint;
  bytesCopied: bigint;
  rowsCopied: bigint;
  tablesQueued: number;
  tablesLoading: number;
  tablesCompleted: number;
  tablesErrored: number;
  message: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  /** Of an online migration, as lib/migrations/follow-figures.ts describes them; null before the first. */
  followFigures: unknown;
  cutoverRequestedAt: Date | null;
  cancelRequestedAt: Date | null;
}

/** A migration with its target and its databases in order; rows of the store fit. */
export interface MigrationRecord {
  id: string;
  name: string;
  location: string;
  tags: unknown;
  mode: string;
  option: string;
  sourceType: string;
  sslMode: string;
  properties: unknown;
  options: unknown;
  state: string;
  substate: string;
  error: string | null;
  errorCode: string | null;
  validation: unknown;
  cancelRequestedAt: Date | null;
  cutoverRequestedAt: Date | null;
  pauseRequestedAt: Date | null;
  pausedAt: Date | null;
  throttleBytesPerSecond: bigint | null;
  throttleConnections: number | null;
  attempt: number;
  createdBy: string;
  createdAt: Date;
  endedAt: Date | null;
  /** What was learned of both servers (lib/migrations/server-metadata.ts). */
  sourceMetadata: unknown;
  targetMetadata: unknown;
  server: ServerRecord;
  databases: readonly DatabaseRecord[];
}

type Properties = MigrationResource["properties"];
type DatabaseStatus = Properties["currentStatus"]["currentSubStateDetails"]["dbDetails"][string];

/** The migration as ARM's resource. Nothing of secretParameters is in a record, so nothing of it is in the answer. */
export function migrationEnvelope(migration: MigrationRecord): MigrationResource {
  const serverId = serverResourceId({ ...migration.server, serverName: migration.server.name });
  return {
    id: migrationResourceId(serverId, migration.name),
    name: migration.name,
    type: MIGRATION_TYPE,
    location: migration.location,
    ...tagsOf(migration.tags),
    properties: {
      migrationId: migration.id,
      currentStatus: currentStatus(migration),
      ...choices(migration),
      targetDbServerResourceId: serverId,
      ...metadata(migration),
      ...window(migration),
      howdah: extension(migration),
    },
    systemData: {
      createdBy: migration.createdBy,
      createdByType: "User",
      createdAt: migration.createdAt.toISOString(),
    },
  };
}

function currentStatus(migration: MigrationRecord): Properties["currentStatus"] {
  const begun = migration.databases.filter((database) => database.state !== null);
  const validation = parseValidationDetails(migration.validation);
  return {
    state: oneOf(MIGRATION_STATES, migration.state, "InProgress"),
    ...(migration.error === null ? {} : { error: migration.error }),
    currentSubStateDetails: {
      currentSubState: oneOf(MIGRATION_SUBSTATES, migration.substate, "PerformingPreRequisiteSteps"),
      dbDetails: Object.fromEntries(begun.map((database) => [database.name, databaseStatus(database)])),
      ...(validation ? { validationDetails: validation } : {}),
    },
  };
}

/** An offline migration has no change counters, but ARM always carries them; its counters are of 32 bits. */
function databaseStatus(database: DatabaseRecord): DatabaseStatus {
  const figures = parseFollowFigures(database.followFigures);
  const follows = database.state === "InProgress" || database.state === "WaitingForCutoverTrigger";
  return {
    databaseName: database.name,
    migrationState: oneOf(DATABASE_STATES, database.state, "InProgress"),
    ...(database.startedAt === null ? {} : { startedOn: database.startedAt.toISOString() }),
    ...(database.endedAt === null ? {} : { endedOn: database.endedAt.toISOString() }),
    fullLoadQueuedTables: database.tablesQueued,
    fullLoadErroredTables: database.tablesErrored,
    fullLoadLoadingTables: database.tablesLoading,
    fullLoadCompletedTables: database.tablesCompleted,
    cdcUpdateCounter: int32(figures?.updates),
    cdcDeleteCounter: int32(figures?.deletes),
    cdcInsertCounter: int32(figures?.inserts),
    appliedChanges: int32(figures?.appliedChanges),
    incomingChanges: follows ? int32(figures?.incomingChanges) : 0,
    // Seconds.
    latency: follows ? Math.round(figures?.lagMs ?? 0) / 1000 : 0,
    ...(database.message === null ? {} : { message: database.message }),
  };
}

function int32(count = 0): number {
  return Math.min(INT32_MAX, Math.round(count));
}

/** The wishes for some of the databases; none are named when they are for all of them. */
function databaseWishes({ databases, cancelRequestedAt }: MigrationRecord) {
  const cut = databases.filter((database) => database.cutoverRequestedAt !== null);
  const canceled = databases.filter((database) => database.cancelRequestedAt !== null);
  const names = (list: readonly DatabaseRecord[]) => list.map(({ name }) => name);
  return {
    ...(cut.length > 0 && cut.length < databases.length ? { dbsToTriggerCutoverOn: names(cut) } : {}),
    ...(cancelRequestedAt || canceled.length > 0 ? { cancel: "True" as const } : {}),
    ...(!cancelRequestedAt && canceled.length > 0 ? { dbsToCancelMigrationOn: names(canceled) } : {}),
  };
}

function choices(migration: MigrationRecord) {
  const properties = objectOf(migration.properties);
  const mode = oneOf(MIGRATION_MODES, migration.mode, "Offline");
  const names = properties["dbsToMigrate"];
  return {
    migrationMode: mode,
    migrationOption: oneOf(MIGRATION_OPTIONS, migration.option, "ValidateAndMigrate"),
    sourceType: oneOf(SOURCE_TYPES, migration.sourceType, "OnPremises"),
    sslMode: oneOf(SSL_MODES, migration.sslMode, "Prefer"),
    ...textUnder(properties, "migrationInstanceResourceId"),
    sourceDbServerResourceId: String(properties["sourceDbServerResourceId"] ?? ""),
    ...textUnder(properties, "sourceDbServerFullyQualifiedDomainName"),
    ...textUnder(properties, "targetDbServerFullyQualifiedDomainName"),
    dbsToMigrate: Array.isArray(names) ? names.map(String) : [],
    setupLogicalReplicationOnSourceDbIfNeeded: toggle(
      properties,
      "setupLogicalReplicationOnSourceDbIfNeeded",
    ),
    overwriteDbsInTarget: toggle(properties, "overwriteDbsInTarget"),
    migrateRoles: toggle(properties, "migrateRoles"),
    ...("startDataMigration" in properties
      ? { startDataMigration: toggle(properties, "startDataMigration") }
      : {}),
    // Azure's service answers "True" for offline migrations too: they cut over by themselves.
    triggerCutover:
      mode === "Offline" ||
      migration.cutoverRequestedAt ||
      migration.databases.some(({ cutoverRequestedAt }) => cutoverRequestedAt !== null)
        ? ("True" as const)
        : ("False" as const),
    ...databaseWishes(migration),
  };
}

function toggle(properties: Record<string, unknown>, key: string): "True" | "False" {
  return properties[key] === "True" ? "True" : "False";
}

function window(migration: MigrationRecord) {
  const asked = objectOf(migration.properties);
  return {
    migrationWindowStartTimeInUtc: migration.createdAt.toISOString(),
    ...textUnder(asked, "migrationWindowStartTimeInUtc"),
    ...textUnder(asked, "migrationWindowEndTimeInUtc"),
    ...(migration.endedAt ? { migrationWindowEndTimeInUtc: migration.endedAt.toISOString() } : {}),
  };
}

const MIB = 2 ** 20;
const INT32_MAX = 2 ** 31 - 1;

/** Of the target as it was registered, unless more was learned since; of the source only what was learned. */
function metadata({
  server,
  sourceMetadata,
  targetMetadata,
}: MigrationRecord): Pick<Properties, "sourceDbServerMetadata" | "targetDbServerMetadata"> {
  const storageMb = server.storageBytes === null ? null : Math.ceil(Number(server.storageBytes) / MIB);
  const source = parseServerMetadata(sourceMetadata);
  return {
    ...(Object.keys(source).length === 0 ? {} : { sourceDbServerMetadata: source }),
    targetDbServerMetadata: {
      location: server.location,
      ...(server.version === null ? {} : { version: server.version }),
      ...(storageMb === null ? {} : { storageMb: Math.min(storageMb, INT32_MAX) }),
      ...parseServerMetadata(targetMetadata),
    },
  };
}

function extension(migration: MigrationRecord): Properties["howdah"] {
  const sum = (size: (database: DatabaseRecord) => bigint) =>
    Number(migration.databases.reduce((total, database) => total + size(database), 0n));
  const notes = propertyNotes(objectOf(migration.properties));
  const { throttleBytesPerSecond: bytes, throttleConnections: connections } = migration;
  return {
    ...chosenOptions(objectOf(migration.options)),
    throttle: { megabytesPerSecond: bytes === null ? null : Number(bytes) / 1e6, connections },
    paused: migration.pauseRequestedAt !== null,
    ...(migration.pausedAt === null ? {} : { pausedAt: migration.pausedAt.toISOString() }),
    attempt: migration.attempt,
    ...(notes.length === 0 ? {} : { notes }),
    ...(migration.errorCode === null ? {} : { errorCode: migration.errorCode }),
    bytesEstimated: sum((database) => database.bytesEstimated),
    bytesCopied: sum((database) => database.bytesCopied),
    rowsCopied: sum((database) => database.rowsCopied),
  };
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Certificates of authorities as they were sent: they are no secret. A key that somebody put beside them stays here. */
function certificatesOf(options: Record<string, unknown>) {
  const shown = (key: "sourceCaCertificate" | "targetCaCertificate") => {
    const sent = String(options[key] ?? "");
    const found = sent.match(CERTIFICATES);
    if (!found) return {};
    const hasMore = sent.replaceAll(CERTIFICATES, "").includes("-----BEGIN");
    return { [key]: hasMore ? found.join("\n") : sent };
  };
  return { ...shown("sourceCaCertificate"), ...shown("targetCaCertificate") };
}

/** Howdah's own options as they were sent. */
function chosenOptions(options: Record<string, unknown>): Partial<Properties["howdah"]> {
  const { jobs, copyFormat, vacuum, verifyAtEnd, tuneTarget, targetSslMode } = options;
  const sslMode = SSL_MODES.find((mode) => mode === targetSslMode);
  const databases = databaseSelectionsSchema.safeParse(options["databases"]);
  const online = onlineOptions.safeParse(options["online"]);
  return {
    ...(typeof jobs === "number" ? { jobs } : {}),
    ...(copyFormat === "auto" || copyFormat === "text" ? { copyFormat } : {}),
    ...(typeof vacuum === "boolean" ? { vacuum } : {}),
    ...(typeof verifyAtEnd === "boolean" ? { verifyAtEnd } : {}),
    ...(typeof tuneTarget === "boolean" ? { tuneTarget } : {}),
    ...(sslMode ? { targetSslMode: sslMode } : {}),
    ...(databases.success ? { databases: databases.data } : {}),
    ...(online.success ? { online: online.data } : {}),
    ...certificatesOf(options),
  };
}
