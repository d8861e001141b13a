import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { connect } from "./connect";
import type { ConnectionSettings } from "./connection-settings";
import { processIdOf } from "./driver-internals";
import { endClient } from "./end-client";

/**
 * Throws CodedError POOLER_BETWEEN when transactions of one session are carried out by several backends, as a pooler in transaction
 * mode does it: settings that fix how values are written would hold for some of them only, and a value would silently become
 * another one. What passes whole sessions on is let through, though it may give them process ids of its own. Also throws
 * what connect() throws.
 */
export async function refusePooler(
  client: pg.Client,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<void> {
  const backend = await backendOf(client);
  if (backend === processIdOf(client)) return;
  const other = await connect(settings, { applicationName: "howdah", signal });
  try {
    // Whose backend is taken while the first session is idle, that one gets another; a session's own is nobody else's.
    await other.query("begin");
    const taken = await backendOf(other);
    if (taken !== backend && (await backendOf(client)) === backend) return;
  } finally {
    await endClient(other);
  }
  const subject = `${settings.host}:${settings.port}`;
  throw new CodedError(
    "POOLER_BETWEEN",
    `What answers at ${subject} is a connection pooler: it gives one session several backends.`,
    { subject },
  );
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}
