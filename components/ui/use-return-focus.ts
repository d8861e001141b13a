"use client";

import { useRef } from "react";

/** The button of the menu that was opened last. An item that opens a dialog is gone before the dialog takes the focus. */
let menuButton: HTMLElement | null = null;

/** Remembers a menu's button, as the place to return to from a dialog that one of its items opens. */
export function rememberMenuButton(button: HTMLElement | null): void {
  menuButton = button;
}

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
      const { current } = opener;
      const still = current?.isConnected && current !== document.body;
      (still ? current : menuButton)?.focus();
    },
  };
}
