"use client";

import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { OVERLAY_STYLES } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";

interface NavigationSheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}

/** The navigation of narrow windows: a button that opens it as a sheet at the left edge. */
export function NavigationSheet({ open, onOpenChange, children }: NavigationSheetProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Trigger asChild>
        <Button variant="quiet" size="icon" aria-label="Open navigation" className="sm:hidden">
          <Icon name="menu" />
        </Button>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className={OVERLAY_STYLES} />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-50 w-66 border-r border-line bg-surface shadow-overlay outline-none"
        >
          <Dialog.Title className="sr-only">Navigation</Dialog.Title>
          <nav aria-label="Main" className="h-full">
            {children}
          </nav>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
