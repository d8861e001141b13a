import { setTimeout as sleep } from "node:timers/promises";
import { CodedError } from "@/lib/util/coded-error";

const POLL_MS = 100;

/**
 * Waits until the dashboard at `origin` answers its health check. Throws CodedError PROCESS_FAILED after `timeoutMs`, the
 * signal's reason when aborted.
 */
export async function waitUntilHealthy(
  origin: string,
  signal: AbortSignal,
  timeoutMs = 60_000,
): Promise<void> {
  let last = "it does not answer";
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
    signal.throwIfAborted();
    try {
      const answer = await fetch(`${origin}/api/health`, { signal: AbortSignal.timeout(5_000) });
      if (answer.ok) return;
      last = `it answers with status ${answer.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : last;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new CodedError(
    "PROCESS_FAILED",
    `The dashboard at ${origin} did not come up within ${timeoutMs / 1000} s: ${last}.`,
  );
}
