import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

/** The database's OID on the server; null when there is none of exactly this name. */
export async function findDatabaseOid(
  target: ConnectionSettings,
  name: string,
  signal: AbortSignal,
): Promise<bigint | null> {
  const client = await connectWithEmptyPath(target, { signal });
  try {
    const { rows } = await client.query<{ oid: string }>(
      "select oid::text as oid from pg_catalog.pg_database where datname = $1",
      [name],
    );
    return rows[0] ? BigInt(rows[0].oid) : null;
  } finally {
    await endClient(client);
  }
}
