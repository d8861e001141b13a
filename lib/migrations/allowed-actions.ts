import { isTerminal, type MigrationState, type MigrationSubstate } from "./vocabulary";

/** What a person may do to a migration right now; the API refuses the rest, the UI does not offer it. */
export interface AllowedActions {
  cancel: boolean;
  cutover: boolean;
  confirmOverwrite: boolean;
  /** Removing the finished migration from the list. */
  delete: boolean;
}

/** Actions open to a migration in this state; a second cancel is never offered. */
export function allowedActions(migration: {
  state: MigrationState;
  substate: MigrationSubstate;
  cancelRequestedAt: Date | string | null;
}): AllowedActions {
  const { state, substate } = migration;
  const canceling = migration.cancelRequestedAt !== null || state === "CleaningUp";
  const active = !isTerminal(state) && !canceling;
  return {
    cancel: active && (state === "InProgress" || state === "WaitingForUserAction"),
    cutover: active && substate === "WaitingForCutoverTrigger",
    confirmOverwrite: active && substate === "WaitingForTargetDBOverwriteConfirmation",
    delete: isTerminal(state),
  };
}
