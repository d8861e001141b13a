import { setTimeout as sleep } from "node:timers/promises";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient } from "@/lib/postgres/errors";

/** The connection broke while the target committed: only the target knows whether the rows are there. */
export class CommitUnknownError extends Error {
  /** Of the target, as txid_current() gave it; "" when it is not known. */
  readonly transaction: string;

  constructor(transaction: string, cause: unknown) {
    super("The connection was lost during the commit.", { cause });
    this.name = "CommitUnknownError";
    this.transaction = transaction;
  }
}

const PAUSES_MS = [200, 500, 1_000, 2_000, 4_000];

/**
 * Asks the target what became of a transaction (functions-info.html, txid_status). Waits some seconds for the server and for a
 * session that has not ended yet; "unknown" when that does not help. Throws the signal's reason when aborted.
 */
export async function commitOutcome(
  target: ConnectionSettings,
  transaction: string,
  signal: AbortSignal,
): Promise<"committed" | "aborted" | "unknown"> {
  if (transaction === "") return "unknown";
  for (const pause of PAUSES_MS) {
    try {
      const status = await readStatus(target, transaction, signal);
      if (status === "committed" || status === "aborted") return status;
      if (status !== "in progress") return "unknown";
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error)) return "unknown";
    }
    await sleep(pause, undefined, { signal });
  }
  return "unknown";
}

async function readStatus(
  target: ConnectionSettings,
  transaction: string,
  signal: AbortSignal,
): Promise<string | null> {
  const client = await connectWithEmptyPath(target, { applicationName: "howdah copy", signal });
  try {
    const { rows } = await client.query<{ status: string | null }>(
      "select pg_catalog.txid_status($1::bigint) as status",
      [transaction],
    );
    return rows[0]?.status ?? null;
  } finally {
    await endClient(client);
  }
}
