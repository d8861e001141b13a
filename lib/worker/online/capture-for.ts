import type { CaptureOptions } from "@/lib/engine/cdc/follow-options";
import { store } from "@/lib/store/client";
import { appendEvents } from "@/lib/store/events";
import { forgetCapture } from "@/lib/store/online/captures";
import { fenced } from "@/lib/store/run";
import type { DatabaseTask } from "../migrate-database";
import type { RunContext } from "../run-context";
import { nameCapture, removeCapture } from "./captures";
import { walWarning } from "./follow-messages";
import { onlineChoicesOf } from "./online-choices";
import { guardWal } from "./wal-guard";

/**
 * What the move is to keep on the source: the capture of the earlier run it goes on from, or a new one, whose name is stored
 * before anything of it exists. An earlier one that is of no use any more is removed first. undefined for an offline migration.
 * Throws CodedError when the earlier one cannot be removed.
 */
export async function captureFor(
  { run, engine, signal }: RunContext,
  { migration, database, endpoints }: DatabaseTask,
  goesOn: boolean,
): Promise<CaptureOptions | undefined> {
  const choices = onlineChoicesOf(migration);
  if (!choices) return undefined;
  const { plugin } = choices;
  if (database.captureName !== null) {
    if (goesOn) return { name: database.captureName, plugin };
    const left = await removeCapture({ engine, endpoints, database, signal });
    if (left) throw left;
    await fenced(run, (db) => forgetCapture(db, database.id));
  }
  return { name: await nameCapture(run, database), plugin };
}

/** Watches the WAL kept while rows are copied, when the user set a limit. */
export function guardOf(
  { run, log, wishes }: RunContext,
  { migration, database, endpoints }: DatabaseTask,
  capture: CaptureOptions | undefined,
) {
  const options = wishes.optionsOr(migration.options);
  const limitBytes = onlineChoicesOf({ ...migration, options })?.walLimitBytes ?? null;
  if (!capture || limitBytes === null) return null;
  return guardWal({
    source: { ...endpoints.source, database: database.name },
    name: capture.name,
    limitBytes,
    onWarning(retainedBytes) {
      const event = { ...walWarning({ retainedBytes, limitBytes }), database: database.name };
      appendEvents(store(), run.migrationId, [event]).catch((error) =>
        log.warn({ err: error }, "warning about WAL could not be written"),
      );
    },
  });
}
