import {
  type Migration,
  type MigrationDatabase,
  type MigrationEvent,
  type MigrationProblem,
  type MigrationSample,
  Prisma,
  type Server,
} from "@/lib/generated/prisma/client";
import type { TableSort } from "@/lib/migrations/read-model";
import { type TableState, TERMINAL_STATES } from "@/lib/migrations/vocabulary";
import { type StoreClient, store } from "./client";

/** A migration with its target server and its databases in their order. */
export type FullMigration = Migration & { server: Server; databases: MigrationDatabase[] };

const WITH_SERVER_AND_DATABASES = {
  server: true,
  databases: { orderBy: { position: "asc" } },
} as const satisfies Prisma.MigrationInclude;

/** The migration of that name on a server, without regard to case, or null. */
export async function findMigration(serverId: string, name: string): Promise<FullMigration | null> {
  return await store().migration.findUnique({
    where: { serverId_nameKey: { serverId, nameKey: name.toLowerCase() } },
    include: WITH_SERVER_AND_DATABASES,
  });
}

/** The migration with this GUID, or null. */
export async function findMigrationById(id: string): Promise<FullMigration | null> {
  return await store().migration.findUnique({ where: { id }, include: WITH_SERVER_AND_DATABASES });
}

/** The version of a migration with this GUID, which grows with every change; null when there is none. */
export async function findMigrationVersion(id: string): Promise<number | null> {
  const row = await store().migration.findUnique({ where: { id }, select: { version: true } });
  return row?.version ?? null;
}

/** Where a page of migrations ends. */
export interface MigrationPlace {
  createdAt: Date;
  id: string;
}

/** A page of a server's migrations, newest first, older than `after`; at most `limit`. */
export async function listMigrationsOfServer(
  serverId: string,
  filter: "Active" | "All",
  { after, limit }: { after: MigrationPlace | null; limit: number },
): Promise<FullMigration[]> {
  const older = after && {
    OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }],
  };
  return await store().migration.findMany({
    where: {
      serverId,
      ...(filter === "Active" ? { state: { notIn: [...TERMINAL_STATES] } } : {}),
      ...older,
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit,
    include: WITH_SERVER_AND_DATABASES,
  });
}

/** All migrations, newest first. */
export async function listMigrations(): Promise<FullMigration[]> {
  return await store().migration.findMany({
    orderBy: { createdAt: "desc" },
    include: WITH_SERVER_AND_DATABASES,
  });
}

/** A text that differs whenever the list of migrations would be shown differently. */
export async function readListVersion(): Promise<string> {
  const migrations = await store().migration.aggregate({
    _count: { _all: true },
    _sum: { version: true },
    _max: { createdAt: true },
  });
  const servers = await store().server.aggregate({ _max: { updatedAt: true } });
  return [
    migrations._count._all,
    migrations._sum.version ?? 0,
    migrations._max.createdAt?.getTime() ?? 0,
    servers._max.updatedAt?.getTime() ?? 0,
  ].join("-");
}

/** Problems of a migration, errors first, then in order of time; at most `limit` of them, and how many there are. */
export async function readProblems(
  migrationId: string,
  limit: number,
): Promise<{ total: number; problems: (MigrationProblem & { database: { name: string } })[] }> {
  const where = { database: { migrationId } };
  const total = await store().migrationProblem.count({ where });
  const problems = await store().migrationProblem.findMany({
    where,
    include: { database: { select: { name: true } } },
    orderBy: [{ severity: "asc" }, { id: "asc" }],
    take: limit,
  });
  return { total, problems };
}

/** Samples of a migration, oldest first, thinned evenly to at most `limit`; the newest is always among them. */
export async function readSamples(
  migrationId: string,
  limit: number,
): Promise<Pick<MigrationSample, "at" | "bytesCopied" | "rowsCopied" | "activeJobs">[]> {
  return await store().$queryRaw(Prisma.sql`
    with numbered as (
      select at, bytes_copied, rows_copied, active_jobs,
             row_number() over (order by at desc) - 1 as age,
             greatest(1, ceil(count(*) over () / ${limit}::numeric))::bigint as step
        from migration_sample
       where migration_id = ${migrationId}::uuid
    )
    select at, bytes_copied as "bytesCopied", rows_copied as "rowsCopied", active_jobs as "activeJobs"
      from numbered
     where age % step = 0
     order by at`);
}

export interface TableFilter {
  database: string | null;
  state: TableState | null;
  /** Part of "schema.table", without regard to case. */
  search: string | null;
  /** null: those that need a look first. */
  sort: { by: TableSort; descending: boolean } | null;
  offset: number;
  limit: number;
}

/** A table's progress with the error it ended with, if any. */
export interface TableRow {
  database: string;
  schema: string;
  name: string;
  state: string;
  format: string | null;
  bytesEstimated: bigint;
  rowsEstimated: bigint;
  bytesCopied: bigint;
  rowsCopied: bigint;
  attempts: number;
  startedAt: Date | null;
  endedAt: Date | null;
  error: string | null;
  inserts: bigint;
  updates: bigint;
  deletes: bigint;
  truncates: bigint;
  unfollowed: string | null;
  /** Of the migration. */
  mode: string;
}

