import { fromCodedError } from "@/lib/arm/map-error";
import { type AllowedActions, allowedActions } from "@/lib/migrations/allowed-actions";
import { cuttingOverOf } from "@/lib/store/online/database-wishes";
import type { FullMigration } from "@/lib/store/read-migrations";
import { statusOf, whereItIs } from "@/lib/store/wish";
import { CodedError } from "@/lib/util/coded-error";

const ACTION_NAMES: Record<keyof AllowedActions, string> = {
  cancel: "cancel",
  cutover: "trigger the cutover",
  rehearseCutover: "rehearse the cutover with howdah.rehearseCutover",
  confirmOverwrite: "confirm overwriting with overwriteDbsInTarget",
  setUpReplication: "set up logical replication with setupLogicalReplicationOnSourceDbIfNeeded",
  specifyDatabases: "name the databases with dbsToMigrate",
  schedule: "set the start with startDataMigration or migrationWindowStartTimeInUtc",
  pause: "pause with howdah.paused true",
  resume: "resume with howdah.paused false",
  throttle: "set limits with howdah.throttle",
  retryFailed: 'retry what failed with howdah.retry "Failed"',
  restart: 'restart with howdah.retry "Everything"',
  verify: "verify",
  delete: "remove the record",
};

/**
 * A refused action, with what is open instead; any other error as it is. `read` tells of the migration as of now: its state may have
 * changed since the request began.
 */
export async function withAllowedActions(
  error: unknown,
  read: () => Promise<FullMigration>,
): Promise<unknown> {
  if (!(error instanceof CodedError) || error.code !== "ACTION_NOT_ALLOWED") return error;
  const { message, subject } = error;
  return fromCodedError(
    new CodedError(error.code, `${message} ${allowedNow(await read())}`, {
      cause: error,
      ...(subject === null ? {} : { subject }),
    }),
  );
}

/** Where the migration is, and what can be asked of it there. */
export function nowOf(migration: FullMigration): string {
  return `${migration.name} is ${whereItIs(migration)}. ${allowedNow(migration)}`;
}

function allowedNow(migration: FullMigration): string {
  const actions = allowedActions({
    ...statusOf(migration),
    cuttingOver: cuttingOverOf(migration.databases),
  });
  const open = Object.entries(ACTION_NAMES).flatMap(([action, text]) =>
    actions[action as keyof AllowedActions] ? [text] : [],
  );
  return open.length === 0 ? "Nothing can be asked of it now." : `Allowed now: ${open.join(", ")}.`;
}
