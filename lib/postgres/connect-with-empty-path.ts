import type pg from "pg";
import { type ConnectOptions, connect } from "./connect";
import type { ConnectionSettings } from "./connection-settings";
import { streamOf } from "./driver-internals";
import { endClient } from "./end-client";
import { toCodedError } from "./errors";

/**
 * With it nothing that a user of the database made can stand in for a function or an operator of PostgreSQL's own
 * (ddl-schemas.html#DDL-SCHEMAS-PATTERNS, CVE-2018-1058). Not for a pooler's sessions, which others get afterwards.
 */
export const EMPTY_PATH = "select pg_catalog.set_config('search_path', '', false)";

/** connect(), and the session's names mean those of the system catalogues. Throws CodedError; the caller ends the client. */
export async function connectWithEmptyPath(
  settings: ConnectionSettings,
  options: ConnectOptions = {},
): Promise<pg.Client> {
  const client = await connect(settings, options);
  // Nobody looks after a session that is a look itself.
  const destroy = () => void streamOf(client).destroy();
  options.signal?.addEventListener("abort", destroy, { once: true });
  try {
    await client.query(EMPTY_PATH);
    return client;
  } catch (error) {
    await endClient(client);
    options.signal?.throwIfAborted();
    throw toCodedError(error, "CONNECTION_RESET", `${settings.host}:${settings.port}`);
  } finally {
    options.signal?.removeEventListener("abort", destroy);
  }
}
