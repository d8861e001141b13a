import { type MigrationFollowSample, Prisma } from "@/lib/generated/prisma/client";
import { type StoreClient, store } from "../client";

/** How far a migration was behind at one moment: the longest lag of its databases, the sums of the rest. */
export type FollowSampleRow = Pick<
  MigrationFollowSample,
  "at" | "lagMs" | "lagBytes" | "appliedChanges" | "retainedBytes"
>;

/** Appends a sample; a second one at the same millisecond is dropped. */
export async function appendFollowSample(
  db: StoreClient,
  migrationId: string,
  sample: FollowSampleRow,
): Promise<void> {
  await db.migrationFollowSample.createMany({ data: [{ migrationId, ...sample }], skipDuplicates: true });
}

/**
 * Keeps the first sample of every 10 s older than 10 minutes, and of every minute older than a day: some 2,000 rows for each
 * further day.
 */
export async function thinFollowSamples(
  db: StoreClient,
  migrationId: string,
  now = new Date(),
): Promise<void> {
  const nowText = now.toISOString();
  await db.$executeRaw`
    with aged as (
      select at,
             case when at < ${nowText}::timestamptz - interval '1 day' then 60 else 10 end as step
        from migration_follow_sample
       where migration_id = ${migrationId}::uuid and at < ${nowText}::timestamptz - interval '10 minutes'),
    ranked as (
      select at, row_number() over (partition by step, floor(extract(epoch from at) / step) order by at) as place
        from aged)
    delete from migration_follow_sample s using ranked r
     where s.migration_id = ${migrationId}::uuid and s.at = r.at and r.place > 1`;
}

/** Samples of a migration, oldest first, thinned evenly to at most `limit`; the newest is always among them. */
export async function readFollowSamples(migrationId: string, limit: number): Promise<FollowSampleRow[]> {
  return await store().$queryRaw(Prisma.sql`
    with numbered as (
      select at, lag_ms, lag_bytes, applied_changes, retained_bytes,
             row_number() over (order by at desc) - 1 as age,
             greatest(1, ceil(count(*) over () / ${limit}::numeric))::bigint as step
        from migration_follow_sample
       where migration_id = ${migrationId}::uuid)
    select at, lag_ms as "lagMs", lag_bytes as "lagBytes", applied_changes as "appliedChanges",
           retained_bytes as "retainedBytes"
      from numbered
     where age % step = 0
     order by at`);
}
