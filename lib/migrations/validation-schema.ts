import { z } from "zod";
import type { ValidationDetails } from "./validation-details";
import { VALIDATION_STATES } from "./vocabulary";

const state = z.enum(VALIDATION_STATES);

const summaryItem = z.object({
  type: z.string(),
  state,
  messages: z.array(
    z.object({
      state,
      message: z.string(),
      code: z.string().exactOptional(),
      remedy: z.string().exactOptional(),
      objects: z.array(z.string()).exactOptional(),
      rule: z.string().exactOptional(),
      why: z.string().exactOptional(),
      fix: z.array(z.object({ side: z.enum(["source", "target"]), sql: z.string() })).exactOptional(),
      notChecked: z.boolean().exactOptional(),
    }),
  ),
  startedOn: z.string().exactOptional(),
  endedOn: z.string().exactOptional(),
});

/** Validation details as the store keeps them and the API sends them. */
export const validationDetails: z.ZodType<ValidationDetails> = z.object({
  status: state,
  validationStartTimeInUtc: z.string(),
  validationEndTimeInUtc: z.string(),
  serverLevelValidationDetails: z.array(summaryItem),
  dbLevelValidationDetails: z.array(
    z.object({
      databaseName: z.string(),
      startedOn: z.string(),
      endedOn: z.string(),
      summary: z.array(summaryItem),
    }),
  ),
});

/** Validation details as stored; null when there are none yet or they are not of that form. */
export function parseValidationDetails(json: unknown): ValidationDetails | null {
  return validationDetails.safeParse(json).data ?? null;
}
