/**
 * What goes out, property by property: a field that is not named here does not leave the server, so a secret cannot slip
 * through. Follows Microsoft.DBforPostgreSQL 2025-08-01; "howdah" is the extension.
 */
import { z } from "zod";
import { onlineOptions } from "@/lib/migrations/contract";
import { databaseSelectionsSchema } from "@/lib/migrations/filter";
import { serverMetadata } from "@/lib/migrations/server-metadata";
import { validationDetails } from "@/lib/migrations/validation-schema";
import {
  DATABASE_STATES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  SOURCE_TYPES,
  SSL_MODES,
} from "@/lib/migrations/vocabulary";

const toggle = z.enum(["True", "False"]);
const text = z.string();

const systemData = z.object({
  createdBy: text.exactOptional(),
  createdByType: text.exactOptional(),
  createdAt: text,
  lastModifiedAt: text.exactOptional(),
});

const trackedResource = {
  id: text,
  name: text,
  type: text,
  location: text,
  tags: z.record(text, text).exactOptional(),
  systemData: systemData.exactOptional(),
};

const databaseStatus = z.object({
  databaseName: text,
  migrationState: z.enum(DATABASE_STATES),
  migrationOperation: text.exactOptional(),
  startedOn: text.exactOptional(),
  endedOn: text.exactOptional(),
  fullLoadQueuedTables: z.int32(),
  fullLoadErroredTables: z.int32(),
  fullLoadLoadingTables: z.int32(),
  fullLoadCompletedTables: z.int32(),
  cdcUpdateCounter: z.int32(),
  cdcDeleteCounter: z.int32(),
  cdcInsertCounter: z.int32(),
  appliedChanges: z.int32(),
  incomingChanges: z.int32(),
  latency: z.number(),
  message: text.exactOptional(),
});

const currentStatus = z.object({
  state: z.enum(MIGRATION_STATES),
  error: text.exactOptional(),
  currentSubStateDetails: z.object({
    currentSubState: z.enum(MIGRATION_SUBSTATES),
    dbDetails: z.record(text, databaseStatus),
    validationDetails: validationDetails.optional(),
  }),
});

/** GET, PUT and PATCH of a migration. */
export const migrationResource = z.object({
  ...trackedResource,
  properties: z.object({
    migrationId: text,
    currentStatus,
    migrationInstanceResourceId: text.exactOptional(),
    migrationMode: z.enum(MIGRATION_MODES),
    migrationOption: z.enum(MIGRATION_OPTIONS),
    sourceType: z.enum(SOURCE_TYPES),
    sslMode: z.enum(SSL_MODES),
    sourceDbServerResourceId: text,
    sourceDbServerFullyQualifiedDomainName: text.exactOptional(),
    targetDbServerResourceId: text,
    targetDbServerFullyQualifiedDomainName: text.exactOptional(),
    sourceDbServerMetadata: serverMetadata.exactOptional(),
    targetDbServerMetadata: serverMetadata.exactOptional(),
    dbsToMigrate: z.array(text),
    setupLogicalReplicationOnSourceDbIfNeeded: toggle,
    overwriteDbsInTarget: toggle,
    migrateRoles: toggle,
    startDataMigration: toggle.exactOptional(),
    triggerCutover: toggle.exactOptional(),
    /** Absent when the wish is for all of them. */
    dbsToTriggerCutoverOn: z.array(text).exactOptional(),
    cancel: toggle.exactOptional(),
    dbsToCancelMigrationOn: z.array(text).exactOptional(),
    migrationWindowStartTimeInUtc: text,
    migrationWindowEndTimeInUtc: text.exactOptional(),
    howdah: z.object({
      jobs: z.int().exactOptional(),
      copyFormat: z.enum(["auto", "text"]).exactOptional(),
      vacuum: z.boolean().exactOptional(),
      verifyAtEnd: z.boolean().exactOptional(),
      tuneTarget: z.boolean().exactOptional(),
      online: onlineOptions.exactOptional(),
      targetSslMode: z.enum(SSL_MODES).exactOptional(),
      /** Certificates of authorities, PEM. */
      sourceCaCertificate: text.exactOptional(),
      targetCaCertificate: text.exactOptional(),
      /** Target names and filters as they were sent. */
      databases: databaseSelectionsSchema.exactOptional(),
      throttle: z.object({
        megabytesPerSecond: z.number().nullable(),
        connections: z.int().nullable(),
      }),
      /** True from the wish on; `pausedAt` is there once nothing runs any more. */
      paused: z.boolean(),
      pausedAt: text.exactOptional(),
      attempt: z.int(),
      /** Properties that are kept but not done as they say, and why. */
      notes: z.array(z.object({ target: text, message: text })).exactOptional(),
      errorCode: text.exactOptional(),
      bytesEstimated: z.number(),
      bytesCopied: z.number(),
      rowsCopied: z.number(),
    }),
  }),
});
export type MigrationResource = z.infer<typeof migrationResource>;

/** GET and PUT of a server. */
export const serverResource = z.object({
  ...trackedResource,
  properties: z.object({
    administratorLogin: text,
    fullyQualifiedDomainName: text,
    version: text.exactOptional(),
    minorVersion: text.exactOptional(),
    state: z.literal("Ready"),
    storage: z.object({ storageSizeGB: z.int() }).exactOptional(),
    howdah: z.object({
      port: z.int(),
      sslMode: z.enum(SSL_MODES),
      caCertificate: text.exactOptional(),
      azureResourceId: text.exactOptional(),
      databasesBytes: z.number().exactOptional(),
      checkedAt: text.exactOptional(),
    }),
  }),
});
export type ServerResource = z.infer<typeof serverResource>;

/** A list in ARM's form, a page at a time; without nextLink it is the last one. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ value: z.array(item), nextLink: z.url().exactOptional() });
}

/** POST .../checkMigrationNameAvailability: the question. */
export const nameAvailabilityBody = z.object({
  name: text,
  type: text.refine(
    (type) => type.toLowerCase() === "microsoft.dbforpostgresql/flexibleservers/migrations",
    "The type is Microsoft.DBforPostgreSQL/flexibleServers/migrations.",
  ),
});

/** POST .../checkMigrationNameAvailability: the answer. */
export const nameAvailability = z.object({
  name: text,
  type: text,
  nameAvailable: z.boolean(),
  reason: z.enum(["Invalid", "AlreadyExists"]).exactOptional(),
  message: text.exactOptional(),
});

/** A subscription as Resource Manager lists it. */
export const subscriptionResource = z.object({
  id: text,
  subscriptionId: text,
  displayName: text,
  state: z.literal("Enabled"),
});

/** A resource group as Resource Manager lists it. */
export const resourceGroupResource = z.object({
  id: text,
  name: text,
  type: z.literal("Microsoft.Resources/resourceGroups"),
  location: text,
  properties: z.object({ provisioningState: z.literal("Succeeded") }),
});
