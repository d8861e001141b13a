/**
 * The one map from states to how they look and read. A status is always tone, icon shape and word together; nothing else
 * in the interface chooses a colour or an icon for a state.
 */
import { isOnTarget } from "./unfollowed";
import type { VerificationItemState } from "./verification";
import type {
  DatabaseState,
  MigrationState,
  MigrationSubstate,
  TableState,
  UnfollowedReason,
  ValidationState,
  VerificationState,
} from "./vocabulary";

export type StatusTone = "ok" | "warn" | "bad" | "run" | "need" | "off";

export type StatusIcon =
  | "running"
  | "needs-you"
  | "succeeded"
  | "failed"
  | "validation-failed"
  | "warning"
  | "canceled"
  | "queued"
  | "skipped"
  | "retrying"
  | "paused";

export interface Status {
  label: string;
  tone: StatusTone;
  icon: StatusIcon;
}

const SUCCEEDED: Status = { label: "Succeeded", tone: "ok", icon: "succeeded" };
const FAILED: Status = { label: "Failed", tone: "bad", icon: "failed" };
const CANCELED: Status = { label: "Canceled", tone: "off", icon: "canceled" };
const QUEUED: Status = { label: "Queued", tone: "off", icon: "queued" };

const MIGRATION: Record<MigrationState, Status> = {
  InProgress: { label: "In progress", tone: "run", icon: "running" },
  WaitingForUserAction: { label: "Waiting for user action", tone: "need", icon: "needs-you" },
  Canceled: CANCELED,
  Failed: FAILED,
  Succeeded: SUCCEEDED,
  ValidationFailed: { label: "Validation failed", tone: "bad", icon: "validation-failed" },
  CleaningUp: { label: "Cleaning up", tone: "off", icon: "running" },
};

export const PAUSED: Status = { label: "Paused", tone: "off", icon: "paused" };
const PAUSING: Status = { label: "Pausing", tone: "off", icon: "running" };

const DATABASE: Record<DatabaseState, Status> = {
  InProgress: { label: "In progress", tone: "run", icon: "running" },
  WaitingForCutoverTrigger: { label: "Waiting for cutover", tone: "need", icon: "needs-you" },
  Failed: FAILED,
  Canceled: CANCELED,
  Succeeded: SUCCEEDED,
  Canceling: { label: "Canceling", tone: "off", icon: "running" },
};

const TABLE: Record<TableState, Status> = {
  queued: QUEUED,
  loading: { label: "Copying", tone: "run", icon: "running" },
  completed: { label: "Copied", tone: "ok", icon: "succeeded" },
  errored: { label: "Error", tone: "bad", icon: "failed" },
};

const NOT_FOLLOWED: Status = { label: "Not followed", tone: "warn", icon: "warning" };
const ALTERED: Status = { label: "Altered", tone: "warn", icon: "warning" };
const RETRYING: Status = { label: "Retrying", tone: "warn", icon: "retrying" };

const VALIDATION: Record<ValidationState, Status> = {
  Succeeded: { label: "Passed", tone: "ok", icon: "succeeded" },
  Failed: FAILED,
  Warning: { label: "Warning", tone: "warn", icon: "warning" },
};

/** A check that could not run: no pass, and nothing found. */
export const notCheckedStatus: Status = { label: "Not checked", tone: "warn", icon: "skipped" };

const VERIFICATION: Record<VerificationState, Status> = {
  queued: QUEUED,
  running: { label: "Verifying", tone: "run", icon: "running" },
  equal: { label: "Equal", tone: "ok", icon: "succeeded" },
  different: { label: "Different", tone: "bad", icon: "failed" },
  incomplete: { label: "Incomplete", tone: "warn", icon: "warning" },
  failed: { label: "Could not run", tone: "bad", icon: "failed" },
  canceled: CANCELED,
};

const VERIFIED: Record<VerificationItemState, Status> = {
  queued: QUEUED,
  running: { label: "Comparing", tone: "run", icon: "running" },
  equal: VERIFICATION.equal,
  different: VERIFICATION.different,
  unchecked: { label: "Not compared", tone: "warn", icon: "warning" },
};

