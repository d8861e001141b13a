import type { IconName } from "@/components/ui/icon-shapes";
import { type AllowedActions, allowedActions } from "@/lib/migrations/allowed-actions";

/** What a person can start from the page's header. */
export type OfferedAction = "pause" | "resume" | "limits" | "cancel" | "retry" | "restart" | "delete";

export interface OfferedActions {
  /** The one action most people come for, in the solid colour; null while the best thing to do is nothing. */
  primary: OfferedAction | null;
  /** Beside it, in order. */
  secondary: OfferedAction[];
  /** In the menu behind the three dots. */
  menu: OfferedAction[];
}

/** "Pause" alone stands beside the header's switch that stops the page from changing. */
export const ACTION_LABELS: Record<OfferedAction, string> = {
  pause: "Pause migration",
  resume: "Resume migration",
  limits: "Limits",
  cancel: "Cancel",
  retry: "Retry failed",
  restart: "Restart",
  delete: "Delete",
};

export const ACTION_ICONS: Record<OfferedAction, IconName> = {
  pause: "pause",
  resume: "play",
  limits: "limit",
  cancel: "close",
  retry: "refresh",
  restart: "refresh",
  delete: "trash",
};

type Acted = Parameters<typeof allowedActions>[0];

/** Which actions the header offers, and where. A question that waits for an answer has its own buttons in its banner. */
export function offeredActions(migration: Acted): OfferedActions {
  const allowed = allowedActions(migration);
  if (allowed.retryFailed || allowed.restart || allowed.delete) return endedActions(allowed);
  const buttons: OfferedAction[] = [];
  if (allowed.throttle) buttons.push("limits");
  if (allowed.pause) buttons.push("pause");
  if (allowed.cancel && !allowed.confirmOverwrite) buttons.push("cancel");
  return { primary: allowed.resume ? "resume" : null, secondary: buttons, menu: [] };
}

/** Of a failed migration going on is worth more than beginning anew, which throws away what is finished. */
function endedActions(allowed: AllowedActions): OfferedActions {
  const menu: OfferedAction[] = [];
  if (allowed.retryFailed && allowed.restart) menu.push("restart");
  if (allowed.delete) menu.push("delete");
  const primary = allowed.retryFailed ? "retry" : allowed.restart ? "restart" : null;
  return { primary, secondary: [], menu };
}
