import { connect } from "./connect";
import type { ConnectionSettings } from "./connection-settings";
import { processIdOf, streamOf } from "./driver-internals";
import { endClient } from "./end-client";

/**
 * gone: no such session; network: it waits for its client; busy: anything else; unreachable: the server cannot be asked, or a
 * pooler stands between, whose process ids are its own.
 */
export type BackendState = "gone" | "network" | "busy" | "unreachable";

const STATE = `
select pg_catalog.pg_backend_pid() as own, a.pid is not null as there, a.wait_event_type as wait
  from (select $1::int as pid) asked left join pg_catalog.pg_stat_activity a on a.pid = asked.pid`;

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
    const client = await connect(settings, { applicationName: "howdah", signal, isLook: true });
    const destroy = () => void streamOf(client).destroy();
    signal.addEventListener("abort", destroy, { once: true });
    try {
      const { rows } = await client.query<{ own: number; there: boolean; wait: string | null }>(STATE, [
        processId,
      ]);
      const [row] = rows;
      if (row?.own !== processIdOf(client)) return "unreachable";
      if (!row.there) return "gone";
      return row.wait === "Client" ? "network" : "busy";
    } finally {
      signal.removeEventListener("abort", destroy);
      await endClient(client);
    }
  } catch {
    return "unreachable";
  }
}
