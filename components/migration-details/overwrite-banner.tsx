"use client";

import { Button } from "@/components/ui/button";
import { Note } from "@/components/ui/note";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";

interface OverwriteBannerProps {
  migration: MigrationDetails;
  mayAct: boolean;
  onOverwrite: () => void;
  onCancel: () => void;
}

/** The question a migration waits with when databases of its names are on the target. */
export function OverwriteBanner({ migration, mayAct, onOverwrite, onCancel }: OverwriteBannerProps) {
  if (!allowedActions(migration).confirmOverwrite) return null;
  const names = migration.conflictingDatabases;
  return (
    <Note
      tone="need"
      role="alert"
      className="mb-6"
      title={`${joinNames(names)} ${names.length === 1 ? "already exists" : "already exist"} on ${migration.targetName}`}
      actions={
        mayAct && (
          <>
            <Button onClick={onCancel}>Cancel migration</Button>
            <Button variant="primary" onClick={onOverwrite}>
              Overwrite {countNoun(names.length, "database")}
            </Button>
          </>
        )
      }
    >
      Nothing has been dropped and nothing moves until you decide. Overwriting drops{" "}
      {names.length === 1 ? "it" : "them"} on the target first.
    </Note>
  );
}
