"use client";

import { AlertDialog } from "@/components/ui/alert-dialog";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { ConsequenceList } from "./consequence-list";
import { DialogFailure } from "./dialog-failure";
import { removeMigrationRecord } from "./patch-migration";
import { useWish } from "./use-wish";

interface DeleteDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The record is gone. */
  onDone: () => void;
}

/** Asks before the record of an ended migration is removed; no database is touched. */
export function DeleteDialog({ migration, open, onOpenChange, onDone }: DeleteDialogProps) {
  const wish = useWish(() => removeMigrationRecord(migration.resourceId), onDone);
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Delete ${migration.name} from the list?`}
      description="Its record leaves Howdah and its name becomes free. No database is touched."
      cancelLabel="Keep it"
      confirmLabel="Delete record"
      danger
      pending={wish.pending}
      onConfirm={wish.send}
    >
      <ConsequenceList
        title="Deleted"
        icon="trash"
        items={[
          { text: "Activity log, problems and timings", detail: null },
          { text: "Validation and verification reports", detail: null },
        ]}
      />
      <ConsequenceList
        title="Stays"
        icon="database"
        items={[
          { text: `Databases on ${migration.targetName}`, detail: "as they are" },
          { text: "Source databases", detail: "unchanged" },
        ]}
      />
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}
