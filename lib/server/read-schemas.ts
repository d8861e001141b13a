/** What the read routes send, property by property; kept equal to the read model by the compiler. */
import { z } from "zod";
import { type AuditPage, ROLES, type SessionInfo } from "@/lib/migrations/access";
import { cutoverResult, followFigures, unfollowedTables } from "@/lib/migrations/follow-figures";
import type {
  ActivityPage,
  MigrationDetails,
  MigrationList,
  MigrationTimings,
  TablePage,
} from "@/lib/migrations/read-model";
import type { ServerList } from "@/lib/migrations/server-contract";
import { validationDetails } from "@/lib/migrations/validation-schema";
import {
  DATABASE_STATES,
  DIVERGENCE_POLICIES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  MIGRATION_PHASES,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  OUTPUT_PLUGINS,
  RUNNERS,
  SOURCE_TYPES,
  SSL_MODES,
  TABLE_STATES,
  UNFOLLOWED_REASONS,
  VERIFICATION_STATES,
} from "@/lib/migrations/vocabulary";
import { type ConnectionTestReport, PROBE_NAMES } from "@/lib/postgres/probes/report";

const text = z.string();
const optionalText = z.string().nullable();
const count = z.int();
const data = z.record(text, z.unknown());

const summary = z.object({
  id: text,
  resourceId: text,
  name: text,
  state: z.enum(MIGRATION_STATES),
  substate: z.enum(MIGRATION_SUBSTATES),
  lastActiveSubstate: z.enum(MIGRATION_SUBSTATES),
  mode: z.enum(MIGRATION_MODES),
  runBy: z.enum(RUNNERS),
  option: z.enum(MIGRATION_OPTIONS),
  sourceHost: text,
  sourcePort: count,
  sourceType: z.enum(SOURCE_TYPES),
  targetName: text,
  targetHost: text,
  targetPort: z.int(),
  databases: z.array(text),
  bytesEstimated: count,
  bytesCopied: count,
  tablesTotal: count,
  tablesCompleted: count,
  tablesErrored: count,
  error: optionalText,
  errorCode: optionalText,
  cancelRequestedAt: optionalText,
  pauseRequestedAt: optionalText,
  pausedAt: optionalText,
  lagMs: z.number().nullable(),
  cutoverRequestedAt: optionalText,
  attempt: count,
  createdAt: text,
  startedAt: optionalText,
  endedAt: optionalText,
  version: count,
});

export const migrationList: z.ZodType<MigrationList> = z.object({
  migrations: z.array(summary),
  workersOnline: count,
});

const databaseProgress = z.object({
  name: text,
  targetName: text,
  filtered: z.boolean(),
  state: z.enum(DATABASE_STATES).nullable(),
  phase: z.enum(["queued", "schema", "copy", "indexes", "finish", "catch-up", "cutover", "done"]),
  createdOnTarget: z.boolean(),
  sizeBytes: count.nullable(),
  bytesEstimated: count,
  bytesCopied: count,
  bytesPlanned: count,
  arrivedBytesEstimated: count,
  arrivedBytesCopied: count,
  rowsEstimated: count,
  arrivedRowsEstimated: count,
  rowsCopied: count,
  tablesQueued: count,
  tablesLoading: count,
  tablesCompleted: count,
  tablesErrored: count,
  indexesTotal: count,
  indexesDone: count,
  message: optionalText,
  startedAt: optionalText,
  endedAt: optionalText,
});

const problem = z.object({
  at: text,
  database: text,
  severity: z.enum(["error", "warning"]),
  kind: text,
  object: text,
  code: text,
  sqlState: optionalText,
  message: text,
  remedy: text,
  statement: optionalText,
});

export const verificationSummary = z.object({
  id: text,
  kind: z.enum(["at-end", "on-demand"]),
  state: z.enum(VERIFICATION_STATES),
  requestedBy: text,
  databases: z.array(text),
  itemsTotal: count,
  itemsDone: count,
  itemsDifferent: count,
  itemsUnchecked: count,
  bytesEstimated: count,
  bytesRead: count,
  error: optionalText,
  errorCode: optionalText,
  cancelRequestedAt: optionalText,
  createdAt: text,
  startedAt: optionalText,
  endedAt: optionalText,
  version: count,
});

const followedDatabase = z.object({
  ...followFigures.shape,
  name: text,
  plugin: z.enum(OUTPUT_PLUGINS).nullable(),
  at: optionalText,
  caughtUpAt: optionalText,
  stopped: unfollowedTables,
  cutoverRequestedAt: optionalText,
  rehearsalRequestedAt: optionalText,
  rehearsal: cutoverResult.nullable(),
  cutover: cutoverResult.nullable(),
});

