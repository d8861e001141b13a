import { advance, type LoadedMigration } from "@/lib/store/run";
import { mayOverwrite, propertiesOf } from "./endpoints";
import { enterCopy } from "./enter-copy";
import { resumeLogicalReplication } from "./online/logical-replication";
import type { RunContext, StepResult } from "./run-context";

/** A waiting migration was queued again: goes on when the wish is there, and leaves again when it is not. */
export async function resumeWaiting(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const { startDataMigration, migrationWindowStartTimeInUtc } = propertiesOf(migration);
  switch (migration.substate) {
    case "WaitingForDBsToMigrateSpecification":
      if (migration.databases.length === 0) return "leave";
      await advance(context.run, "databases-given");
      return "continue";
    case "WaitingForTargetDBOverwriteConfirmation":
      return mayOverwrite(migration) ? await enterCopy(context, migration) : "leave";
    case "WaitingForDataMigrationScheduling":
      return startDataMigration === "True" || migrationWindowStartTimeInUtc !== undefined
        ? await enterCopy(context, migration)
        : "leave";
    case "WaitingForLogicalReplicationSetupRequestOnSourceDB":
      return await resumeLogicalReplication(context, migration);
    default:
      return "leave";
  }
}
