import type { ValidationMessage } from "@/lib/migrations/validation-details";
import { connect } from "@/lib/postgres/connect";
import { EMPTY_PATH } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { LANGUAGE_MAY_BE_SET } from "@/lib/postgres/english-messages";
import { toCodedError } from "@/lib/postgres/errors";
import { readServerFacts } from "@/lib/postgres/probes/catalog-queries";
import { remedyFor } from "@/lib/postgres/probes/remedies";
import { refusePooler } from "@/lib/postgres/refuse-pooler";
import { CodedError } from "@/lib/util/coded-error";
import type { ValidationSession } from "../rule";

/** A check that hangs would hold up the others; no catalog query needs longer. */
const STATEMENT_TIMEOUT_MS = 20_000;

/** A check only reads; the server holds it to that. The rights that count are the login's, whatever role it is set to act as. */
const SESSION = `
${EMPTY_PATH};
set role none;
set statement_timeout = ${STATEMENT_TIMEOUT_MS};
set lock_timeout = '5s';
set default_transaction_read_only = on;
select pg_catalog.set_config(name, case name when 'lc_messages' then 'C' else 'off' end, false) from pg_catalog.pg_settings
 where name = 'jit' or ${LANGUAGE_MAY_BE_SET}`;

/** Databases to try for a session on the server as a whole; the first that admits the login is taken. */
export function maintenanceDatabases(databases: readonly string[]): string[] {
  return [...new Set(["postgres", ...databases.slice(0, 3), "template1"])];
}

/** Opens a session for checks. Throws CodedError, also for a pooler, whose other clients would get what is set here. */
export async function openSession(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<ValidationSession> {
  const client = await connect(settings, { applicationName: "howdah validation", signal });
  try {
    await refusePooler(client, settings, signal);
    await client.query(SESSION);
    return { client, settings, facts: await readServerFacts(client) };
  } catch (error) {
    await endClient(client);
    throw toCodedError(error, "CONNECTION_RESET", settings.host);
  }
}

/** Opens a session in the first of `databases` that exists and admits the login. Throws the first database's CodedError. */
export async function openAnySession(
  settings: ConnectionSettings,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<ValidationSession> {
  let first: unknown;
  for (const database of databases) {
    try {
      return await openSession({ ...settings, database }, signal);
    } catch (error) {
      signal.throwIfAborted();
      first ??= error;
      const elsewhere =
        error instanceof CodedError &&
        ["DATABASE_MISSING", "PRIVILEGE_MISSING", "NO_PG_HBA_ENTRY"].includes(error.code);
      if (!elsewhere) throw error;
    }
  }
  throw first;
}

/** What is said of a side that was reached. */
export async function describeSession(side: string, session: ValidationSession): Promise<ValidationMessage> {
  const { client, settings, facts } = session;
  const { rows } = await client.query<{ ssl: boolean; version: string | null }>(
    "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()",
  );
  const tls = rows[0]?.ssl ? (rows[0].version ?? "TLS") : "no encryption";
  return {
    state: "Succeeded",
    message: `${side}: logged in to ${settings.host}:${settings.port} as "${settings.user}", PostgreSQL ${facts.version}, ${tls}.`,
  };
}

/** What is said of a side that was not reached. */
export function describeFailure(
  side: string,
  settings: ConnectionSettings,
  error: unknown,
): ValidationMessage {
  const coded = toCodedError(error, "CONNECTION_RESET", settings.host);
  return {
    state: "Failed",
    message: `${side} ${settings.host}:${settings.port}: ${coded.message}`,
    code: coded.code,
    remedy: remedyFor(coded, settings),
  };
}
