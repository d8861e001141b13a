"use client";

import { useRouter } from "next/navigation";
import { CancelDialog } from "@/components/dialogs/cancel-dialog";
import { CutoverDialog } from "@/components/dialogs/cutover-dialog";
import { DeleteDialog } from "@/components/dialogs/delete-dialog";
import { LimitsDialog } from "@/components/dialogs/limits-dialog";
import { OverwriteDialog } from "@/components/dialogs/overwrite-dialog";
import { RestartDialog } from "@/components/dialogs/restart-dialog";
import { RetryDialog } from "@/components/dialogs/retry-dialog";
import { announceSuccess } from "@/components/ui/toaster";
import type { MigrationDetails } from "@/lib/migrations/read-model";

export type OpenDialog = "cutover" | "cancel" | "overwrite" | "limits" | "retry" | "restart" | "delete";

interface DetailsDialogsProps {
  migration: MigrationDetails;
  /** Progress of the copy; null before it began. */
  percent: number | null;
  open: OpenDialog | null;
  onClose: () => void;
  /** A wish was stored. */
  onDone: () => void;
}

/** The dialog that is open, if any. */
export function DetailsDialogs({ migration, percent, open, onClose, onDone }: DetailsDialogsProps) {
  const router = useRouter();
  const common = { migration, open: true, onOpenChange: onClose, onDone };
  switch (open) {
    case null:
      return null;
    case "cutover":
      return <CutoverDialog {...common} />;
    case "cancel":
      return <CancelDialog {...common} percent={percent} />;
    case "overwrite":
      return <OverwriteDialog {...common} />;
    case "limits":
      return <LimitsDialog {...common} />;
    case "retry":
      return <RetryDialog {...common} />;
    case "restart":
      return <RestartDialog {...common} />;
    case "delete": {
      const leave = () => {
        announceSuccess("Migration deleted from the list", migration.name);
        router.push("/");
      };
      return <DeleteDialog {...common} onDone={leave} />;
    }
  }
}
