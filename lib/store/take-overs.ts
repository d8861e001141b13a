import type { StoreClient } from "./client";
import { appendEvents } from "./events";

/** More than are ever asked for. */
const LOOKED_AT = 50;

/**
 * Notes that a worker was lost and another one goes on. Returns how many were lost in a row, this one included, without
 * anything having been finished in between.
 */
export async function noteTakeOver(
  db: StoreClient,
  migrationId: string,
  workerName: string,
): Promise<number> {
  const progress = await readProgressMark(db, migrationId);
  await appendEvents(db, migrationId, [
    {
      level: "warning",
      kind: "worker-took-over",
      message: `The worker before was lost; ${workerName} has taken over.`,
      data: { progress },
    },
  ]);
  const rows = await db.$queryRaw<{ progress: string | null }[]>`
    select data ->> 'progress' as progress from migration_event
     where migration_id = ${migrationId}::uuid and kind = 'worker-took-over'
     order by id desc limit ${LOOKED_AT}`;
  const other = rows.findIndex((row) => row.progress !== progress);
  return other === -1 ? rows.length : other;
}

/** A text that differs whenever something has been finished for good, or the user had it tried again. */
async function readProgressMark(db: StoreClient, migrationId: string): Promise<string> {
  const [row] = await db.$queryRaw<{ mark: string }[]>`
    select concat_ws('/', m.attempt, m.substate,
             (select count(*) from migration_part p join migration_database d on d.id = p.database_id
               where d.migration_id = m.id),
             (select concat_ws('/', count(*) filter (where d.state in ('Succeeded', 'Failed')), sum(d.indexes_done))
                from migration_database d where d.migration_id = m.id)) as mark
      from migration m where m.id = ${migrationId}::uuid`;
  return row?.mark ?? "";
}
