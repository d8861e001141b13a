import { joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { substateLabel } from "@/lib/migrations/status";
import { ERROR_CODES } from "@/lib/util/error-codes";
import { errorCount, problemsText } from "./problem-counts";

export interface FailureSummary {
  /** What failed. */
  title: string;
  /** What was not harmed and what is on the target now. */
  unharmed: string;
  /** What to do next. */
  next: string;
  code: string | null;
}

type Ended = Pick<
  MigrationDetails,
  | "state"
  | "error"
  | "errorCode"
  | "lastActiveSubstate"
  | "databaseProgress"
  | "targetName"
  | "problems"
  | "problemsTotal"
  | "mode"
>;

/** What a person must know about a migration that ended without success; null for any other. */
export function failureSummary(migration: Ended): FailureSummary | null {
  switch (migration.state) {
    case "Failed":
      return {
        title:
          migration.error ??
          `The migration failed at: ${substateLabel(migration.lastActiveSubstate).toLowerCase()}.`,
        unharmed: `${sourceText(migration)} ${targetText(migration)}`,
        next: nextText(migration),
        code: migration.errorCode,
      };
    case "ValidationFailed":
      return {
        title: migration.error ?? "At least one check failed.",
        unharmed: "Nothing was created or changed on either server.",
        next: "Repair what the validation report lists, then restart the migration. Warnings do not stop one.",
        code: migration.errorCode,
      };
    case "Canceled":
      return {
        title: migration.error ?? "The migration was canceled.",
        unharmed: `${sourceText(migration)} ${targetText(migration)}`,
        next: "Restart begins it anew, from nothing. Nothing more happens unless you do.",
        code: null,
      };
    default:
      return null;
  }
}

function sourceText({ mode }: Ended): string {
  return mode === "Online"
    ? "The source's data is unchanged; slots and publications of the migration are removed from it."
    : "The source was only read and is unchanged.";
}

/** What the target holds now of what this migration brought there. */
function targetText(migration: Ended): string {
  const created = migration.databaseProgress.filter((database) => database.createdOnTarget);
  if (created.length === 0) return `Nothing was created on ${migration.targetName}.`;
  const complete = created
    .filter((database) => database.state === "Succeeded")
    .map((database) => database.name);
  const partial = created
    .filter((database) => database.state !== "Succeeded")
    .map((database) => database.name);
  const parts = [
    complete.length > 0 && `${joinNames(complete)} ${complete.length === 1 ? "is" : "are"} complete`,
    partial.length > 0 && `${joinNames(partial)} ${partial.length === 1 ? "is" : "are"} incomplete`,
  ].filter((part) => part !== false);
  return `On ${migration.targetName} ${parts.join("; ")}.`;
}

function nextText(migration: Ended): string {
  if (errorCount(migration) > 0) {
    return `The overview lists ${problemsText(migration)}, each with its cause and remedy. Repair them, then retry what failed; finished tables stay where they are proven unchanged.`;
  }
  return remedyOf(migration.errorCode) ?? "See the activity log for the last steps before the failure.";
}

/** The catalogue's remedy; null for a code it does not know. */
export function remedyOf(code: string | null): string | null {
  if (code === null || !Object.hasOwn(ERROR_CODES, code)) return null;
  return ERROR_CODES[code as keyof typeof ERROR_CODES].remedy;
}
