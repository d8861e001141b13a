"use client";

import Link from "next/link";
import { DialogFailure } from "@/components/dialogs/dialog-failure";
import { patchMigration } from "@/components/dialogs/patch-migration";
import { useWish } from "@/components/dialogs/use-wish";
import { Button } from "@/components/ui/button";
import { Note } from "@/components/ui/note";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { describeCode } from "@/lib/util/error-codes";

interface ReplicationBannerProps {
  migration: MigrationDetails;
  mayAct: boolean;
  /** The set-up was asked for. */
  onAsked: () => void;
}

/** What an online migration waits with while its source cannot stream changes. */
export function ReplicationBanner({ migration, mayAct, onAsked }: ReplicationBannerProps) {
  const wish = useWish(
    () => patchMigration(migration.resourceId, { setupLogicalReplicationOnSourceDbIfNeeded: "True" }),
    onAsked,
  );
  if (migration.substate !== "WaitingForLogicalReplicationSetupRequestOnSourceDB") return null;
  if (migration.cancelRequestedAt !== null) return null;
  return (
    <Note
      tone="need"
      role="alert"
      className="mb-6"
      title={`${migration.sourceHost} cannot stream its changes yet`}
      actions={
        mayAct && (
          <Button variant="primary" pending={wish.pending} onClick={wish.send}>
            Set wal_level
          </Button>
        )
      }
    >
      <p>
        {describeCode("WAL_LEVEL_NOT_LOGICAL").remedy} The migration then goes on by itself.{" "}
        <Link href="/rules/wal-level" target="_blank" className="link">
          How to do it where
        </Link>
      </p>
      {mayAct && <p>Howdah can set it now, if the login may; the restart stays yours.</p>}
      <DialogFailure failure={wish.failure} />
    </Note>
  );
}
