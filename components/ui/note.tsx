import type { ReactNode } from "react";
import type { StatusTone } from "@/lib/migrations/status";
import { classNames } from "./class-names";
import { Icon } from "./icon";
import type { IconName } from "./icon-shapes";
import { TONE_TEXT, TONE_TINT } from "./status-badge";

const ICONS: Record<StatusTone, IconName> = {
  ok: "succeeded",
  warn: "warning",
  bad: "failed",
  run: "info",
  need: "needs-you",
  off: "info",
};

interface NoteProps {
  tone: StatusTone;
  title: ReactNode;
  /** "alert" for failures that appear while the page is open. */
  role?: "alert" | "status" | "note";
  /** Buttons at the end of the box. */
  actions?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/** The one tinted box of a page. */
export function Note({ tone, title, role = "note", actions, className, children }: NoteProps) {
  return (
    <div
      role={role}
      className={classNames(
        "grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-2.5 gap-y-0.5 rounded-md px-3 py-2.5 sm:grid-cols-[16px_minmax(0,1fr)_auto]",
        TONE_TINT[tone],
        className,
      )}
    >
      <Icon name={ICONS[tone]} className={classNames("mt-0.5", TONE_TEXT[tone])} />
      <p className={classNames("font-semibold", TONE_TEXT[tone])}>{title}</p>
      {children && <div className="col-start-2 grid gap-2 text-fg">{children}</div>}
      {actions && (
        <div className="col-start-2 mt-1.5 flex flex-wrap gap-2 sm:col-start-3 sm:row-span-2 sm:row-start-1 sm:mt-0 sm:self-center">
          {actions}
        </div>
      )}
    </div>
  );
}
