import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { CodedError } from "@/lib/util/coded-error";

const POLL_MS = 100;

/**
 * Waits until the dashboard at `origin` answers its health check, over https with the certificate of `fingerprint`, whatever
 * name that is for. Throws CodedError PROCESS_FAILED after `timeoutMs`, the signal's reason when aborted.
 */
export async function waitUntilHealthy(
  origin: string,
  signal: AbortSignal,
  { fingerprint, timeoutMs = 60_000 }: { fingerprint?: string | undefined; timeoutMs?: number } = {},
): Promise<void> {
  let last = "it does not answer";
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
    signal.throwIfAborted();
    try {
      const status = await healthStatus(`${origin}/api/health`, fingerprint);
      if (status === 200) return;
      last = `it answers with status ${status}`;
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

const PROBE_MS = 5_000;

async function healthStatus(url: string, fingerprint: string | undefined): Promise<number> {
  if (fingerprint === undefined) return (await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) })).status;
  return await new Promise((resolve, reject) => {
    // The certificate is known itself, so neither its issuer nor its names matter; nothing secret is sent.
    const request = get(url, { rejectUnauthorized: false, agent: false, timeout: PROBE_MS }, (response) => {
      response.resume();
      const shown = (response.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;
      if (shown === fingerprint) resolve(response.statusCode ?? 0);
      else reject(new Error("another certificate is shown there"));
    });
    request.once("timeout", () => request.destroy(new Error("it does not answer")));
    request.once("error", reject);
  });
}
