import { connect } from "@/lib/postgres/connect";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { fenced, type Run } from "@/lib/store/run";
import { CodedError } from "@/lib/util/coded-error";
import { maintenanceOf, mayOverwrite } from "./endpoints";
import { assertOnSource } from "./enter-copy";
import type { DatabaseTask } from "./migrate-database";
import type { RunContext } from "./run-context";

/** FirstNormalObjectId: what initdb made has smaller numbers. */
const FIRST_USER_OID = 16_384;

/** Managed services take seconds to create a database; a cancel waits for them. */
const CREATION_LIMIT_MS = 60_000;

/**
 * Leaves an empty database of the source's encoding and locale on the target. One that is there is dropped only when this
 * migration created it or overwriting was allowed; else DATABASE_EXISTS. Throws CodedError.
 */
export async function prepareTarget(context: RunContext, task: DatabaseTask): Promise<void> {
  const { run, engine, signal } = context;
  const { migration, endpoints } = task;
  const { name } = task.database;
  const target = maintenanceOf(endpoints.target, name);
  // Before anything is dropped: what would replace it must still be there.
  await assertOnSource(endpoints, name, signal);
  const exists = await engine.targetDatabaseExists({ target, name, signal });
  if (exists) {
    const own = task.database.createdOnTarget || (await isUnfinishedCreation(task, signal));
    if (!own && !mayOverwrite(migration)) {
      throw new CodedError("DATABASE_EXISTS", `The target already has a database "${name}".`, {
        subject: name,
      });
    }
    await note(run, task, own ? {} : { existsOnTarget: true }, {
      level: "warning",
      kind: "database-dropped",
      message: own
        ? "Dropping what an earlier attempt left on the target."
        : "Dropping it on the target, to overwrite it.",
    });
    await engine.dropTargetDatabase({ target, name, signal });
  }
  const source = { ...endpoints.source, database: name };
  signal.throwIfAborted();
  // Not to be interrupted: the server would finish it all the same, and no one would know whose database it is.
  const creation = AbortSignal.timeout(CREATION_LIMIT_MS);
  await engine.createTargetDatabase({ source, target, name, signal: creation });
  // Noted after the fact, so that what someone else created meanwhile is never taken for this migration's.
  await note(run, task, task.database.existsOnTarget ? {} : { createdOnTarget: true }, {
    level: "info",
    kind: "database-created",
    message: "Created on the target.",
  });
}

/**
 * A worker that died between creating the database and noting it leaves an empty one behind. It is known by that: there was none
 * when the migration looked, an earlier attempt had begun, and nothing is in it.
 */
async function isUnfinishedCreation(
  { database, endpoints }: DatabaseTask,
  signal: AbortSignal,
): Promise<boolean> {
  if (database.existsOnTarget || database.state !== "InProgress") return false;
  const client = await connect({ ...endpoints.target, database: database.name }, { signal });
  try {
    const { rows } = await client.query<{ empty: boolean }>(
      `select not exists (select 1 from pg_class where oid >= $1) and not exists (select 1 from pg_proc where oid >= $1)
          and not exists (select 1 from pg_type where oid >= $1) and not exists (select 1 from pg_largeobject_metadata) as empty`,
      [FIRST_USER_OID],
    );
    return rows[0]?.empty === true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function note(
  run: Run,
  { database }: DatabaseTask,
  change: { existsOnTarget?: boolean; createdOnTarget?: boolean },
  event: NewEvent,
): Promise<void> {
  await fenced(run, async (db) => {
    await db.migrationDatabase.update({ where: { id: database.id }, data: change });
    await appendEvents(db, run.migrationId, [{ ...event, database: database.name }]);
  });
  Object.assign(database, change);
}
