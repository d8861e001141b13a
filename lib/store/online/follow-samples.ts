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
