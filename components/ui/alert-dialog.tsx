"use client";

import { AlertDialog as Radix } from "radix-ui";
import { type FormEvent, type ReactNode, useId } from "react";
import { Button } from "./button";
import { classNames } from "./class-names";
import {
  DIALOG_BODY_STYLES,
  DIALOG_FOOTER_STYLES,
  DIALOG_HEADER_STYLES,
  DIALOG_STYLES,
  DIALOG_TITLE_STYLES,
  OVERLAY_STYLES,
} from "./dialog";
import { useReturnFocus } from "./use-return-focus";

interface AlertDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** What will happen, read out with the title. */
  description: ReactNode;
  /** Button that changes nothing; it has the focus at first. */
  cancelLabel: string;
  confirmLabel: string;
  /** Does the thing; the dialog stays open until the caller closes it. */
  onConfirm: () => void;
  danger?: boolean;
  pending?: boolean;
  /** Why the confirm button does nothing yet. */
  blockedReason?: string | undefined;
  className?: string;
  children?: ReactNode;
}

/**
 * Asks before something that cannot be undone. Focus starts on the safe button and returns where it was; Enter in a field
 * confirms once nothing is missing.
 */
export function AlertDialog({
  open,
  onOpenChange,
  title,
  description,
  cancelLabel,
  confirmLabel,
  onConfirm,
  danger = false,
  pending = false,
  blockedReason,
  className,
  children,
}: AlertDialogProps) {
  const returnFocus = useReturnFocus();
  const formId = useId();
  const confirm = (event: FormEvent) => {
    event.preventDefault();
    // Through React the event would also reach a form that the dialog was opened from.
    event.stopPropagation();
    onConfirm();
  };
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY_STYLES} />
        <Radix.Content className={classNames(DIALOG_STYLES, className)} {...returnFocus}>
          <header className={DIALOG_HEADER_STYLES}>
            <Radix.Title className={DIALOG_TITLE_STYLES}>{title}</Radix.Title>
          </header>
          <form id={formId} noValidate onSubmit={confirm} className={DIALOG_BODY_STYLES}>
            <Radix.Description asChild>
              <div className="text-muted">{description}</div>
            </Radix.Description>
            {children}
          </form>
          <footer className={DIALOG_FOOTER_STYLES}>
            {blockedReason && (
              <p id="alert-dialog-blocked" aria-live="polite" className="text-caption text-muted sm:mr-auto">
                {blockedReason}
              </p>
            )}
            <Radix.Cancel asChild>
              <Button>{cancelLabel}</Button>
            </Radix.Cancel>
            <Button
              type="submit"
              form={formId}
              variant={danger ? "danger" : "primary"}
              pending={pending}
              {...(blockedReason
                ? { "aria-disabled": true, "aria-describedby": "alert-dialog-blocked" }
                : {})}
            >
              {confirmLabel}
            </Button>
          </footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
