import {
  isTerminal,
  type MigrationOption,
  type MigrationState,
  type MigrationSubstate,
  type Runner,
} from "./vocabulary";

/** What a person may do to a migration right now; the API refuses the rest, the UI does not offer it. */
export interface AllowedActions {
  cancel: boolean;
  cutover: boolean;
  /** Trying the cutover without its last step. */
  rehearseCutover: boolean;
  confirmOverwrite: boolean;
  /** Having logical replication set up on the source, or looked at again there. */
  setUpReplication: boolean;
  /** Naming the databases of a migration that was created without. */
  specifyDatabases: boolean;
  /** Setting when the copy starts, while it has not begun. */
  schedule: boolean;
  /** Removing the finished migration from the list. */
  delete: boolean;
  pause: boolean;
  /** Going on after a pause. */
  resume: boolean;
  /** Changing its limits while it is active. */
  throttle: boolean;
  /** Doing again only what failed. */
  retryFailed: boolean;
  /** Beginning anew under the same name. */
  restart: boolean;
  /** Comparing source and target now. */
  verify: boolean;
}

/** Substates of a migration that has not begun to copy. */
const BEFORE_COPY: readonly MigrationSubstate[] = [
  "PerformingPreRequisiteSteps",
  "ValidationInProgress",
  "WaitingForDBsToMigrateSpecification",
  "WaitingForTargetDBOverwriteConfirmation",
  "WaitingForLogicalReplicationSetupRequestOnSourceDB",
  "WaitingForDataMigrationScheduling",
  "WaitingForDataMigrationWindow",
];

/** Actions open to a migration in this state; a second cancel is never offered. */
export function allowedActions(migration: {
  state: MigrationState;
  substate: MigrationSubstate;
  option: MigrationOption;
  cancelRequestedAt: Date | string | null;
  pauseRequestedAt: Date | string | null;
  /** Whether a cutover was asked for and goes on: of some of the databases that are left, or of all; absent: of none. */
  cuttingOver?: "some" | "all" | undefined;
  /** Azure's service knows neither pause, limits, rehearsal nor a second attempt; default howdah. */
  runBy?: Runner;
}): AllowedActions {
  const { state, substate } = migration;
  const canceling = migration.cancelRequestedAt !== null || state === "CleaningUp";
  const active = !isTerminal(state) && !canceling;
  const paused = migration.pauseRequestedAt !== null;
  const moves = migration.option !== "Validate";
  const own = migration.runBy !== "azure";
  const follows = active && !paused && substate === "WaitingForCutoverTrigger";
  const mayCutOver = follows && migration.cuttingOver !== "all";
  return {
    cancel: active && (state === "InProgress" || state === "WaitingForUserAction"),
    cutover: mayCutOver,
    rehearseCutover: own && mayCutOver,
    confirmOverwrite: active && substate === "WaitingForTargetDBOverwriteConfirmation",
    setUpReplication: active && substate === "WaitingForLogicalReplicationSetupRequestOnSourceDB",
    specifyDatabases: active && substate === "WaitingForDBsToMigrateSpecification",
    schedule: active && moves && BEFORE_COPY.includes(substate),
    delete: isTerminal(state),
    // A cutover that was asked for is not interrupted.
    pause: own && active && !paused && !migration.cuttingOver && (substate === "MigratingData" || follows),
    resume: active && paused,
    throttle: own && active && moves,
    retryFailed: own && state === "Failed" && moves,
    restart: own && (state === "Failed" || state === "Canceled" || state === "ValidationFailed"),
    verify: moves && (state === "Succeeded" || state === "Failed"),
  };
}