const onlineDetails = z.object({
  plugin: z.enum(OUTPUT_PLUGINS).nullable(),
  onDivergence: z.enum(DIVERGENCE_POLICIES),
  walLimitBytes: count.nullable(),
  databases: z.array(followedDatabase),
  samples: z.array(
    z.object({
      at: text,
      lagMs: z.number(),
      lagBytes: count,
      appliedChanges: count,
      retainedBytes: count,
    }),
  ),
});

export const migrationDetails: z.ZodType<MigrationDetails> = z.object({
  ...summary.shape,
  sourceUser: text,
  targetUser: text,
  sslMode: z.enum(SSL_MODES),
  overwriteDbsInTarget: z.boolean(),
  conflictingDatabases: z.array(text),
  createdBy: text,
  phases: z.array(
    z.object({
      phase: z.enum(MIGRATION_PHASES),
      startedAt: text,
      resumedAt: text,
      endedAt: optionalText,
      activeMs: z.number(),
    }),
  ),
  validation: validationDetails.nullable(),
  databaseProgress: z.array(databaseProgress),
  problems: z.array(problem),
  problemsTotal: count,
  throttle: z.object({ megabytesPerSecond: z.number().nullable(), connections: count.nullable() }),
  verifyAtEnd: z.boolean(),
  azureTargetId: optionalText,
  verifications: z.array(verificationSummary),
  samples: z.array(z.object({ at: text, bytesCopied: count, rowsCopied: count, activeJobs: count })),
  online: onlineDetails.nullable(),
});

export const tablePage: z.ZodType<TablePage> = z.object({
  total: count,
  offset: count,
  tables: z.array(
    z.object({
      database: text,
      schema: text,
      name: text,
      state: z.enum(TABLE_STATES),
      format: z.enum(["binary", "text"]).nullable(),
      bytesEstimated: count,
      rowsEstimated: count,
      bytesCopied: count,
      rowsCopied: count,
      attempts: count,
      startedAt: optionalText,
      endedAt: optionalText,
      error: optionalText,
      changes: z.object({ inserts: count, updates: count, deletes: count, truncates: count }).nullable(),
      unfollowed: z.enum(UNFOLLOWED_REASONS).nullable(),
    }),
  ),
});

export const migrationTimings: z.ZodType<MigrationTimings> = z.object({
  steps: z.array(z.object({ database: text, step: text, ms: z.number() })),
  indexesTotal: count,
  indexesMs: z.number(),
  indexes: z.array(z.object({ database: text, object: text, ms: z.number() })),
});

export const activityPage: z.ZodType<ActivityPage> = z.object({
  total: count,
  events: z.array(
    z.object({
      id: text,
      at: text,
      level: z.enum(["info", "warning", "error"]),
      kind: text,
      message: text,
      database: optionalText,
      object: optionalText,
      data,
    }),
  ),
});

export const serverList: z.ZodType<ServerList> = z.object({
  servers: z.array(
    z.object({
      id: text,
      resourceId: text,
      name: text,
      resourceGroup: text,
      location: text,
      host: text,
      port: count,
      sslMode: z.enum(SSL_MODES),
      caCertificate: optionalText,
      administratorLogin: text,
      azureResourceId: optionalText,
      version: optionalText,
      storageBytes: count.nullable(),
      checkedAt: optionalText,
      createdAt: text,
      migrationsTotal: count,
      migrationsActive: count,
    }),
  ),
});

export const auditPage: z.ZodType<AuditPage> = z.object({
  total: count,
  events: z.array(
    z.object({
      id: text,
      at: text,
      actor: text,
      role: text,
      action: text,
      target: text,
      address: text,
      outcome: text,
      data,
    }),
  ),
});

export const session: z.ZodType<SessionInfo> = z.object({
  name: text,
  role: z.enum(ROLES),
  expiresAt: optionalText,
});

const inventory = z.object({
  version: text,
  versionNumber: count,
  serverIdentity: text,
  isSuperuser: z.boolean(),
  databases: z.array(
    z.object({
      name: text,
      owner: text,
      encoding: text,
      collation: text,
      sizeBytes: count.nullable(),
      canConnect: z.boolean(),
      extensions: z.array(text).nullable(),
    }),
  ),
  availableExtensions: z.record(text, text),
  totalBytes: count,
  walLevel: text,
});

export const connectionTestReport: z.ZodType<ConnectionTestReport> = z.object({
  ok: z.boolean(),
  summary: text,
  testedAt: text,
  probes: z.array(
    z.object({
      name: z.enum(PROBE_NAMES),
      outcome: z.enum(["passed", "failed", "warning", "skipped"]),
      ms: z.number().nullable(),
      found: text,
      code: optionalText,
      cause: optionalText,
      remedy: optionalText,
    }),
  ),
  inventory: inventory.nullable(),
});