/** Tables of a migration; without `sort` errored first, then loading, queued and completed, large ones before small ones. */
export async function readTableRows(migrationId: string, filter: TableFilter): Promise<TableRow[]> {
  return await store().$queryRaw(Prisma.sql`
    select d.name as database, t.schema, t.name, t.state, t.format,
           t.bytes_estimated as "bytesEstimated", t.rows_estimated as "rowsEstimated",
           t.bytes_copied as "bytesCopied", t.rows_copied as "rowsCopied",
           t.attempts, t.started_at as "startedAt", t.ended_at as "endedAt",
           t.inserts, t.updates, t.deletes, t.truncates, t.unfollowed,
           (select m.mode from migration m where m.id = d.migration_id) as mode,
           case when t.state = 'errored' then (
             select p.message from migration_problem p
              where p.database_id = t.database_id and p.severity = 'error'
                and p.object in (format('%I.%I', t.schema, t.name), t.schema || '.' || t.name)
              order by p.id limit 1) end as error
      from migration_table t
      join migration_database d on d.id = t.database_id
     where ${tableConditions(migrationId, filter)}
     order by ${tableOrder(filter.sort)} d.position, t.schema, t.name
    offset ${filter.offset} limit ${filter.limit}`);
}

const SECONDS = Prisma.sql`nullif(extract(epoch from coalesce(t.ended_at, now()) - t.started_at), 0)`;

const TABLE_ORDERS: Record<TableSort, Prisma.Sql> = {
  name: Prisma.sql`t.schema || '.' || t.name`,
  bytes: Prisma.sql`t.bytes_copied`,
  rows: Prisma.sql`t.rows_copied`,
  rate: Prisma.sql`t.bytes_copied / ${SECONDS}`,
  rowRate: Prisma.sql`t.rows_copied / ${SECONDS}`,
  duration: Prisma.sql`${SECONDS}`,
  changes: Prisma.sql`t.inserts + t.updates + t.deletes`,
  inserts: Prisma.sql`t.inserts`,
  updates: Prisma.sql`t.updates`,
  deletes: Prisma.sql`t.deletes`,
};

/** What has no figure yet comes last, however the list is turned. */
function tableOrder(sort: TableFilter["sort"]): Prisma.Sql {
  if (sort === null) {
    return Prisma.sql`array_position(array['errored', 'loading', 'queued', 'completed'], t.state), t.bytes_estimated desc,`;
  }
  const direction = sort.descending ? Prisma.sql`desc` : Prisma.sql`asc`;
  return Prisma.sql`${TABLE_ORDERS[sort.by]} ${direction} nulls last,`;
}

/** How many tables of a migration the filter leaves. */
export async function countTables(migrationId: string, filter: TableFilter): Promise<number> {
  const [row] = await store().$queryRaw<{ total: bigint }[]>(Prisma.sql`
    select count(*) as total
      from migration_table t
      join migration_database d on d.id = t.database_id
     where ${tableConditions(migrationId, filter)}`);
  return Number(row?.total ?? 0);
}

function tableConditions(migrationId: string, { database, state, search }: TableFilter): Prisma.Sql {
  const conditions = [Prisma.sql`d.migration_id = ${migrationId}::uuid`];
  if (database !== null) conditions.push(Prisma.sql`d.name = ${database}`);
  if (state !== null) conditions.push(Prisma.sql`t.state = ${state}`);
  if (search !== null) {
    conditions.push(Prisma.sql`strpos(lower(t.schema || '.' || t.name), lower(${search})) > 0`);
  }
  return Prisma.join(conditions, " and ");
}

/** A page of a migration's activity log but for single tables and indexes, newest first, older than the event `before`. */
export async function readEventRows(
  migrationId: string,
  page: { before: bigint | null; limit: number },
): Promise<{ total: number; events: MigrationEvent[] }> {
  const shown = { migrationId, level: { not: "debug" } };
  const total = await store().migrationEvent.count({ where: shown });
  const events = await store().migrationEvent.findMany({
    where: { ...shown, ...(page.before === null ? {} : { id: { lt: page.before } }) },
    orderBy: { id: "desc" },
    take: page.limit,
  });
  return { total, events };
}

/**
 * Makes the next version of a migration out of this one; false when it has another. Of several who ask with one version a
 * single one succeeds.
 */
export async function claimVersion(migrationId: string, version: number): Promise<boolean> {
  const { count } = await store().migration.updateMany({
    where: { id: migrationId, version },
    data: { version: { increment: 1 } },
  });
  return count === 1;
}

/** Replaces the tags of a migration. */
export async function replaceTags(
  migrationId: string,
  tags: Record<string, string>,
  db: StoreClient = store(),
): Promise<void> {
  await db.migration.update({
    where: { id: migrationId },
    data: { tags, version: { increment: 1 } },
  });
}
