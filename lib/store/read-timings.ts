import type { IndexTiming, MigrationTimings, StepTiming } from "@/lib/migrations/read-model";
import { store } from "./client";

/** What of a database's rows has arrived, for a forecast. */
export interface CopyFigures {
  /** The tables' sizes on the source, in bytes. */
  bytesPlanned: bigint;
  rowsEstimated: bigint;
  /** Of those that are through as many as were estimated. */
  arrivedRowsEstimated: bigint;
  /** The part of the tables' estimated bytes whose rows have arrived, and the bytes it came to. */
  arrivedBytesEstimated: bigint;
  arrivedBytesCopied: bigint;
}

/** Of a table that is not through: it may have more rows than was estimated. */
const ARRIVED_AT_MOST = 0.99;

/**
 * Sums over the tables of a migration, by the database's id. As arrived count those that are through, failed ones included, and
 * of those under way the share of their rows that has arrived, where the source has an estimate of their number.
 */
export async function readCopyFigures(migrationId: string): Promise<ReadonlyMap<string, CopyFigures>> {
  const rows = await store().$queryRaw<({ id: string } & CopyFigures)[]>`
    select d.id, sum(greatest(0, t.bytes_estimated))::bigint as "bytesPlanned", sum(greatest(0, t.rows_estimated))::bigint as "rowsEstimated",
           coalesce(sum(case when t.state = 'loading' then least(t.rows_copied, t.rows_estimated)
                             else greatest(0, t.rows_estimated) end) filter (where t.is_arriving), 0)::bigint as "arrivedRowsEstimated",
           coalesce(sum(t.bytes_copied) filter (where t.is_arriving), 0)::bigint as "arrivedBytesCopied",
           coalesce(sum(case when t.state = 'loading'
                             then t.bytes_estimated * least(${ARRIVED_AT_MOST}::float8, t.rows_copied::float8 / t.rows_estimated)
                             else t.bytes_estimated end) filter (where t.is_arriving), 0)::bigint as "arrivedBytesEstimated"
      from migration_database d
      join (select *, state in ('completed', 'errored') or state = 'loading' and rows_estimated > 0 as is_arriving
              from migration_table) t on t.database_id = d.id
     where d.migration_id = ${migrationId}::uuid
     group by d.id`;
  return new Map(rows.map(({ id, ...figures }) => [id, figures]));
}

/** The newest duration of every step, in the order they ended, and of the `limit` slowest indexes; what was kept took no time. */
export async function readTimings(migrationId: string, limit: number): Promise<MigrationTimings> {
  const [steps, indexes, [sums]] = await Promise.all([
    store().$queryRaw<StepTiming[]>`
      select database, step, ms from (
        select distinct on (database, data->>'step')
               id, database, data->>'step' as step, (data->>'ms')::float8 as ms
          from migration_event
         where migration_id = ${migrationId}::uuid and kind = 'step-completed' and database is not null
           and jsonb_typeof(data->'ms') = 'number' and data ? 'step'
         order by database, data->>'step', id desc) newest
       order by id`,
    store().$queryRaw<IndexTiming[]>`
      select database, object, ms from (
        select distinct on (database, object) database, object, (data->>'ms')::float8 as ms
          from migration_event
         where migration_id = ${migrationId}::uuid and kind = 'index-completed'
           and database is not null and object is not null and jsonb_typeof(data->'ms') = 'number'
           and data->>'kept' is distinct from 'true'
         order by database, object, id desc) newest
       order by ms desc, database, object
       limit ${limit}`,
    store().$queryRaw<{ total: bigint; ms: number | null }[]>`
      select count(distinct (database, object)) as total, sum((data->>'ms')::float8) as ms
        from migration_event
       where migration_id = ${migrationId}::uuid and kind = 'index-completed'
         and database is not null and object is not null and jsonb_typeof(data->'ms') = 'number'
         and data->>'kept' is distinct from 'true'`,
  ]);
  return { steps, indexesTotal: Number(sums?.total ?? 0), indexesMs: sums?.ms ?? 0, indexes };
}
