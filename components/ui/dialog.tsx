"use client";

import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { classNames } from "./class-names";
import { Icon } from "./icon";
import { useReturnFocus } from "./use-return-focus";

export const OVERLAY_STYLES = "fixed inset-0 z-40 bg-scrim";

/** In the middle of the window; on narrow ones a sheet at its lower edge. */
export const DIALOG_STYLES = [
  "fixed z-50 grid max-h-[94dvh] grid-rows-[auto_minmax(0,1fr)_auto] border border-line bg-bg shadow-overlay outline-none",
  "inset-x-0 bottom-0 rounded-t-lg",
  "sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[calc(100%-32px)] sm:max-w-140 sm:-translate-1/2 sm:rounded-lg",
];
export const DIALOG_TITLE_STYLES = "text-dialog";
export const DIALOG_HEADER_STYLES = "flex items-start justify-between gap-4 px-4 pt-4 pb-0.5 sm:px-6";
export const DIALOG_BODY_STYLES = "grid content-start gap-4 overflow-y-auto px-4 pt-3 pb-6 sm:px-6";
export const DIALOG_FOOTER_STYLES =
  "flex flex-col-reverse items-stretch gap-2 border-t border-line px-4 py-3 sm:flex-row sm:items-center sm:justify-end sm:px-6";

/** What is typed into or chosen from; of a touch screen the keyboard would come up and hide the dialog. */
const FIRST_FIELD =
  "input:not([type=checkbox], [type=radio], [type=file], :disabled), select:not(:disabled), textarea:not(:disabled)";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** One or two sentences below the title. */
  description?: ReactNode;
  /** Buttons, in reading order; the last one is the action. */
  footer?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/**
 * A dialog that can be left at any time: Escape, a click beside it, or its close button. Focus goes in, to a form's first field, and
 * comes back.
 */
export function Dialog({ open, onOpenChange, title, description, footer, className, children }: DialogProps) {
  const returnFocus = useReturnFocus();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY_STYLES} />
        <Radix.Content
          className={classNames(DIALOG_STYLES, className)}
          {...returnFocus}
          onOpenAutoFocus={(event) => {
            returnFocus.onOpenAutoFocus();
            const field = firstFieldOf(event.currentTarget);
            if (!field) return;
            event.preventDefault();
            field.focus();
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className={DIALOG_HEADER_STYLES}>
            <div>
              <Radix.Title className={DIALOG_TITLE_STYLES}>{title}</Radix.Title>
              {description && <Radix.Description className="text-muted">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button variant="quiet" size="icon-small" aria-label="Close" className="-mr-1.5">
                <Icon name="close" />
              </Button>
            </Radix.Close>
          </header>
          <div className={DIALOG_BODY_STYLES}>{children}</div>
          {footer && <footer className={DIALOG_FOOTER_STYLES}>{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function firstFieldOf(dialog: EventTarget | null): HTMLElement | null {
  if (!(dialog instanceof HTMLElement) || matchMedia("(pointer: coarse)").matches) return null;
  return dialog.querySelector<HTMLElement>(FIRST_FIELD);
}
