/**
 * What the grid and the details page read besides the ARM resource. Numbers are plain (bytes and rows stay below 2^53),
 * times are ISO 8601 UTC. Served by GET /api/migrations and /api/migrations/{id}...; acting goes through the ARM routes only.
 */
import type { ValidationDetails } from "./validation-details";
import type {
  CutoverStepName,
  DatabaseState,
  DivergencePolicyName,
  MigrationMode,
  MigrationOption,
  MigrationPhase,
  MigrationState,
  MigrationSubstate,
  OutputPluginName,
  Runner,
  SourceType,
  SslMode,
  TableState,
  UnfollowedReason,
  VerificationState,
} from "./vocabulary";

/** One row of the grid. */
export interface MigrationSummary {
  /** GUID, ARM's migrationId; the page is /migrations/{id}. */
  id: string;
  /** ARM resource id; PATCH and DELETE go there. */
  resourceId: string;
  name: string;
  state: MigrationState;
  substate: MigrationSubstate;
  lastActiveSubstate: MigrationSubstate;
  mode: MigrationMode;
  /** Who moves the data. */
  runBy: Runner;
  option: MigrationOption;
  sourceHost: string;
  sourcePort: number;
  sourceType: SourceType;
  targetName: string;
  targetHost: string;
  targetPort: number;
  databases: string[];
  /** Sum over databases; 0 until the copy was planned. */
  bytesEstimated: number;
  bytesCopied: number;
  tablesTotal: number;
  tablesCompleted: number;
  tablesErrored: number;
  error: string | null;
  errorCode: string | null;
  cancelRequestedAt: string | null;
  pauseRequestedAt: string | null;
  /** Set once nothing runs any more. */
  pausedAt: string | null;
  /** Of an online migration that follows: the longest of its databases' lags in milliseconds; else null. */
  lagMs: number | null;
  cutoverRequestedAt: string | null;
  /** 1, and one more for each retry. */
  attempt: number;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  version: number;
}

/** Databases pass a phase one after another, so it may begin and end several times. */
export interface PhaseTimes {
  phase: MigrationPhase;
  /** When the first database entered it. */
  startedAt: string;
  /** When it last began. */
  resumedAt: string;
  /** When it last ended; null while a database is in it. */
  endedAt: string | null;
  /** Milliseconds of all times it was open and ended again. */
  activeMs: number;
}

export interface DatabaseProgress {
  name: string;
  /** Its name on the target. */
  targetName: string;
  /** True when a filter leaves something of it out. */
  filtered: boolean;
  /** null until the worker has begun it. */
  state: DatabaseState | null;
  phase: "queued" | "schema" | "copy" | "indexes" | "finish" | "catch-up" | "cutover" | "done";
  createdOnTarget: boolean;
  sizeBytes: number | null;
  /** What the copy will come to: of tables that are through what they came to, of the others their sizes on the source. */
  bytesEstimated: number;
  bytesCopied: number;
  /** Sizes of all tables on the source. */
  bytesPlanned: number;
  /** The part of `bytesPlanned` whose rows have arrived, as far as rows tell, and what of `bytesCopied` is theirs. */
  arrivedBytesEstimated: number;
  arrivedBytesCopied: number;
  /** As the source estimates them, and those of them that have arrived. */
  rowsEstimated: number;
  arrivedRowsEstimated: number;
  rowsCopied: number;
  tablesQueued: number;
  tablesLoading: number;
  tablesCompleted: number;
  tablesErrored: number;
  indexesTotal: number;
  indexesDone: number;
  message: string | null;
  startedAt: string | null;
  endedAt: string | null;
}

/** A failed or noteworthy object, with what to do about it. */
export interface Problem {
  at: string;
  database: string;
  severity: "error" | "warning";
  kind: string;
  object: string;
  code: string;
  sqlState: string | null;
  message: string;
  remedy: string;
  statement: string | null;
}

export interface Sample {
  at: string;
  bytesCopied: number;
  rowsCopied: number;
  activeJobs: number;
}

/** Everything the details page shows but tables and activity, which page. */
export interface MigrationDetails extends MigrationSummary {
  sourceUser: string;
  targetUser: string;
  sslMode: SslMode;
  overwriteDbsInTarget: boolean;
  /** Set while the substate is WaitingForTargetDBOverwriteConfirmation: databases that already exist on the target. */
  conflictingDatabases: string[];
  /** Who created it, as shown in the audit log. */
  createdBy: string;
  phases: PhaseTimes[];
  validation: ValidationDetails | null;
  databaseProgress: DatabaseProgress[];
  problems: Problem[];
  problemsTotal: number;
  throttle: { megabytesPerSecond: number | null; connections: number | null };
  verifyAtEnd: boolean;
  /** ARM id in Azure of the target, when it was found there. */
  azureTargetId: string | null;
  /** The newest first; their items and rows are read page by page. */
  verifications: VerificationSummary[];
  /** One a second at most, oldest first, thinned to 720. */
  samples: Sample[];
  /** null for an offline migration. */
  online: OnlineDetails | null;
}

