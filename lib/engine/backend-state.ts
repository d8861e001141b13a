import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { streamOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";

/** gone: no such session; network: it waits for its client; busy: anything else; unreachable: the server cannot be asked. */
export type BackendState = "gone" | "network" | "busy" | "unreachable";

const TIMEOUT_MS = 10_000;

/**
 * What a backend of the same login does, asked over a session of its own
 * (monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW). Never throws; an abort cuts the question off.
 */
export async function readBackendState(
  settings: ConnectionSettings,
  processId: number,
  aborted: AbortSignal,
): Promise<BackendState> {
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), aborted]);
  try {
    const client = await connect(settings, { applicationName: "howdah", signal });
    const destroy = () => void streamOf(client).destroy();
    signal.addEventListener("abort", destroy, { once: true });
    try {
      const { rows } = await client.query<{ wait: string | null }>(
        "select wait_event_type as wait from pg_catalog.pg_stat_activity where pid = $1",
        [processId],
      );
      const [row] = rows;
      if (!row) return "gone";
      return row.wait === "Client" ? "network" : "busy";
    } finally {
      signal.removeEventListener("abort", destroy);
      await endClient(client);
    }
  } catch {
    return "unreachable";
  }
}
