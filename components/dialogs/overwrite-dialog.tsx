"use client";

import { useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { ConsequenceList } from "./consequence-list";
import { DialogFailure } from "./dialog-failure";
import { patchMigration } from "./patch-migration";
import { useWish } from "./use-wish";

interface OverwriteDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

/** Asks once more before databases on the target are dropped, with their names. */
export function OverwriteDialog({ migration, open, onOpenChange, onDone }: OverwriteDialogProps) {
  // The list a person reads must not change under the button while the dialog is open.
  const [names] = useState(migration.conflictingDatabases);
  const count = countNoun(names.length, "database");
  const one = names.length === 1;
  const wish = useWish(() => patchMigration(migration.resourceId, { overwriteDbsInTarget: "True" }), onDone);
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Overwrite ${count} on ${migration.targetName}?`}
      description={`${one ? "It is" : "They are"} dropped with everything in ${one ? "it" : "them"}, then created anew from the source. Howdah keeps no copy.`}
      cancelLabel={one ? "Keep it" : "Keep them"}
      confirmLabel={`Overwrite ${count}`}
      danger
      pending={wish.pending}
      onConfirm={wish.send}
    >
      <ConsequenceList
        title="Dropped on the target"
        icon="minus"
        items={names.map((name) => ({ text: name, detail: migration.targetHost }))}
      />
      <ConsequenceList
        title="Also happens"
        icon="info"
        items={[
          {
            text: `Sessions connected to ${one ? "this database" : "these databases"} are ended`,
            detail: null,
          },
          { text: "Source databases", detail: "unchanged" },
        ]}
      />
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}
