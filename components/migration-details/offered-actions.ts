import type { IconName } from "@/components/ui/icon-shapes";
import { type AllowedActions, allowedActions } from "@/lib/migrations/allowed-actions";
import { databasesToCutOver, isRehearsing } from "@/lib/migrations/following";
import type { MigrationDetails } from "@/lib/migrations/read-model";

/** What a person can start from the page's header. */
export type OfferedAction =
  | "cutover"
  | "rehearse"
  | "pause"
  | "resume"
  | "limits"
  | "cancel"
  | "retry"
  | "restart"
  | "delete";

/** Those that ask nothing first: each harms nothing and can be taken back or repeated. */
export type DirectAction = Extract<OfferedAction, "pause" | "resume" | "rehearse">;

/** True when the action is sent at once, without a dialog. */
export function isDirect(action: OfferedAction): action is DirectAction {
  return action === "pause" || action === "resume" || action === "rehearse";
}

export interface OfferedActions {
  /** The one action most people come for, in the solid colour; null while the best thing to do is nothing. */
  primary: OfferedAction | null;
  /** Beside it, in order. */
  secondary: OfferedAction[];
  /** In the menu behind the three dots. */
  menu: OfferedAction[];
}

export const ACTION_LABELS: Record<OfferedAction, string> = {
  cutover: "Cutover",
  rehearse: "Rehearse cutover",
  pause: "Pause migration",
  resume: "Resume migration",
  limits: "Limits",
  cancel: "Cancel",
  retry: "Retry failed",
  restart: "Restart",
  delete: "Delete",
};

export const ACTION_ICONS: Record<OfferedAction, IconName> = {
  cutover: "arrow",
  rehearse: "activity",
  pause: "pause",
  resume: "play",
  limits: "limit",
  cancel: "close",
  retry: "refresh",
  restart: "refresh",
  delete: "trash",
};

type Acted = Parameters<typeof allowedActions>[0] & Pick<MigrationDetails, "online" | "databaseProgress">;

/** Which actions the header offers, and where. A question that waits for an answer has its own buttons in its banner. */
export function offeredActions(migration: Acted): OfferedActions {
  const allowed = allowedActions(migration);
  if (allowed.retryFailed || allowed.restart || allowed.delete) return endedActions(allowed);
  const buttons: OfferedAction[] = [];
  // What was asked for once is not offered again.
  const left = databasesToCutOver(migration);
  const cutover = allowed.cutover && left.length > 0;
  const waits = migration.substate === "WaitingForCutoverTrigger";
  const rare: OfferedAction[] = [];
  if (allowed.throttle) rare.push("limits");
  // A cutover that was asked for is not interrupted.
  if (allowed.pause && !(waits && isCuttingOver(migration))) rare.push("pause");
  if (allowed.cancel && !allowed.confirmOverwrite) buttons.push("cancel");
  const primary = cutover ? "cutover" : allowed.resume ? "resume" : null;
  return waits && primary === "cutover"
    ? { primary, secondary: buttons, menu: rare }
    : { primary, secondary: [...rare, ...buttons], menu: [] };
}

/** True when the cutover can be tried: not again before the last try has ended. The note above the page offers it. */
export function offersRehearsal(migration: Acted): boolean {
  const left = databasesToCutOver(migration);
  return allowedActions(migration).rehearseCutover && left.length > 0 && !left.some(isRehearsing);
}

function isCuttingOver({ online }: Acted): boolean {
  return (online?.databases ?? []).some(
    ({ cutoverRequestedAt, cutover }) => cutoverRequestedAt !== null && cutover === null,
  );
}

/** Of a failed migration going on is worth more than beginning anew, which throws away what is finished. */
function endedActions(allowed: AllowedActions): OfferedActions {
  const menu: OfferedAction[] = [];
  if (allowed.retryFailed && allowed.restart) menu.push("restart");
  if (allowed.delete) menu.push("delete");
  const primary = allowed.retryFailed ? "retry" : allowed.restart ? "restart" : null;
  return { primary, secondary: [], menu };
}
