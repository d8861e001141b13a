"use client";

import { useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Note } from "@/components/ui/note";
import { announceSuccess } from "@/components/ui/toaster";
import { deleteResource, RefusedRequest } from "@/components/wizard/arm-requests";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { RegisteredServer } from "@/lib/migrations/server-contract";

interface RemoveServerDialogProps {
  server: RegisteredServer;
  onClose: () => void;
  onRemoved: () => void;
}

/** Asks before a server leaves the list. The PostgreSQL server itself is not touched. */
export function RemoveServerDialog({ server, onClose, onRemoved }: RemoveServerDialogProps) {
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<RefusedRequest | null>(null);
  const remove = async () => {
    setPending(true);
    setFailure(null);
    try {
      await deleteResource(server.resourceId);
      announceSuccess("Server removed", server.name);
      onRemoved();
      onClose();
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      setFailure(error);
    } finally {
      setPending(false);
    }
  };
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      danger
      title={`Remove ${server.name}?`}
      description={`Howdah forgets the address ${server.host}:${server.port}. The PostgreSQL server and its databases are not touched.`}
      cancelLabel="Keep it"
      confirmLabel="Remove server"
      onConfirm={() => void remove()}
      pending={pending}
      blockedReason={
        server.migrationsTotal > 0
          ? `It has ${countNoun(server.migrationsTotal, "migration")}; remove them first.`
          : undefined
      }
    >
      {failure && (
        <Note tone="bad" role="alert" title="The server was not removed">
          <p className="wrap-anywhere">
            {failure.message} {failure.remedy} <code className="text-muted">{failure.code}</code>
          </p>
        </Note>
      )}
    </AlertDialog>
  );
}
