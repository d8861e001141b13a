"use client";

import { useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { ConsequenceList } from "./consequence-list";
import { DialogFailure } from "./dialog-failure";
import { missingPasswords, NO_PASSWORDS, PasswordFields, secretParametersOf } from "./password-fields";
import { patchMigration } from "./patch-migration";
import { retryConsequences } from "./retry-consequences";
import { useWish } from "./use-wish";

interface RetryDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

/** Says what is done again and what stays, and asks for the passwords that were deleted at the end. */
export function RetryDialog({ migration, open, onOpenChange, onDone }: RetryDialogProps) {
  const [passwords, setPasswords] = useState(NO_PASSWORDS);
  const consequences = retryConsequences(migration);
  const wish = useWish(
    () =>
      patchMigration(migration.resourceId, {
        howdah: { retry: "Failed" },
        secretParameters: secretParametersOf(passwords),
      }),
    onDone,
  );
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Retry what failed of ${migration.name}?`}
      description={`Attempt ${migration.attempt + 1} goes on from what is finished. Repair what the problems name first; what is still broken fails again.`}
      cancelLabel="Not now"
      confirmLabel="Retry failed"
      pending={wish.pending}
      blockedReason={missingPasswords(passwords)}
      onConfirm={wish.send}
    >
      <ConsequenceList title="Done again" icon="refresh" items={consequences.again} />
      <ConsequenceList title="Stays" icon="database" items={consequences.stays} />
      <PasswordFields migration={migration} value={passwords} onChange={setPasswords} />
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}