/** What an online migration shows besides. */
export interface OnlineDetails {
  /** As the user chose; null: by Howdah, for each database. */
  plugin: OutputPluginName | null;
  onDivergence: DivergencePolicyName;
  /** WAL the source may keep for each slot; null: no limit of ours. */
  walLimitBytes: number | null;
  /** Those that have begun to follow, in their order. */
  databases: FollowedDatabase[];
  /** One a second at most, oldest first, thinned to 720. */
  samples: FollowSample[];
}

export interface FollowedDatabase {
  name: string;
  /** What its changes are read with; null until its rows are copied. */
  plugin: OutputPluginName | null;
  /** When the figures are from; null before the first. */
  at: string | null;
  /** Set once it was behind by less than a second. */
  caughtUpAt: string | null;
  lagMs: number;
  lagBytes: number;
  incomingChanges: number;
  appliedChanges: number;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  transactions: number;
  divergences: number;
  slot: {
    name: string;
    isActive: boolean;
    walStatus: string | null;
    retainedBytes: number | null;
    safeWalBytes: number | null;
  } | null;
  /** Tables whose changes are not applied. */
  stopped: { schema: string; name: string; reason: UnfollowedReason }[];
  cutoverRequestedAt: string | null;
  rehearsalRequestedAt: string | null;
  /** The last one. */
  rehearsal: CutoverResult | null;
  cutover: CutoverResult | null;
}

export interface CutoverResult {
  startedAt: string;
  lsn: string;
  /** Milliseconds from the wish to the end: the downtime, as far as Howdah made it. */
  ms: number;
  steps: { step: CutoverStepName; ms: number }[];
  unfollowed: { schema: string; name: string; reason: UnfollowedReason }[];
}

/** Over all databases: the longest lag, the sums of the rest. */
export interface FollowSample {
  at: string;
  lagMs: number;
  lagBytes: number;
  appliedChanges: number;
  retainedBytes: number;
}

export interface TableProgress {
  database: string;
  schema: string;
  name: string;
  state: TableState;
  format: "binary" | "text" | null;
  bytesEstimated: number;
  rowsEstimated: number;
  bytesCopied: number;
  rowsCopied: number;
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
  error: string | null;
  /** Changes applied since its rows were copied; null for an offline migration. */
  changes: { inserts: number; updates: number; deletes: number; truncates: number } | null;
  /** Set when its changes are not applied. */
  unfollowed: UnfollowedReason | null;
}

/** Orders of a list of tables; a leading "-" reverses one. */
export const TABLE_SORTS = [
  "name",
  "bytes",
  "rows",
  "rate",
  "rowRate",
  "duration",
  "changes",
  "inserts",
  "updates",
  "deletes",
] as const;
export type TableSort = (typeof TABLE_SORTS)[number];

/**
 * GET /api/migrations/{id}/tables?database=&state=&search=&sort=&offset=&limit=; without `sort` errored first, then loading,
 * queued, completed.
 */
export interface TablePage {
  total: number;
  offset: number;
  tables: TableProgress[];
}

export interface ActivityEvent {
  /** Decimal string, grows. */
  id: string;
  at: string;
  level: "info" | "warning" | "error";
  kind: string;
  message: string;
  database: string | null;
  object: string | null;
  data: Record<string, unknown>;
}

/** What the parts of a migration took; the newest figure of each counts. */
export interface StepTiming {
  database: string;
  /** Of lib/engine/events.ts. */
  step: string;
  ms: number;
}

export interface IndexTiming {
  database: string;
  object: string;
  ms: number;
}

/** GET /api/migrations/{id}/timings; the indexes are the slowest, slowest first. */
export interface MigrationTimings {
  steps: StepTiming[];
  indexesTotal: number;
  indexesMs: number;
  indexes: IndexTiming[];
}

/** GET /api/migrations/{id}/events?before=&limit=; newest first. */
export interface ActivityPage {
  total: number;
  events: ActivityEvent[];
}

/** A comparison of both sides; "incomplete" (something could not be compared) is never a pass. */
export interface VerificationSummary {
  id: string;
  kind: "at-end" | "on-demand";
  state: VerificationState;
  requestedBy: string;
  databases: string[];
  itemsTotal: number;
  itemsDone: number;
  itemsDifferent: number;
  itemsUnchecked: number;
  bytesEstimated: number;
  bytesRead: number;
  error: string | null;
  errorCode: string | null;
  cancelRequestedAt: string | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  version: number;
}

/** GET /api/migrations */
export interface MigrationList {
  migrations: MigrationSummary[];
  /** Workers whose heartbeat is younger than 30 s. */
  workersOnline: number;
}
