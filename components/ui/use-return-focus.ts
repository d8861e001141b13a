"use client";

import { useRef } from "react";

/**
 * Handlers for the content of a dialog that its own state opens: without a trigger the toolkit does not know where the
 * focus came from and would leave it on the page's body.
 */
export function useReturnFocus() {
  const opener = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus: () => {
      opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      opener.current?.focus();
    },
  };
}
