/** What this command reads of the server's answers; everything else of them is passed on as it came. */
import { z } from "zod";
import {
  DATABASE_STATES,
  MIGRATION_OPTIONS,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  SSL_MODES,
} from "@/lib/migrations/vocabulary";

const text = z.string();
const optionalText = z.string().nullable();
const count = z.number();

const summary = z.looseObject({
  id: text,
  resourceId: text,
  name: text,
  state: z.enum(MIGRATION_STATES),
  substate: z.enum(MIGRATION_SUBSTATES),
  option: z.enum(MIGRATION_OPTIONS),
  sourceHost: text,
  sourcePort: count,
  targetName: text,
  targetHost: text,
  targetPort: count,
  databases: z.array(text),
  bytesEstimated: count,
  bytesCopied: count,
  error: optionalText,
  errorCode: optionalText,
  cancelRequestedAt: optionalText,
  pauseRequestedAt: optionalText,
  pausedAt: optionalText,
  attempt: count,
  createdAt: text,
  startedAt: optionalText,
  endedAt: optionalText,
  version: count,
});
export type MigrationRow = z.infer<typeof summary>;

/** GET /api/migrations */
export const migrationListAnswer = z.looseObject({ migrations: z.array(summary), workersOnline: count });

const databaseProgress = z.looseObject({
  name: text,
  targetName: text,
  filtered: z.boolean(),
  state: z.enum(DATABASE_STATES).nullable(),
  phase: text,
  createdOnTarget: z.boolean(),
  bytesEstimated: count,
  bytesCopied: count,
  rowsCopied: count,
  tablesQueued: count,
  tablesLoading: count,
  tablesCompleted: count,
  tablesErrored: count,
  indexesTotal: count,
  indexesDone: count,
  message: optionalText,
});

const followed = z.looseObject({ name: text, at: optionalText, lagMs: count, appliedChanges: count });

/** GET /api/migrations/{id} */
export const migrationAnswer = z.looseObject({
  ...summary.shape,
  sourceUser: text,
  targetUser: text,
  sslMode: z.enum(SSL_MODES),
  throttle: z.object({ megabytesPerSecond: count.nullable(), connections: count.nullable() }),
  validation: z.unknown(),
  databaseProgress: z.array(databaseProgress),
  /** Of an online migration. */
  online: z.looseObject({ databases: z.array(followed) }).nullish(),
  problems: z.array(
    z.looseObject({
      database: text,
      severity: text,
      kind: text,
      object: text,
      code: text,
      message: text,
      remedy: text,
    }),
  ),
  problemsTotal: count,
});
export type MigrationAnswer = z.infer<typeof migrationAnswer>;

/** ARM's and Howdah's error body. */
export const errorAnswer = z.looseObject({
  error: z.looseObject({
    code: text,
    message: text,
    target: text.optional(),
    additionalInfo: z.array(z.looseObject({ info: z.looseObject({ remedy: text.optional() }) })).optional(),
  }),
});
