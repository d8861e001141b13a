import { isTerminal, type MigrationOption, type MigrationState, type MigrationSubstate } from "./vocabulary";

/** What a person may do to a migration right now; the API refuses the rest, the UI does not offer it. */
export interface AllowedActions {
  cancel: boolean;
  cutover: boolean;
  /** Trying the cutover without its last step. */
  rehearseCutover: boolean;
  confirmOverwrite: boolean;
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

/** Actions open to a migration in this state; a second cancel is never offered. */
export function allowedActions(migration: {
  state: MigrationState;
  substate: MigrationSubstate;
  option: MigrationOption;
  cancelRequestedAt: Date | string | null;
  pauseRequestedAt: Date | string | null;
}): AllowedActions {
  const { state, substate } = migration;
  const canceling = migration.cancelRequestedAt !== null || state === "CleaningUp";
  const active = !isTerminal(state) && !canceling;
  const paused = migration.pauseRequestedAt !== null;
  const moves = migration.option !== "Validate";
  return {
    cancel: active && (state === "InProgress" || state === "WaitingForUserAction"),
    cutover: active && substate === "WaitingForCutoverTrigger",
    rehearseCutover: active && substate === "WaitingForCutoverTrigger",
    confirmOverwrite: active && substate === "WaitingForTargetDBOverwriteConfirmation",
    delete: isTerminal(state),
    pause: active && !paused && substate === "MigratingData",
    resume: active && paused,
    throttle: active && moves,
    retryFailed: state === "Failed" && moves,
    restart: state === "Failed" || state === "Canceled" || state === "ValidationFailed",
    verify: moves && (state === "Succeeded" || state === "Failed"),
  };
}
