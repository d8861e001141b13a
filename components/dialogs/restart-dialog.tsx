"use client";

import { useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { ConsequenceList } from "./consequence-list";
import { DialogFailure } from "./dialog-failure";
import { missingPasswords, NO_PASSWORDS, PasswordFields, secretParametersOf } from "./password-fields";
import { patchMigration } from "./patch-migration";
import { restartConsequences } from "./retry-consequences";
import { useWish } from "./use-wish";

interface RestartDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

/** Asks before a migration begins anew, by having the name typed where something it brought to the target is thrown away. */
export function RestartDialog({ migration, open, onOpenChange, onDone }: RestartDialogProps) {
  const [passwords, setPasswords] = useState(NO_PASSWORDS);
  const [typed, setTyped] = useState("");
  const { dropped, also } = restartConsequences(migration);
  const wish = useWish(
    () =>
      patchMigration(migration.resourceId, {
        howdah: { retry: "Everything" },
        secretParameters: secretParametersOf(passwords),
      }),
    onDone,
  );
  // Where nothing is lost, nothing has to be typed.
  const named = dropped.length === 0 || typed.trim() === migration.name;
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Restart ${migration.name}?`}
      description={
        dropped.length > 0
          ? `${countNoun(dropped.length, "database")} on ${migration.targetName} that this migration created ${dropped.length === 1 ? "is" : "are"} dropped with everything in ${dropped.length === 1 ? "it" : "them"}, then moved anew.`
          : "It begins anew under the same name. Nothing of it is on the target."
      }
      cancelLabel="Keep it as it is"
      confirmLabel="Restart migration"
      danger={dropped.length > 0}
      pending={wish.pending}
      blockedReason={missingPasswords(passwords) ?? (named ? undefined : "Type the migration's name")}
      onConfirm={wish.send}
    >
      {dropped.length > 0 && (
        <ConsequenceList
          title="Dropped on the target"
          icon="minus"
          items={dropped.map((name) => ({ text: name, detail: migration.targetHost }))}
        />
      )}
      <ConsequenceList title="Also happens" icon="info" items={also} />
      <PasswordFields migration={migration} value={passwords} onChange={setPasswords} />
      {dropped.length > 0 && (
        <Field label={<>Type “{migration.name}” to confirm</>}>
          <Input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        </Field>
      )}
      <DialogFailure failure={wish.failure} />
    </AlertDialog>
  );
}
