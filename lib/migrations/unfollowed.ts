import type { UnfollowedReason } from "./vocabulary";

export interface UnfollowedText {
  /** What happened, as a row of a list says it. */
  label: string;
  /** What it means for the target, and what to do. */
  remedy: string;
}

/** Why changes of a table are not on the target, and what to do about it. */
export const UNFOLLOWED_TEXTS: Record<UnfollowedReason, UnfollowedText> = {
  "columns-changed": {
    label: "Its columns were changed on the source",
    remedy:
      "Changes since then are not on the target. Alter it there in the same way before the cutover, which then copies it again; after the cutover copy it yourself, or migrate again.",
  },
  dropped: {
    label: "It was dropped on the source",
    remedy: "The target keeps it as it last was. Drop it there if nothing needs it.",
  },
  "not-on-target": {
    label: "The target does not have it",
    remedy:
      "Its changes have nowhere to go: it was not copied, or was dropped on the target. Migrate again, or copy the table yourself after the cutover.",
  },
  "no-identity": {
    label: "It has no replica identity, or one with a generated column",
    remedy:
      "Changed rows cannot be told apart, so it is copied again at the cutover. Give it a primary key without generated columns to shorten the downtime.",
  },
  replaced: {
    label: "It was replaced, emptied or rewritten on the source",
    remedy:
      "Another table has its name now, or its rows were changed in a way the stream does not tell of (unlogged for a while, ALTER TABLE that rewrites), so it is copied again at the cutover.",
  },
  "constraints-changed": {
    label: "Its constraints were changed on the source",
    remedy: "Its rows are on the target, which has the constraints of before. Change them there too.",
  },
  refused: {
    label: "It was altered on the source, and the target refuses its rows",
    remedy:
      "Changes since then are not on the target. Alter it there in the same way before the cutover, which then copies it again; after the cutover copy it yourself, or migrate again.",
  },
  "other-parent": {
    label: "It was attached or detached on the source",
    remedy: "Its rows are on the target. Attach or detach it there too after the cutover.",
  },
  new: {
    label: "It was made on the source after the copy",
    remedy: "It is not on the target. Create and copy it yourself after the cutover, or migrate again.",
  },
};

/** True when its rows are on the target all the same. */
export function isOnTarget(reason: UnfollowedReason): boolean {
  return reason === "other-parent" || reason === "constraints-changed";
}

/** True when the cutover copies the table again, provided that the target's was altered as the source's. */
export function isRecopiedIfAltered(reason: UnfollowedReason): boolean {
  return reason === "columns-changed" || reason === "refused";
}

/** True when the cutover puts the table right by copying it again. */
export function isRecopied(reason: UnfollowedReason): boolean {
  return reason === "no-identity" || reason === "replaced";
}
