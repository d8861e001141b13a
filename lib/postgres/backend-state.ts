import { connectWithEmptyPath } from "./connect-with-empty-path";
import type { ConnectionSettings } from "./connection-settings";
import { processIdOf, streamOf } from "./driver-internals";
import { endClient } from "./end-client";

/**
 * gone: no such session; network: it waits for its client to send or to take something; sender: it sends changes and waits for its
 * reader, or for more; busy: anything else; unreachable: the server cannot be asked, or a pooler stands between, whose process ids
 * are its own.
 */
export type BackendState = "gone" | "network" | "sender" | "busy" | "unreachable";

const STATE = `
select pg_catalog.pg_backend_pid() as own, a.pid is not null as there, a.wait_event_type as wait, a.wait_event as event
  from (select $1::int as pid) asked left join pg_catalog.pg_stat_activity a on a.pid = asked.pid`;

/** Only servers from 14 on know how far a COPY is; those before it do not come to that question. */
const COPYING = `
select state.*, case when pg_catalog.current_setting('server_version_num')::int >= 140000 then
    coalesce((select param1 from pg_catalog.pg_stat_get_progress_info('COPY') p where p.pid = $1), -1)::text end as copied
  from (${STATE}) state`;

interface StateRow {
  own: number;
  there: boolean;
  wait: string | null;
  event: string | null;
  copied?: string | null;
}

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
  return (await ask(settings, processId, STATE, aborted)).state;
}

/**
 * As readBackendState(), with the bytes that its COPY FROM has taken in so far, "-1" when it runs none; null when the server, 9.6
 * or newer, does not tell (progress-reporting.html#COPY-PROGRESS-REPORTING).
 */
export async function readCopyingState(
  settings: ConnectionSettings,
  processId: number,
  aborted: AbortSignal,
): Promise<{ state: BackendState; copied: string | null }> {
  return await ask(settings, processId, COPYING, aborted);
}

async function ask(
  settings: ConnectionSettings,
  processId: number,
  question: string,
  aborted: AbortSignal,
): Promise<{ state: BackendState; copied: string | null }> {
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), aborted]);
  try {
    const client = await connectWithEmptyPath(settings, { applicationName: "howdah", signal, isLook: true });
    const destroy = () => void streamOf(client).destroy();
    signal.addEventListener("abort", destroy, { once: true });
    try {
      const [row] = (await client.query<StateRow>(question, [processId])).rows;
      return { state: stateOf(row, processIdOf(client)), copied: row?.copied ?? null };
    } finally {
      signal.removeEventListener("abort", destroy);
      await endClient(client);
    }
  } catch {
    return { state: "unreachable", copied: null };
  }
}

function stateOf(row: StateRow | undefined, own: number): BackendState {
  if (row?.own !== own) return "unreachable";
  if (!row.there) return "gone";
  if (row.wait !== "Client") return "busy";
  return row.event === "ClientRead" || row.event === "ClientWrite" ? "network" : "sender";
}
