import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { fenced, type Run } from "@/lib/store/run";
import { CodedError } from "@/lib/util/coded-error";
import { findDatabaseOid } from "./database-oid";
import { maintenanceOf, mayOverwrite, targetNameOf } from "./endpoints";
import { assertOnSource } from "./enter-copy";
import type { DatabaseTask } from "./migrate-database";
import type { RunContext } from "./run-context";

/** FirstNormalObjectId: what initdb made has smaller numbers. */
const FIRST_USER_OID = 16_384;

/** Managed services take seconds to create a database; a cancel waits for them. */
const CREATION_LIMIT_MS = 60_000;

export interface PreparedTarget {
  /** True when the database is the one an earlier run was filling, and is to be gone on with. */
  kept: boolean;
}

/**
 * Leaves a database on the target to move into: the one an earlier run was filling when `keep`, else an empty one of the
 * source's encoding and locale. One that is there is dropped only when this migration created it or overwriting was allowed;
 * else DATABASE_EXISTS. Throws CodedError.
 */
export async function prepareTarget(
  context: RunContext,
  task: DatabaseTask,
  keep: boolean,
): Promise<PreparedTarget> {
  const { engine, signal } = context;
  const { migration, endpoints, database } = task;
  const name = targetNameOf(database);
  const target = maintenanceOf(endpoints.target, name);
  // Before anything is dropped: what would replace it must still be there.
  await assertOnSource(endpoints, database.name, signal);
  const oid = await findDatabaseOid(target, name, signal);
  if (oid !== null) {
    const own = await isOwn(task, oid, signal);
    if (own && keep) return { kept: true };
    if (!own && !mayOverwrite(migration)) {
      // Whatever is there now is not this migration's, even if one by that name was.
      if (database.createdOnTarget) await note(context.run, task, FOREIGN, foreignEvent(name));
      throw new CodedError("DATABASE_EXISTS", `The target already has a database "${name}".`, {
        subject: name,
      });
    }
    await note(context.run, task, own ? {} : FOREIGN, {
      level: "warning",
      kind: "database-dropped",
      message: own
        ? "Dropping what an earlier attempt left on the target."
        : "Dropping it on the target, to overwrite it.",
    });
    await engine.dropTargetDatabase({ target, name, signal });
    // Else a worker that dies between the next creation and its note would leave a database that nobody knows for its own.
    if (own) await note(context.run, task, GONE);
  }
  signal.throwIfAborted();
  await create(context, task, target);
  return { kept: false };
}

interface Knowledge {
  existsOnTarget?: boolean;
  createdOnTarget?: boolean;
  createdOid?: bigint | null;
}

const GONE: Knowledge = { createdOnTarget: false, createdOid: null };
const FOREIGN: Knowledge = { existsOnTarget: true, createdOnTarget: false, createdOid: null };

function foreignEvent(name: string): NewEvent {
  return {
    level: "warning",
    kind: "note",
    message: `The target's database "${name}" is not the one this migration created; it is left alone.`,
  };
}

async function create(
  { run, engine }: RunContext,
  task: DatabaseTask,
  target: ConnectionSettings,
): Promise<void> {
  const { database, endpoints } = task;
  const name = targetNameOf(database);
  const source = { ...endpoints.source, database: database.name };
  // Not to be interrupted: the server would finish it all the same, and no one would know whose database it is.
  const creation = AbortSignal.timeout(CREATION_LIMIT_MS);
  await engine.createTargetDatabase({ source, target, name, signal: creation });
  const createdOid = await findDatabaseOid(target, name, creation);
  // Noted after the fact, so that what someone else created meanwhile is never taken for this migration's.
  await note(
    run,
    task,
    { createdOid, ...(database.existsOnTarget ? {} : { createdOnTarget: true }) },
    {
      level: "info",
      kind: "database-created",
      message: name === database.name ? "Created on the target." : `Created on the target as "${name}".`,
    },
  );
}

/** True when the target's database is one that this migration made. */
async function isOwn(task: DatabaseTask, oid: bigint, signal: AbortSignal): Promise<boolean> {
  const { createdOid, createdOnTarget } = task.database;
  if (createdOid !== null) return createdOid === oid;
  return createdOnTarget || (await isUnfinishedCreation(task, signal));
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
  const client = await connectWithEmptyPath(
    { ...endpoints.target, database: targetNameOf(database) },
    { signal },
  );
  try {
    const { rows } = await client.query<{ empty: boolean }>(
      `select not exists (select 1 from pg_class where oid >= $1) and not exists (select 1 from pg_proc where oid >= $1)
          and not exists (select 1 from pg_type where oid >= $1) and not exists (select 1 from pg_largeobject_metadata) as empty`,
      [FIRST_USER_OID],
    );
    return rows[0]?.empty === true;
  } finally {
    await endClient(client);
  }
}

/** What is known of the target's database by now, with an event if there is something to tell. */
async function note(
  run: Run,
  { database }: DatabaseTask,
  known: Knowledge,
  ...events: NewEvent[]
): Promise<void> {
  await fenced(run, async (db) => {
    await db.migrationDatabase.update({ where: { id: database.id }, data: known });
    const told = events.map((event) => ({ ...event, database: database.name }));
    if (told.length > 0) await appendEvents(db, run.migrationId, told);
  });
  Object.assign(database, known);
}