const SUBSTATE_LABELS: Record<MigrationSubstate, string> = {
  PerformingPreRequisiteSteps: "Performing prerequisite steps",
  WaitingForLogicalReplicationSetupRequestOnSourceDB: "Waiting for logical replication on the source",
  WaitingForDBsToMigrateSpecification: "Waiting for a choice of databases",
  WaitingForTargetDBOverwriteConfirmation: "Waiting for overwrite confirmation",
  WaitingForDataMigrationScheduling: "Waiting for the start of data migration",
  WaitingForDataMigrationWindow: "Waiting for the migration window",
  MigratingData: "Migrating data",
  WaitingForCutoverTrigger: "Waiting for cutover trigger",
  CompletingMigration: "Completing migration",
  Completed: "Completed",
  CancelingRequestedDBMigrations: "Canceling",
  ValidationInProgress: "Validation in progress",
};

const SUBSTATE_SENTENCES: Record<MigrationSubstate, string> = {
  PerformingPreRequisiteSteps: "Connecting to both servers and reading what is there.",
  WaitingForLogicalReplicationSetupRequestOnSourceDB:
    "The source cannot stream changes yet. Set wal_level to logical, restart it, then continue.",
  WaitingForDBsToMigrateSpecification: "No database was chosen. Choose at least one to continue.",
  WaitingForTargetDBOverwriteConfirmation:
    "The target already has databases of these names. Nothing is dropped until you confirm.",
  WaitingForDataMigrationScheduling: "Everything is ready. Data moves once you start it.",
  WaitingForDataMigrationWindow: "Everything is ready. Data moves when the migration window begins.",
  MigratingData: "Copying schema and data to the target. The source is only read.",
  WaitingForCutoverTrigger: "The target follows the source. Stop writes, then cut over.",
  CompletingMigration: "Finishing: sequences, statistics and last checks.",
  Completed: "Nothing more will happen.",
  CancelingRequestedDBMigrations:
    "Stopping what runs. Nothing already on the target is dropped unless you asked for it.",
  ValidationInProgress: "Checking both servers and every chosen database. Nothing is changed.",
};

/** How a migration's state is shown. */
export function migrationStatus(state: MigrationState): Status {
  return MIGRATION[state];
}

/** Fields of a migration that decide how it is shown. */
export interface Shown {
  state: MigrationState;
  cancelRequestedAt: string | null;
  pauseRequestedAt: string | null;
  pausedAt: string | null;
}

/** Where a user's wish for a pause stands: "pausing" until nothing runs any more; null when there is none, or it no longer counts. */
export function pauseOf(migration: Shown): "pausing" | "paused" | null {
  if (migration.pauseRequestedAt === null || migration.cancelRequestedAt !== null) return null;
  if (migration.state !== "InProgress" && migration.state !== "WaitingForUserAction") return null;
  return migration.pausedAt === null ? "pausing" : "paused";
}

/** How a migration is shown: its state, or that the user has it rest. ARM has no state for that. */
export function shownStatus(migration: Shown): Status {
  const pause = pauseOf(migration);
  if (pause === null) return migrationStatus(migration.state);
  return pause === "paused" ? PAUSED : PAUSING;
}

/** How a database's state is shown; null means that the worker has not begun it. */
export function databaseStatus(state: DatabaseState | null): Status {
  return state === null ? QUEUED : DATABASE[state];
}

/**
 * How a table's state is shown: a loading table in a second or later attempt is being retried, and one whose rows are there
 * but whose changes are not applied is not followed; one that was altered on the source is followed all the same, if its rows fit.
 */
export function tableStatus(
  state: TableState,
  attempts = 1,
  unfollowed: UnfollowedReason | null = null,
): Status {
  if (state === "completed" && unfollowed !== null) return isOnTarget(unfollowed) ? ALTERED : NOT_FOLLOWED;
  return state === "loading" && attempts > 1 ? RETRYING : TABLE[state];
}

/** How the outcome of a validation rule is shown. */
export function validationStatus(state: ValidationState): Status {
  return VALIDATION[state];
}

/** How a verification's state is shown. */
export function verificationStatus(state: VerificationState): Status {
  return VERIFICATION[state];
}

/** How the comparison of one object is shown. */
export function verifiedStatus(state: VerificationItemState): Status {
  return VERIFIED[state];
}

/** The substate's name as the grid shows it below the state. */
export function substateLabel(substate: MigrationSubstate): string {
  return SUBSTATE_LABELS[substate];
}

/** What is happening in a substate, or what it waits for, in a sentence or two. */
export function substateSentence(substate: MigrationSubstate): string {
  return SUBSTATE_SENTENCES[substate];
}
