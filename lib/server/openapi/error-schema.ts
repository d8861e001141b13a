import { z } from "zod";

/** One error as Resource Manager writes it; details have the same form. */
export const errorDetail = z.object({
  code: z.string(),
  message: z.string(),
  /** What in the request is wrong: a property path, a query parameter, a header. */
  target: z.string().exactOptional(),
  get details() {
    return z.array(errorDetail).exactOptional();
  },
  /** Cause and remedy of Howdah's own codes, under type HowdahExplanation. */
  additionalInfo: z
    .array(z.object({ type: z.string(), info: z.record(z.string(), z.unknown()) }))
    .exactOptional(),
});

/** The body of every answer that is an error. */
export const errorBody = z.object({ error: errorDetail });
