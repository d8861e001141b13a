"use client";

import { type RefObject, useEffect } from "react";

const EDITABLE =
  "input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=listbox]";

/** j and k walk over the rows' links; Enter opens as on any link. */
export function useRowKeys(table: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (document.documentElement.dataset["shortcuts"] === "off") return;
      if (event.target instanceof Element && event.target.closest(EDITABLE)) return;
      if (event.key === "j" || event.key === "k") moveFocus(table.current, event.key === "j" ? 1 : -1);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [table]);
}

function moveFocus(table: HTMLElement | null, step: 1 | -1) {
  const links: (HTMLElement | null)[] = [...(table?.querySelectorAll<HTMLElement>("[data-row-link]") ?? [])];
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const current = links.indexOf(focused);
  const next = current === -1 ? (step === 1 ? 0 : links.length - 1) : current + step;
  links[Math.max(0, Math.min(links.length - 1, next))]?.focus();
}
