"use client";

import Link from "next/link";
import { type ReactNode, useEffect, useRef } from "react";
import { classNames } from "./class-names";

export interface TabLink {
  href: string;
  label: string;
  /** Shown after the label, e.g. a warning icon with text for assistive technology. */
  mark?: ReactNode;
  current: boolean;
}

/** Tabs that are links: each has its own URL, the current one `aria-current="page"`. */
export function TabLinks({
  label,
  tabs,
  className,
}: {
  label: string;
  tabs: readonly TabLink[];
  className?: string;
}) {
  const current = tabs.find((tab) => tab.current)?.href;
  const list = useScrolledTo(current);
  return (
    <nav
      ref={list}
      aria-label={label}
      className={classNames(
        "relative flex gap-6 overflow-x-auto border-b border-line [scrollbar-width:none] max-sm:gap-4",
        className,
      )}
    >
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={tab.current ? "page" : undefined}
          scroll={false}
          className="-mb-px flex items-center gap-1.5 border-b-2 border-transparent py-2 font-medium whitespace-nowrap text-muted hover:text-fg focus-visible:-outline-offset-2 aria-[current]:border-accent aria-[current]:text-fg"
        >
          {tab.label}
          {tab.mark}
        </Link>
      ))}
    </nav>
  );
}

/** Where the tabs are wider than the window, the current one is moved into sight, sideways only: the page stays where it is. */
function useScrolledTo(current: string | undefined) {
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (!list.current || !tab || current === undefined) return;
    list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [current]);
  return list;
}
