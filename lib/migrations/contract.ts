/**
 * Bodies of the migrations resource as zod schemas; the wizard's form state is `MigrationCreateBody`.
 * Follows Azure/azure-rest-api-specs Microsoft.DBforPostgreSQL 2025-08-01 (Migrations.json), section "Migration".
 */
import { z } from "zod";
import { databaseName } from "./database-name";
import { databaseSelectionsSchema, findSelectionProblems } from "./filter";
import { optionsAzureLacks } from "./own-options";
import {
  DIVERGENCE_POLICIES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  OUTPUT_PLUGINS,
  RUNNERS,
  SOURCE_TYPES,
  SSL_MODES,
} from "./vocabulary";

/** ARM enums are accepted without regard to case and stored in their canonical spelling. */
export function caselessEnum<const T extends readonly [string, ...string[]]>(values: T) {
  const canonical = new Map<string, T[number]>(values.map((value) => [value.toLowerCase(), value]));
  return z
    .string({
      error: ({ input }) =>
        input === undefined
          ? undefined
          : `Invalid input: expected string, one of ${values.map((value) => `"${value}"`).join(", ")}, received ${input === null ? "null" : typeof input}`,
    })
    .transform((value) => canonical.get(value.toLowerCase()) ?? value)
    .pipe(z.enum(values))
    .meta({ enum: [...values] });
}

/** Rule of the migrations resource. */
export const MOST_DATABASES = 50;

const databaseNames = z
  .array(databaseName)
  .max(MOST_DATABASES, `A migration moves at most ${MOST_DATABASES} databases: create another for the rest.`);

/** Rules of Resource Manager: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources */
export const resourceTags = z
  .record(z.string().max(512, "The name of a tag has at most 512 characters."), z.string().max(256))
  .refine((tags) => Object.keys(tags).length <= 50, "A resource has at most 50 tags.");

/** ARM toggles are the strings "True" and "False". */
const toggle = caselessEnum(["True", "False"]);

/** Rule of the portal: letters, digits and hyphens, not starting with a hyphen. */
export const MIGRATION_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
export const MIGRATION_NAME_MAX_LENGTH = 63;

export const migrationName = z
  .string()
  .min(1, "Enter a migration name.")
  .max(MIGRATION_NAME_MAX_LENGTH, `A migration name has at most ${MIGRATION_NAME_MAX_LENGTH} characters.`)
  .regex(MIGRATION_NAME_PATTERN, "Use letters, digits and hyphens; the name cannot start with a hyphen.");

/** `host:port@user` of a source that is not an Azure resource; IPv6 hosts in brackets. */
export const SOURCE_ADDRESS_PATTERN = /^(\[[0-9A-Fa-f:.]+\]|[^:@\s/]+):(\d{1,5})@([^\0]+)$/;

