"use client";

import { useRouter } from "next/navigation";
import { AlertDialog } from "@/components/ui/alert-dialog";

interface CancelWizardProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Asks before what was typed is thrown away. */
export function CancelWizard({ open, onOpenChange }: CancelWizardProps) {
  const router = useRouter();
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Leave without creating the migration?"
      description="What you entered is discarded, the passwords included. Nothing was created and nothing was changed on either server."
      cancelLabel="Keep editing"
      confirmLabel="Discard and leave"
      onConfirm={() => router.push("/")}
    />
  );
}
