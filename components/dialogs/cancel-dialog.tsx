"use client";

import { useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { CheckboxField } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { cancelConsequences } from "./cancel-consequences";
import { ConsequenceList } from "./consequence-list";
import { DialogFailure } from "./dialog-failure";
import { patchMigration } from "./patch-migration";
import { useWish } from "./use-wish";

interface CancelDialogProps {
  migration: MigrationDetails;
  /** Progress of the copy; null before it began. */
  percent: number | null;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

const REASON_MAX_LENGTH = 500;

/** Says what canceling stops and what stays, and asks whether the databases it created shall go too. */
export function CancelDialog({ migration, percent, open, onOpenChange, onDone }: CancelDialogProps) {
  const [reason, setReason] = useState("");
  const [dropTargets, setDropTargets] = useState(false);
  const consequences = cancelConsequences(migration, percent);
  const wish = useWish(() => {
    const cancelReason = reason.trim();
    return patchMigration(migration.resourceId, {
      cancel: "True",
      howdah: { dropTargetsOnCancel: dropTargets, ...(cancelReason === "" ? {} : { cancelReason }) },
    });
  }, onDone);
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Cancel ${migration.name}?`}
      description={consequences.summary}
      cancelLabel="Keep migrating"
      confirmLabel="Cancel migration"
      danger
      pending={wish.pending}
      onConfirm={wish.send}
    >
      <ConsequenceList title="Stops" icon="minus" items={consequences.stops} />
      <ConsequenceList title="Stays" icon="database" items={consequences.stays} />
      {consequences.droppable.length > 0 && (
        <CheckboxField
          framed
          label="Also drop the target databases this migration created"
          help={`${joinNames(consequences.droppable, 12)}. Databases that were there before are never dropped.`}
          checked={dropTargets}
          onCheckedChange={setDropTargets}
        />
      )}
      <Field label="Reason" optional>
        <Input
          value={reason}
          maxLength={REASON_MAX_LENGTH}
          placeholder="Shown in the activity log"
          onChange={(event) => setReason(event.target.value)}
        />
      </Field>
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}
