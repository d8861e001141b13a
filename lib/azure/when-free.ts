import { setTimeout as sleep } from "node:timers/promises";
import { CodedError } from "@/lib/util/coded-error";

/** A server takes one change at a time, also those of people. */
const BUSY_PAUSES_MS = [2_000, 5_000, 10_000, 20_000, 30_000, 60_000];

/** Does `work`, again while the server is busy with another change, for about two minutes. Throws what `work` throws then. */
export async function whenFree<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (const pauseMs of BUSY_PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "AZURE_SERVER_BUSY") throw error;
      await sleep(pauseMs, undefined, { signal });
    }
  }
  return await work();
}
