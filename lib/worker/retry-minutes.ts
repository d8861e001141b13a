import { z } from "zod";

const DEFAULT_MINUTES = 30;

const minutes = z.coerce.number().min(0).max(100_000);

/** Milliseconds a database is tried again while nothing gets finished, from HOWDAH_RETRY_MINUTES; 30 minutes when absent or no number. */
export function retryLimitMs(environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment["HOWDAH_RETRY_MINUTES"];
  const parsed = text ? minutes.safeParse(text) : undefined;
  return (parsed?.success ? parsed.data : DEFAULT_MINUTES) * 60_000;
}
