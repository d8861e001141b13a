import { EmptyState } from "@/components/ui/empty-state";
import { ValidationReport } from "@/components/validation-report/validation-report";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";

/** The premigration report, or why there is none. */
export function ValidationTab({ migration, mayAct }: { migration: MigrationDetails; mayAct: boolean }) {
  const { azureTargetId } = migration;
  if (migration.validation) {
    return (
      <ValidationReport
        name={migration.name}
        details={migration.validation}
        azureTarget={
          azureTargetId !== null && mayAct ? { id: azureTargetId, name: migration.targetName } : null
        }
      />
    );
  }
  if (migration.option === "Migrate") {
    return (
      <EmptyState
        icon="validation-failed"
        title="No validation was asked for"
        description="The option of this migration is Migrate. Create one with the option Validate, or Validate and migrate, to have both servers and every database examined first."
      />
    );
  }
  if (isTerminal(migration.state)) {
    return (
      <EmptyState
        icon="skipped"
        title="Validation did not finish"
        description="The migration ended before the checks were done, so there is no report."
      />
    );
  }
  return (
    <EmptyState
      icon="running"
      title="The report appears when the checks are done"
      description="Validation reads both servers and every chosen database. It changes nothing on either of them."
    />
  );
}
