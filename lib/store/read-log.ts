import type { MigrationEvent, MigrationProblem, MigrationTable } from "@/lib/generated/prisma/client";
import { store } from "./client";

/** Rows read at once; what a log holds in memory, however long the migration was. */
const PAGE = 500;

/** All events of a migration, debug ones included, oldest first. */
export function eventsOf(migrationId: string, page = PAGE): AsyncGenerator<MigrationEvent> {
  return paged(page, (after) =>
    store().migrationEvent.findMany({
      where: { migrationId, id: { gt: after } },
      orderBy: { id: "asc" },
      take: page,
    }),
  );
}

const URGENT_KINDS = ["note", "wal-warning", "waiting", "table-stopped"];

/** Events after the one with id `after` that somebody has to know of while it runs, or to act on, oldest first. */
export async function urgentNotesOf(migrationId: string, after: bigint): Promise<MigrationEvent[]> {
  return await store().migrationEvent.findMany({
    where: { migrationId, id: { gt: after }, level: { not: "info" }, kind: { in: URGENT_KINDS } },
    orderBy: { id: "asc" },
    take: PAGE,
  });
}

/** All problems of a migration's last attempt, oldest first. */
export function problemsOf(
  migrationId: string,
  page = PAGE,
): AsyncGenerator<MigrationProblem & { database: { name: string } }> {
  return paged(page, (after) =>
    store().migrationProblem.findMany({
      where: { database: { migrationId }, id: { gt: after } },
      include: { database: { select: { name: true } } },
      orderBy: { id: "asc" },
      take: page,
    }),
  );
}

/** All tables of a migration, in the order of its plan. */
export function tablesOf(
  migrationId: string,
  page = PAGE,
): AsyncGenerator<MigrationTable & { database: { name: string } }> {
  return paged(page, (after) =>
    store().migrationTable.findMany({
      where: { database: { migrationId }, id: { gt: after } },
      include: { database: { select: { name: true } } },
      orderBy: { id: "asc" },
      take: page,
    }),
  );
}

/** Rows of growing ids, a page at a time; the next page is read only once the last row was taken. */
async function* paged<Row extends { id: bigint }>(
  page: number,
  read: (after: bigint) => Promise<Row[]>,
): AsyncGenerator<Row> {
  let after = -1n;
  for (;;) {
    const rows = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    after = last.id;
  }
}
