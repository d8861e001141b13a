import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { CodedError } from "@/lib/util/coded-error";
import { prepareSource } from "../session-settings";

/** A session that holds one exported snapshot of the source, so that all others read the same state. */
export interface SourceSnapshot extends AsyncDisposable {
  id: string;
  /** The holder itself, for catalogue queries within the snapshot. */
  client: pg.Client;
  encoding: string;
}

/**
 * Opens the holder and exports its snapshot (functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION). Disposing ends
 * the session; nothing on the source waits for vacuum any longer then.
 */
export async function holdSnapshot(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<SourceSnapshot> {
  const client = await connect(settings, { applicationName: "howdah snapshot", signal });
  try {
    const encoding = await serverEncoding(client);
    await prepareSource(client, encoding);
    await client.query("begin transaction isolation level repeatable read read only");
    const { rows } = await client.query<{ id: string }>("select pg_catalog.pg_export_snapshot() as id");
    const id = rows[0]?.id;
    if (id === undefined) throw new CodedError("INTERNAL", "The source exported no snapshot.");
    return { id, client, encoding, [Symbol.asyncDispose]: () => endClient(client) };
  } catch (error) {
    await endClient(client);
    throw error;
  }
}

async function serverEncoding(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ encoding: string }>(
    "select pg_catalog.current_setting('server_encoding') as encoding",
  );
  return rows[0]?.encoding ?? "UTF8";
}
