"use client";

import { useEffect, useState } from "react";
import { Button } from "./button";
import { classNames } from "./class-names";
import { Icon } from "./icon";

const SHOW_RESULT_MS = 2000;

interface CopyButtonProps {
  text: string;
  /** Completes "Copy …" for assistive technology, e.g. "command". */
  what: string;
  /** Word on the button; "Copy" when absent. */
  label?: string;
  className?: string;
}

/** Copies `text` to the clipboard and says so. */
export function CopyButton({ text, what, label = "Copy", className }: CopyButtonProps) {
  const [result, setResult] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(null), SHOW_RESULT_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setResult("copied");
    } catch {
      // Refused by the browser, for one on a page served without TLS from another machine.
      setResult("failed");
    }
  };
  return (
    <Button
      size={label === "Copy" ? "small" : "default"}
      className={classNames("border-line bg-surface text-muted", className)}
      aria-label={label === "Copy" ? `Copy ${what}` : label}
      onClick={() => void copy()}
    >
      <Icon name={result === "copied" ? "check" : "copy"} size={14} />
      <span role="status">
        {result === "copied" ? "Copied" : result === "failed" ? "Select and copy by hand" : label}
      </span>
    </Button>
  );
}