/** A slash would make the driver open a Unix socket of the machine Howdah runs on. */
export const HOST_PATTERN = /^[^\s/\\@?#]+$/;

/** A host that takes precedence over the one in an address; empty means none. */
const hostOverride = z
  .string()
  .max(255)
  .refine(
    (host) => host === "" || HOST_PATTERN.test(host),
    "Enter a host name or IP address only, without user, port or path.",
  );

const password = z.string().min(1, "Enter the password.").max(1000);

const adminCredentials = z.object({ sourceServerPassword: password, targetServerPassword: password });

const secretParameters = z.object({
  adminCredentials,
  sourceServerUsername: z.string().max(63).optional(),
  targetServerUsername: z.string().max(63).optional(),
});

/** Limits a migration keeps to, changeable while it runs; null takes a limit away. */
export const throttleOptions = z.object({
  megabytesPerSecond: z.number().min(0.1).max(100_000).nullable().optional(),
  /** Pairs of copy connections. */
  connections: z.int().min(1).max(64).nullable().optional(),
});
export type ThrottleOptions = z.infer<typeof throttleOptions>;

/** Of an online migration; all optional. */
export const onlineOptions = z.object({
  plugin: z.enum(OUTPUT_PLUGINS).optional(),
  /** A change that finds no row on the target ends the following of its database, or is counted and shown; default stop. */
  onDivergence: z.enum(DIVERGENCE_POLICIES).optional(),
  /** WAL the source may keep for each slot; beyond it the migration ends rather than fill the source's disk. Default: none. */
  walLimitMegabytes: z.number().min(16).max(100_000_000).nullable().optional(),
});
export type OnlineOptions = z.infer<typeof onlineOptions>;

/** Howdah's own options; Azure knows no such property. */
export const howdahOptions = z.object({
  /** "azure": Azure's own migration service moves the data, into a flexible server that was found in Azure; default howdah. */
  runBy: z.enum(RUNNERS).optional(),
  /** Parallel copies and index builds; chosen from the target and its distance when absent. */
  jobs: z.int().min(1).max(64).optional(),
  /** "text" copies every table in text; "auto" each in binary where that is safe. */
  copyFormat: z.enum(["auto", "text"]).optional(),
  /** VACUUM the tables at the end, besides ANALYZE. */
  vacuum: z.boolean().optional(),
  throttle: throttleOptions.optional(),
  online: onlineOptions.optional(),
  /** Compare both sides when everything has moved; differences end the migration as failed. */
  verifyAtEnd: z.boolean().optional(),
  /** Of a target known in Azure: sets parameters that make a load faster there, and puts them back when the migration ends. */
  tuneTarget: z.boolean().optional(),
  /** Filters and target names; databases of dbsToMigrate that are not named move whole, under their own name. */
  databases: databaseSelectionsSchema.optional(),
  sourceCaCertificate: z.string().max(65_536).optional(),
  targetCaCertificate: z.string().max(65_536).optional(),
  /** SSL mode towards the target, when another than the registered server's. */
  targetSslMode: caselessEnum(SSL_MODES).optional(),
});

const editable = {
  sourceDbServerResourceId: z.string().max(1024).optional(),
  sourceDbServerFullyQualifiedDomainName: hostOverride.optional(),
  targetDbServerFullyQualifiedDomainName: hostOverride.optional(),
  dbsToMigrate: databaseNames.optional(),
  setupLogicalReplicationOnSourceDbIfNeeded: toggle.optional(),
  overwriteDbsInTarget: toggle.optional(),
  migrateRoles: toggle.optional(),
  startDataMigration: toggle.optional(),
  triggerCutover: toggle.optional(),
  dbsToTriggerCutoverOn: databaseNames.optional(),
  cancel: toggle.optional(),
  dbsToCancelMigrationOn: databaseNames.optional(),
  migrationWindowStartTimeInUtc: z.iso.datetime({ offset: true }).optional(),
};

export const migrationCreateProperties = z
  .object({
    ...editable,
    migrationInstanceResourceId: z.string().max(1024).optional(),
    migrationMode: caselessEnum(MIGRATION_MODES).default("Offline"),
    migrationOption: caselessEnum(MIGRATION_OPTIONS).default("ValidateAndMigrate"),
    sourceType: caselessEnum(SOURCE_TYPES).default("OnPremises"),
    sslMode: caselessEnum(SSL_MODES).optional(),
    migrationWindowEndTimeInUtc: z.iso.datetime({ offset: true }).optional(),
    secretParameters,
    howdah: howdahOptions.optional(),
  })
  .superRefine(({ dbsToMigrate, howdah }, context) => {
    for (const { index, field, message } of findSelectionProblems(
      dbsToMigrate ?? [],
      howdah?.databases ?? [],
    )) {
      context.addIssue({ code: "custom", message, path: ["howdah", "databases", index, field] });
    }
    for (const { key, message } of optionsAzureLacks(howdah ?? {})) {
      context.addIssue({ code: "custom", message, path: ["howdah", key] });
    }
  });

/** Body of PUT .../migrations/{name}. */
export const migrationCreateBody = z.object({
  location: z.string().max(90).default("local"),
  tags: resourceTags.optional(),
  properties: migrationCreateProperties,
});
export type MigrationCreateBody = z.infer<typeof migrationCreateBody>;
export type MigrationCreateInput = z.input<typeof migrationCreateBody>;

/** Body of PATCH .../migrations/{name}. */
export const migrationPatchBody = z.object({
  tags: resourceTags.optional(),
  properties: z
    .object({
      ...editable,
      migrationMode: caselessEnum(MIGRATION_MODES).optional(),
      secretParameters: z
        .object({
          adminCredentials: adminCredentials.partial().optional(),
          sourceServerUsername: z.string().max(63).optional(),
          targetServerUsername: z.string().max(63).optional(),
        })
        .optional(),
      /** Howdah's own wishes. */
      howdah: z
        .object({
          cancelReason: z.string().max(500).optional(),
          dropTargetsOnCancel: z.boolean().optional(),
          throttle: throttleOptions.optional(),
          /** Of an online migration: what becomes of divergences, and how much WAL may be kept; not the plugin. */
          online: onlineOptions.optional(),
          /** Do everything a cutover does but the last step, and say how long it takes; of an online migration that follows. */
          rehearseCutover: z.boolean().optional(),
          /** true pauses, false goes on. */
          paused: z.boolean().optional(),
          /**
           * Of a migration that failed or was canceled: "Failed" goes on from what is finished, "Everything" begins anew. Needs both
           * passwords in secretParameters: they were deleted when it ended.
           */
          retry: z.enum(["Failed", "Everything"]).optional(),
        })
        .optional(),
    })
    .optional(),
});
export type MigrationPatchBody = z.infer<typeof migrationPatchBody>;

/** Parts of `host:port@user`; null when the text has another form. */
export function parseSourceAddress(text: string): { host: string; port: number; user: string } | null {
  const match = SOURCE_ADDRESS_PATTERN.exec(text);
  if (!match) return null;
  const [, host = "", portText = "", user = ""] = match;
  const port = Number(portText);
  if (port < 1 || port > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port, user };
}

/** The text ARM carries for a source that is not an Azure resource. */
export function formatSourceAddress(address: { host: string; port: number; user: string }): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}@${address.user}`;
}
