import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { toCodedError } from "@/lib/postgres/errors";
import { writeMessage } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { fenced } from "@/lib/store/run";
import type { CodedError } from "@/lib/util/coded-error";
import { maintenanceOf, targetNameOf } from "./endpoints";
import type { DatabaseTask } from "./migrate-database";
import type { Patience } from "./patience";
import type { RunContext } from "./run-context";

/** A server that is there answers well within this; one that is behind a dead route must not use up the time of many looks. */
const LOOK_TIMEOUT_MS = 4_000;

/**
 * After a failure that may pass: waits until both servers take connections again. false when patience has ended. What is
 * waited for is shown with the database; an outage is one event, however long it lasts.
 */
export async function waitForServers(
  context: RunContext,
  task: DatabaseTask,
  error: CodedError,
  patience: Patience,
): Promise<boolean> {
  const { signal } = context;
  let shown: string | null = null;
  for (;;) {
    const pause = patience.failed();
    if (pause === null) return false;
    const away = await findAway(task, signal);
    const text = away
      ? `Waiting for the ${away.side} to come back: ${away.error.message}`
      : waitingFor(error);
    if (shown === null || (away && shown !== away.side))
      await show(context, task, text, away?.error ?? error);
    shown = away?.side ?? "none";
    await sleep(pause, undefined, { signal });
    if (!away || (await findAway(task, signal)) === null) return true;
  }
}

function waitingFor(error: CodedError): string {
  const { code, message } = error;
  if (code === "DISK_FULL")
    return `Waiting for room on the disk: ${message}. Once there is some it goes on by itself.`;
  if (mayPass(error)) return `Trying again: ${message}`;
  return `Waiting until this is mended (${code}): ${message}. Then it goes on by itself.`;
}

interface Away {
  side: "source" | "target";
  error: CodedError;
}

/** The side that cannot be reached now; null when both can. */
async function findAway({ database, endpoints }: DatabaseTask, signal: AbortSignal): Promise<Away | null> {
  const targetName = targetNameOf(database);
  const [source, target] = await Promise.all([
    look({ ...endpoints.source, database: database.name }, signal),
    look(maintenanceOf(endpoints.target, targetName), signal),
  ]);
  signal.throwIfAborted();
  if (source) return { side: "source", error: source };
  return target ? { side: "target", error: target } : null;
}

/** null when the server takes the connection, or refuses it for a reason that waiting does not mend. */
async function look(settings: ConnectionSettings, signal: AbortSignal): Promise<CodedError | null> {
  try {
    const client = await connect(settings, { signal, connectTimeoutMs: LOOK_TIMEOUT_MS });
    await endClient(client);
    return null;
  } catch (error) {
    const coded = toCodedError(error, "CONNECTION_LOST");
    return mayPass(coded) ? coded : null;
  }
}

/** True for failures that end by themselves. A name that resolved before does so again once the network is back. */
export function mayPass(error: CodedError): boolean {
  return error.transient || error.code === "HOST_NOT_FOUND";
}

async function show(
  { run, log }: RunContext,
  { database }: DatabaseTask,
  text: string,
  error: CodedError,
): Promise<void> {
  log.warn({ err: error, database: database.name }, "database waits");
  await fenced(run, async (db) => {
    await writeMessage(db, database.id, text);
    await appendEvents(db, run.migrationId, [
      {
        level: "warning",
        kind: "waiting",
        database: database.name,
        message: text,
        data: { code: error.code, sqlState: error.sqlState },
      },
    ]);
  });
}
