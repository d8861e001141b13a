import type { MigrationSubstate } from "@/lib/migrations/vocabulary";
import { advance, canPause, type LoadedMigration, loadMigration, notePaused } from "@/lib/store/run";
import { runInAzure } from "./azure/run-in-azure";
import { cancelMigration } from "./cancel-migration";
import { completeMigration } from "./complete-migration";
import { enterCopy } from "./enter-copy";
import { migrateDatabases } from "./migrate-databases";
import { migrateOnline } from "./online/migrate-online";
import { prepareMigration } from "./prepare-migration";
import { resumeWaiting } from "./resume-waiting";
import type { RunContext, StepResult } from "./run-context";
import { validateMigration } from "./validate-migration";

type Step = (context: RunContext, migration: LoadedMigration) => Promise<StepResult>;

/** What a worker does in each substate. Each step is safe to begin again: a take-over starts with the one the last worker was in. */
const STEPS: Record<MigrationSubstate, Step> = {
  PerformingPreRequisiteSteps: prepareMigration,
  ValidationInProgress: validateMigration,
  WaitingForLogicalReplicationSetupRequestOnSourceDB: resumeWaiting,
  WaitingForDBsToMigrateSpecification: resumeWaiting,
  WaitingForTargetDBOverwriteConfirmation: resumeWaiting,
  WaitingForDataMigrationScheduling: resumeWaiting,
  WaitingForDataMigrationWindow: enterCopy,
  MigratingData: (context, migration) =>
    migration.mode === "Online" ? migrateOnline(context, migration) : migrateDatabases(context, migration),
  // Its databases are followed meanwhile, by the same owner.
  WaitingForCutoverTrigger: migrateOnline,
  CompletingMigration: completeMigration,
  CancelingRequestedDBMigrations: cancelMigration,
  Completed: async () => "leave",
};

/** Drives a migration until it ends or waits for someone. Throws the signal's reason when aborted, and what a step throws. */
export async function driveMigration(context: RunContext): Promise<void> {
  for (;;) {
    context.signal.throwIfAborted();
    const migration = await loadMigration(context.run);
    if (migration.azureRun !== null) {
      await runInAzure(context, migration);
      return;
    }
    const canceling = migration.state === "CleaningUp" || migration.substate === "Completed";
    if (migration.cancelRequestedAt && !canceling) {
      await advance(context.run, "cancel");
      continue;
    }
    // A worker died or was stopped while it paused: the pause holds.
    if (migration.pauseRequestedAt !== null && canPause(migration.substate)) {
      if ((await notePaused(context.run)) === "canceled") continue;
      return;
    }
    const step = STEPS[migration.substate as MigrationSubstate];
    if ((await step(context, migration)) === "leave") return;
  }
}
