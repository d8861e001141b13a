/** What the routes of verifications send, property by property; kept equal to the read model by the compiler. */
import { z } from "zod";
import {
  VERIFICATION_ITEM_STATES,
  VERIFIED_KINDS,
  type VerificationDetails,
  type VerificationItemPage,
  type VerificationRowPage,
  type VerificationSchema,
} from "@/lib/migrations/verification";
import { verificationSummary } from "./read-schemas";

const text = z.string();
const optionalText = z.string().nullable();
const count = z.int();
const values = z.record(text, optionalText);

const details = z.object({
  ...verificationSummary.shape,
  onlyTables: z.array(text),
  throttle: z.object({ megabytesPerSecond: z.number().nullable(), connections: count.nullable() }),
});
export const verificationDetails: z.ZodType<VerificationDetails> = details;

export const verificationList: z.ZodType<{ verifications: VerificationDetails[] }> = z.object({
  verifications: z.array(details),
});

export const itemPage: z.ZodType<VerificationItemPage> = z.object({
  total: count,
  offset: count,
  counts: z.record(z.enum(VERIFICATION_ITEM_STATES), count),
  items: z.array(
    z.object({
      id: text,
      database: text,
      kind: z.enum(VERIFIED_KINDS),
      schema: text,
      name: text,
      state: z.enum(VERIFICATION_ITEM_STATES),
      bytesEstimated: count,
      bytesRead: count,
      sourceRows: optionalText,
      targetRows: optionalText,
      sourceChecksum: optionalText,
      targetChecksum: optionalText,
      differences: count,
      limited: z.boolean(),
      rowsKept: count,
      hasLines: z.boolean(),
      message: optionalText,
      ms: z.number().nullable(),
    }),
  ),
});

export const rowPage: z.ZodType<VerificationRowPage> = z.object({
  total: count,
  offset: count,
  rows: z.array(
    z.object({
      id: text,
      kind: z.enum(["missing", "extra", "changed"]),
      key: values,
      source: values.nullable(),
      target: values.nullable(),
      repair: optionalText,
    }),
  ),
});

export const schemaLines = z.array(
  z.object({
    kind: z.enum(["same", "removed", "added", "gap"]),
    source: count.nullable(),
    target: count.nullable(),
    text,
  }),
);

export const schemaView: z.ZodType<VerificationSchema> = z.object({ lines: schemaLines });

/** The ARM form: also what a client polls by the address in Azure-AsyncOperation. */
export const verificationResource = z.object({
  id: text,
  name: text,
  type: text,
  status: z.enum(["InProgress", "Succeeded", "Failed", "Canceled"]),
  startTime: text.exactOptional(),
  endTime: text.exactOptional(),
  percentComplete: z.number(),
  error: z.object({ code: text, message: text }).exactOptional(),
  properties: details,
});
export type VerificationResource = z.input<typeof verificationResource>;
