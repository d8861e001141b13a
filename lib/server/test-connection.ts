import { ArmError } from "@/lib/arm/arm-error";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { ConnectionTestReport } from "@/lib/postgres/probes/report";
import { runConnectionTest } from "@/lib/postgres/probes/run-connection-test";

/** Each step has a shorter time-out of its own; this bounds a server with hundreds of slow databases. */
const TIMEOUT_MS = 60_000;

/** Runs a connection test that ends with the request. Throws ArmError 504 after a minute. */
export async function testConnection(
  settings: ConnectionSettings,
  side: "source" | "target",
  requestSignal: AbortSignal,
): Promise<ConnectionTestReport> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await runConnectionTest({ settings, side, signal: AbortSignal.any([requestSignal, timeout]) });
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new ArmError(
      504,
      "ConnectionTestTimedOut",
      `The server took longer than ${TIMEOUT_MS / 1000} seconds to answer all questions.`,
      { cause: error },
    );
  }
}
