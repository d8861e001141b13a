/**
 * Verifications of a migration: what starting one takes, and what the page reads of one. Howdah's own: Azure's service knows
 * no verification. Summaries are in read-model.ts.
 */
import { z } from "zod";
import { PatternError, parseObjectPattern } from "@/lib/util/object-pattern";
import { caselessEnum, throttleOptions } from "./contract";
import { databaseName } from "./database-name";
import { MAX_PATTERN_LENGTH, MAX_PATTERNS } from "./filter";
import type { VerificationSummary } from "./read-model";

export const VERIFIED_KINDS = [
  "table",
  "materialized-view",
  "sequence",
  "large-objects",
  "schema",
  "database-settings",
  "extensions",
  "roles",
] as const;
export type VerifiedKind = (typeof VERIFIED_KINDS)[number];

export const VERIFICATION_ITEM_STATES = ["queued", "running", "equal", "different", "unchecked"] as const;
export type VerificationItemState = (typeof VERIFICATION_ITEM_STATES)[number];

/** A verification that nothing more will happen to. */
export function isVerificationEnded({ state }: Pick<VerificationSummary, "state">): boolean {
  return state !== "queued" && state !== "running";
}

const password = z.string().min(1, "Enter the password.").max(1000);

const tablePatterns = z
  .array(
    z
      .string()
      .max(MAX_PATTERN_LENGTH, `A pattern has at most ${MAX_PATTERN_LENGTH} characters.`)
      .superRefine((text, context) => {
        try {
          parseObjectPattern(text);
        } catch (error) {
          if (!(error instanceof PatternError)) throw error;
          context.addIssue({ code: "custom", message: error.message });
        }
      }),
  )
  .max(MAX_PATTERNS, `A list has at most ${MAX_PATTERNS} patterns.`);

/** Body of POST .../migrations/{name}/verify; the secrets as in a migration's properties. */
export const verifyBody = z.object({
  secretParameters: z
    .object({
      adminCredentials: z
        .object({ sourceServerPassword: password, targetServerPassword: password })
        .partial()
        .optional(),
      /** Another login than the migration's, for one that may only read. */
      sourceServerUsername: z.string().min(1).max(63).optional(),
      targetServerUsername: z.string().min(1).max(63).optional(),
    })
    .optional(),
  /** Names on the source; absent or empty: all databases of the migration. */
  databases: z.array(databaseName).max(5_000).optional(),
  /** Patterns; absent or empty: everything, objects besides tables included. */
  onlyTables: tablePatterns.optional(),
  throttle: throttleOptions.optional(),
});
export type VerifyInput = z.input<typeof verifyBody>;

/** Body of PATCH .../migrations/{name}/verifications/{id}. */
export const verificationPatchBody = z.object({
  properties: z
    .object({
      cancel: caselessEnum(["True", "False"]).optional(),
      /** Counts at once while it runs. */
      throttle: throttleOptions.optional(),
    })
    .optional(),
});
export type VerificationPatchInput = z.input<typeof verificationPatchBody>;

/** One verification, as far as its summary does not say it. */
export interface VerificationDetails extends VerificationSummary {
  onlyTables: string[];
  throttle: { megabytesPerSecond: number | null; connections: number | null };
}

/** One thing that was compared; counts and checksums are decimal and hexadecimal text. */
export interface VerificationItemView {
  /** Decimal. */
  id: string;
  database: string;
  kind: VerifiedKind;
  schema: string;
  name: string;
  state: VerificationItemState;
  bytesEstimated: number;
  bytesRead: number;
  sourceRows: string | null;
  targetRows: string | null;
  sourceChecksum: string | null;
  targetChecksum: string | null;
  differences: number;
  /** There are more differing rows than `differences` counts, or than were kept. */
  limited: boolean;
  /** Rows kept for the drill-down. */
  rowsKept: number;
  /** The side-by-side view of the schema can be read. */
  hasLines: boolean;
  message: string | null;
  ms: number | null;
}

/** GET .../verifications/{id}/items; different and unchecked first, then running, queued and equal. */
export interface VerificationItemPage {
  total: number;
  offset: number;
  /** Of all items of the verification, whatever the filter. */
  counts: Record<VerificationItemState, number>;
  items: VerificationItemView[];
}

export type RowDifferenceKind = "missing" | "extra" | "changed";

/** A row that differs, column by column; null for SQL's null. */
export interface VerificationRowView {
  /** Decimal, grows. */
  id: string;
  kind: RowDifferenceKind;
  key: Record<string, string | null>;
  source: Record<string, string | null> | null;
  target: Record<string, string | null> | null;
  repair: string | null;
}

/** GET .../items/{item}/rows?offset=&limit= */
export interface VerificationRowPage {
  total: number;
  offset: number;
  rows: VerificationRowView[];
}

/** A line of the schema's side-by-side view; "gap" stands for lines that are the same and left out. */
export interface VerificationSchemaLine {
  kind: "same" | "removed" | "added" | "gap";
  source: number | null;
  target: number | null;
  text: string;
}

/** GET .../items/{item}/schema */
export interface VerificationSchema {
  lines: VerificationSchemaLine[];
}
