import type { IndexTiming, MigrationTimings, StepTiming } from "@/lib/migrations/read-model";
import { store } from "./client";

/** Tables of a database that are through: their estimates, and the bytes they came to. */
export interface FinishedBytes {
  estimated: bigint;
  copied: bigint;
}

/** Sums over the finished tables of a migration, failed ones included, by the database's id. */
export async function readFinishedBytes(migrationId: string): Promise<ReadonlyMap<string, FinishedBytes>> {
  const rows = await store().$queryRaw<({ id: string } & FinishedBytes)[]>`
    select d.id, sum(t.bytes_estimated)::bigint as estimated, sum(t.bytes_copied)::bigint as copied
      from migration_database d
      join migration_table t on t.database_id = d.id
     where d.migration_id = ${migrationId}::uuid and t.state in ('completed', 'errored')
     group by d.id`;
  return new Map(rows.map(({ id, estimated, copied }) => [id, { estimated, copied }]));
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
