import type { Status, StatusTone } from "@/lib/migrations/status";
import { classNames } from "./class-names";
import { Icon } from "./icon";

export const TONE_TEXT: Record<StatusTone, string> = {
  ok: "text-ok",
  warn: "text-warn",
  bad: "text-bad",
  run: "text-run",
  need: "text-need",
  off: "text-off",
};

export const TONE_TINT: Record<StatusTone, string> = {
  ok: "bg-ok-tint",
  warn: "bg-warn-tint",
  bad: "bg-bad-tint",
  run: "bg-run-tint",
  need: "bg-need-tint",
  off: "bg-off-tint",
};

interface StatusBadgeProps {
  status: Status;
  /** "plain" for cells, "tinted" for the header of a page. */
  look?: "plain" | "tinted";
  className?: string;
}

/** A status as tone, icon shape and word. */
export function StatusBadge({ status, look = "plain", className }: StatusBadgeProps) {
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1.5 align-top font-medium whitespace-nowrap",
        TONE_TEXT[status.tone],
        look === "tinted" && ["rounded-md py-[3px] pr-2 pl-1.5 text-table", TONE_TINT[status.tone]],
        className,
      )}
    >
      <Icon name={status.icon} />
      {status.label}
    </span>
  );
}
