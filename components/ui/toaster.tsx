"use client";

import { Toaster as Sonner, toast } from "sonner";
import { Icon } from "./icon";

/** Where messages appear; once, around the page. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      containerAriaLabel="Messages"
      icons={{
        success: <Icon name="succeeded" className="text-ok" />,
        error: <Icon name="failed" className="text-bad" />,
        warning: <Icon name="warning" className="text-warn" />,
        info: <Icon name="info" className="text-run" />,
      }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-start gap-2.5 rounded-md border border-line bg-bg px-3 py-2.5 text-fg shadow-overlay [font-family:var(--font-sans)]",
          icon: "mt-0.5",
          title: "font-medium",
          description: "text-table text-muted",
        },
      }}
    />
  );
}

/** A message that something was done; it leaves by itself, so nothing may depend on it being read. */
export function announceSuccess(title: string, description?: string): void {
  toast.success(title, description ? { description } : {});
}

/** A message that something failed; stays for ten seconds. Errors of a form belong beside the form instead. */
export function announceFailure(title: string, description?: string): void {
  toast.error(title, { duration: 10_000, ...(description ? { description } : {}) });
}
