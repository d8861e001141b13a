import { formatDuration } from "@/lib/migrations/format-duration";
import { countNoun, formatBytesOf, groupDigits } from "@/lib/migrations/format-quantity";
import type { VerificationSummary } from "@/lib/migrations/read-model";
import type {
  RowDifferenceKind,
  VerificationItemState,
  VerificationItemView,
  VerifiedKind,
} from "@/lib/migrations/verification";

export const KIND_LABELS: Record<VerifiedKind, string> = {
  table: "Table",
  "materialized-view": "Materialized view",
  sequence: "Sequence",
  "large-objects": "Large objects",
  schema: "Schema",
  "database-settings": "Database settings",
  extensions: "Extensions",
  roles: "Roles",
};

/** What a differing row is, seen from the target. */
export const ROW_KIND_LABELS: Record<RowDifferenceKind, string> = {
  missing: "Missing on the target",
  extra: "Extra on the target",
  changed: "Changed",
};

type Counts = Record<VerificationItemState, number>;

/** "3 tables differ, 1 could not be compared, 41 equal": what was found, worst first. */
export function countsText(
  { different, unchecked, equal }: Pick<Counts, "different" | "unchecked" | "equal">,
  noun = "object",
): string {
  const parts = [
    different > 0 && `${countNoun(different, noun)} ${different === 1 ? "differs" : "differ"}`,
    unchecked > 0 && `${groupDigits(unchecked)} could not be compared`,
    equal > 0 && `${groupDigits(equal)} equal`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "Nothing was compared" : parts.join(", ");
}

/** The result in one line: "3 objects differ, 1 could not be compared, 41 equal in 33 s". `durationMs` in milliseconds. */
export function summaryLine(verification: VerificationSummary, durationMs: number): string {
  const { itemsTotal, itemsDone, itemsDifferent: different, itemsUnchecked: unchecked } = verification;
  const equal = Math.max(0, itemsDone - different - unchecked);
  if (verification.state === "queued") return "Waits for a worker";
  if (verification.state === "running") {
    const found = different > 0 ? `, ${countNoun(different, "difference")} so far` : "";
    return itemsTotal === 0
      ? "Looking at what is there"
      : `${itemsDone} of ${countNoun(itemsTotal, "object")} compared${found}`;
  }
  const duration = formatDuration(durationMs);
  if (verification.state === "canceled") {
    return `Canceled after ${duration}: ${itemsDone - unchecked} of ${countNoun(itemsTotal, "object")} compared${different > 0 ? `, ${groupDigits(different)} different` : ""}`;
  }
  return `${countsText({ different, unchecked, equal })} in ${duration}`;
}

/** What follows from the result. */
export function consequence({ state, error }: VerificationSummary): string {
  switch (state) {
    case "queued":
    case "running":
      return "Both servers are only read. Nothing is locked, and the limits can be changed at any time.";
    case "equal":
      return "Everything that was chosen is the same on both sides. Both servers were only read.";
    case "different":
      return "Source and target do not hold the same. Nothing was changed on either server. Writes to the source since the copy, or after an online cutover began, are a common cause: run the repair SQL on the target, or migrate again with writes stopped.";
    case "incomplete":
      return "What was compared is the same, but not everything could be compared, so this is no proof. Remove what stood in the way, then verify again.";
    case "canceled":
      return "What was found until then is listed. Nothing was changed on either server.";
    case "failed":
      return `${error ?? "It could not run."} Nothing was changed on either server.`;
  }
}

/** Percent, 0 to 100, by bytes; 99 at most before the end. */
export function verifiedPercent({
  state,
  bytesEstimated,
  bytesRead,
  itemsDone,
  itemsTotal,
}: VerificationSummary): number {
  if (state !== "queued" && state !== "running") return 100;
  const share = bytesEstimated > 0 ? bytesRead / bytesEstimated : itemsTotal > 0 ? itemsDone / itemsTotal : 0;
  return Math.min(99, Math.max(0, Math.floor(share * 100)));
}

/** "36.5 of 58.9 GB, 12 of 45 objects". */
export function progressText(verification: VerificationSummary): string {
  const { bytesEstimated, bytesRead, itemsDone, itemsTotal } = verification;
  const objects = `${groupDigits(itemsDone)} of ${countNoun(itemsTotal, "object")}`;
  return bytesEstimated > 0 ? `${formatBytesOf(bytesRead, bytesEstimated)}, ${objects}` : objects;
}

/** Name as people write it: "schema.name", or what there is of it. */
export function itemName({ kind, schema, name }: VerificationItemView): string {
  if (schema !== "" && name !== "") return `${schema}.${name}`;
  return name || KIND_LABELS[kind].toLowerCase();
}

/** "1,000 rows" or, when they differ, "1,000 rows on the source, 999 on the target"; null where counts mean nothing. */
export function rowsText({ kind, sourceRows, targetRows }: VerificationItemView): string | null {
  if (sourceRows === null && targetRows === null) return null;
  const noun = kind === "large-objects" ? "object" : "row";
  const count = (rows: string | null) => (rows === null ? "unknown" : digits(rows));
  if (sourceRows === targetRows) return `${count(sourceRows)} ${noun}${sourceRows === "1" ? "" : "s"}`;
  return `${count(sourceRows)} ${noun}s on the source, ${count(targetRows)} on the target`;
}

/** Decimal text with commas between groups of three digits; it may be beyond what a number holds. */
export function digits(text: string): string {
  return text.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "12 rows differ", "at least 1,000 rows differ", of what has no rows "2 differences"; null when none is known. */
export function differencesText({ kind, differences, limited }: VerificationItemView): string | null {
  if (differences === 0) return null;
  const hasRows = kind === "table" || kind === "materialized-view";
  const text = hasRows
    ? `${countNoun(differences, "row")} ${differences === 1 && !limited ? "differs" : "differ"}`
    : countNoun(differences, "difference");
  return limited ? `at least ${text}` : text;
}
