import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { overrideDefaults, withoutEventTriggers } from "../session-settings";
import { dropProgress } from "./apply/progress";
import { dropCaptureState } from "./capture-state";
import type { Capture } from "./follow-options";
import { lendingSlot } from "./open-capture";
import { dropPublication, dropSlot, shortIdOf } from "./slots";

export interface DropCaptureOptions {
  source: ConnectionSettings;
  target: ConnectionSettings;
  capture: Pick<Capture, "name">;
  signal: AbortSignal;
}

/** Origins belong to the whole server, so that any database will do when the target's own is gone. */
const OTHER_DATABASES = ["postgres", "template1"];

/** invalid_catalog_name: no such database. */
const NO_DATABASE = "3D000";

/**
 * Takes away all that the following of one database keeps: on the source the slot (whoever reads it is ended) and the
 * publications, on the target the origin or progress row. What is gone already is fine, and so are databases that are gone.
 * Both sides are tried. Throws RangeError for a name that captureName() did not make, CodedError when a server cannot be
 * reached or refuses, the source's first; calling again goes on. Throws the signal's reason when aborted.
 */
export async function dropCapture({ source, target, capture, signal }: DropCaptureOptions): Promise<void> {
  const { name } = capture;
  if (shortIdOf(name) === null) throw new RangeError(`${JSON.stringify(name)} is no capture of ours`);
  const ends = await Promise.allSettled([
    dropSourceCapture(source, name, signal),
    dropTargetCapture(target, name, signal),
  ]);
  signal.throwIfAborted();
  for (const end of ends) if (end.status === "rejected") throw toCodedError(end.reason, "INTERNAL", name);
}

/** The source's part. Throws as dropCapture() does. */
export async function dropSourceCapture(
  source: ConnectionSettings,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await withDatabase([source.database], source, signal, async (client) => {
    for (const slot of [name, lendingSlot(name)]) await dropSlot(client, slot, signal);
    const { rows } = await client.query<{ known: boolean }>(
      "select pg_catalog.to_regclass('pg_catalog.pg_publication') is not null as known",
    );
    if (rows[0]?.known) await dropPublication(client, name);
  });
}

/** The target's part. Throws as dropCapture() does. */
export async function dropTargetCapture(
  target: ConnectionSettings,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await withDatabase([target.database, ...OTHER_DATABASES], target, signal, async (client) => {
    await dropCaptureState(client, name);
    await dropProgress(client, name);
  });
}

/** Works in the first of the databases that exists; when none does there is nothing to do. */
async function withDatabase(
  databases: readonly string[],
  settings: ConnectionSettings,
  signal: AbortSignal,
  work: (client: Awaited<ReturnType<typeof connect>>) => Promise<void>,
): Promise<void> {
  for (const database of databases) {
    try {
      const client = await connect({ ...settings, database }, { applicationName: "howdah clean-up", signal });
      try {
        await overrideDefaults(client);
        await withoutEventTriggers(client);
        return await work(client);
      } finally {
        await endClient(client);
      }
    } catch (error) {
      if (sqlStateOf(error) !== NO_DATABASE) throw error;
    }
  }
}
