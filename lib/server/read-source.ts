import type pg from "pg";
import { ArmError } from "@/lib/arm/arm-error";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";

const TIMEOUT_MS = 60_000;

/**
 * Runs catalogue queries in one read-only transaction of a source's database; it ends with the request or after a minute.
 * Throws CodedError, and ArmError 504 when the server is too slow.
 */
export async function readSource<T>(
  settings: ConnectionSettings,
  requestSignal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([requestSignal, timeout]);
  try {
    return await withSession(settings, signal, work);
  } catch (error) {
    // query_canceled by the statement's own time-out.
    if (!timeout.aborted && sqlStateOf(error) !== "57014") throw toCodedError(error, "INTERNAL");
    const message = `The server took longer than ${TIMEOUT_MS / 1000} seconds to list what the database holds.`;
    throw new ArmError(504, "SourceTimedOut", message, { cause: error });
  }
}

async function withSession<T>(
  settings: ConnectionSettings,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings, { applicationName: "howdah filter", signal });
  const end = () => void endClient(client);
  signal.addEventListener("abort", end, { once: true });
  try {
    // For this transaction alone: a pooler's sessions are other clients' afterwards.
    await client.query(
      `begin transaction isolation level repeatable read read only; set local statement_timeout = ${TIMEOUT_MS}; set local search_path = ''`,
    );
    return await work(client);
  } finally {
    signal.removeEventListener("abort", end);
    await endClient(client);
  }
}
