import type { MigrationResourceForPatch } from "@azure/arm-postgresql-flexible";
import type { AzureRun } from "@/lib/store/azure-run";
import type { LoadedMigration } from "@/lib/store/run";
import { asObject } from "@/lib/store/wish";

export interface WishToSend {
  change: MigrationResourceForPatch;
  /** What has been asked once the change was sent. */
  asked: AzureRun;
  /** In words, for the activity log. */
  what: string;
}

/** The next of the user's wishes that Azure does not know of; null when it knows all. A cancel goes before all others. */
export function wishesToSend(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  if (migration.cancelRequestedAt !== null)
    return asked.isCancelSent
      ? null
      : { change: { cancel: "True" }, asked: { ...asked, isCancelSent: true }, what: "cancel" };
  return (
    cancelOfSome(migration, asked) ??
    overwriting(migration, asked) ??
    databases(migration, asked) ??
    replication(migration, asked) ??
    start(migration, asked) ??
    cutover(migration, asked)
  );
}

function cancelOfSome(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  const sent = new Set(asked.cancelSent);
  const names = migration.databases
    .filter(({ cancelRequestedAt, name }) => cancelRequestedAt !== null && !sent.has(name))
    .map(({ name }) => name);
  if (names.length === 0) return null;
  return {
    change: { cancel: "True", dbsToCancelMigrationOn: names },
    asked: { ...asked, cancelSent: [...asked.cancelSent, ...names] },
    what: `cancel of ${names.join(", ")}`,
  };
}

function replication(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  if (migration.replicationSetupRequestedAt === null || asked.isReplicationSent) return null;
  return {
    change: { setupLogicalReplicationOnSourceDbIfNeeded: "True" },
    asked: { ...asked, isReplicationSent: true },
    what: "set up logical replication on the source",
  };
}

function start(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  const isHeld =
    migration.substate === "WaitingForDataMigrationScheduling" ||
    migration.substate === "WaitingForDataMigrationWindow";
  const { startDataMigration, migrationWindowStartTimeInUtc: window } = asObject(migration.properties);
  if (!isHeld) return null;
  if (startDataMigration === "True" && asked.startSent !== "now")
    return {
      change: { startDataMigration: "True" },
      asked: { ...asked, startSent: "now" },
      what: "start the data migration",
    };
  if (typeof window !== "string" || asked.startSent === window) return null;
  return {
    change: { migrationWindowStartTimeInUtc: new Date(window) },
    asked: { ...asked, startSent: window },
    what: `start the data migration at ${window}`,
  };
}

function overwriting(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  if (!migration.overwriteConfirmed || asked.isOverwriteSent) return null;
  return {
    change: { overwriteDbsInTarget: "True" },
    asked: { ...asked, isOverwriteSent: true },
    what: "databases may be overwritten",
  };
}

function databases(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  if (migration.substate !== "WaitingForDBsToMigrateSpecification" || asked.databasesSent !== null)
    return null;
  const names = asObject(migration.properties)["dbsToMigrate"];
  if (!Array.isArray(names) || names.length === 0) return null;
  const dbsToMigrate = names.map(String);
  return {
    change: { dbsToMigrate },
    asked: { ...asked, databasesSent: dbsToMigrate },
    what: `databases ${dbsToMigrate.join(", ")}`,
  };
}

function cutover(migration: LoadedMigration, asked: AzureRun): WishToSend | null {
  const sent = new Set(asked.cutoverSent);
  const names = migration.databases
    .filter(({ cutoverRequestedAt, name }) => cutoverRequestedAt !== null && !sent.has(name))
    .map(({ name }) => name);
  if (names.length === 0) return null;
  return {
    change: { triggerCutover: "True", dbsToTriggerCutoverOn: names },
    asked: { ...asked, cutoverSent: [...asked.cutoverSent, ...names] },
    what: `cutover of ${names.join(", ")}`,
  };
}
