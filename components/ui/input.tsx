"use client";

import type { ComponentProps } from "react";
import { classNames } from "./class-names";
import { useFieldControl } from "./field";
import { Icon } from "./icon";

export const CONTROL_STYLES = [
  "w-full rounded-md border border-control bg-bg px-2.5 text-fg",
  "focus-visible:border-accent focus-visible:outline-offset-0",
  "aria-invalid:border-bad disabled:border-line disabled:bg-off-tint disabled:text-muted",
];

/** A text field; inside a Field it takes over its id, description and validity. */
export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input {...useFieldControl()} className={classNames(CONTROL_STYLES, "h-8", className)} {...props} />;
}

/** A text field of several lines, in the fixed-width face. */
export function TextArea({ className, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      {...useFieldControl()}
      className={classNames(CONTROL_STYLES, "py-2 font-mono text-code", className)}
      {...props}
    />
  );
}

interface SearchInputProps extends Omit<ComponentProps<"input">, "type"> {
  /** Name for assistive technology. */
  label: string;
  /** Key that leads here, shown at the end of the field. */
  shortcut?: string;
}

/** A search field with a glass. The page's main search carries `data-page-search`, so that "/" finds it. */
export function SearchInput({ label, shortcut, className, ...props }: SearchInputProps) {
  return (
    <span className={classNames("relative block", className)}>
      <Icon name="search" className="pointer-events-none absolute top-2 left-[9px] text-muted" />
      <input
        type="search"
        aria-label={label}
        aria-keyshortcuts={shortcut}
        className={classNames(CONTROL_STYLES, "h-8 pl-8 [&::-webkit-search-cancel-button]:appearance-none")}
        {...props}
      />
      {shortcut && (
        <kbd className="pointer-events-none absolute top-[7px] right-2 rounded-xs border border-line bg-surface px-[5px] font-sans text-[11px]/4 font-medium text-muted">
          {shortcut}
        </kbd>
      )}
    </span>
  );
}
