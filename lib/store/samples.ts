import { Prisma } from "@/lib/generated/prisma/client";
import type { StoreClient } from "./client";

/** Throughput of a migration at one moment; bytes and rows are totals since the run began. */
export interface NewSample {
  at: Date;
  bytesCopied: number;
  rowsCopied: number;
  activeJobs: number;
}

/** Tables of samples, one row a moment of a migration. */
type SampleTable = "migration_sample" | "migration_follow_sample";

/** Appends a sample; a second one at the same millisecond is dropped. */
export async function appendSample(db: StoreClient, migrationId: string, sample: NewSample): Promise<void> {
  await db.migrationSample.createMany({ data: [{ migrationId, ...sample }], skipDuplicates: true });
}

/**
 * Keeps the first sample of every 10 s older than 10 minutes, and of every minute older than a day: some 2,000 rows for each
 * further day.
 */
export async function thinSamples(
  db: StoreClient,
  migrationId: string,
  { of = "migration_sample", now = new Date() }: { of?: SampleTable; now?: Date } = {},
): Promise<void> {
  const nowText = now.toISOString();
  const table = Prisma.raw(of);
  await db.$executeRaw`
    with aged as (
      select at,
             case when at < ${nowText}::timestamptz - interval '1 day' then 60 else 10 end as step
        from ${table}
       where migration_id = ${migrationId}::uuid and at < ${nowText}::timestamptz - interval '10 minutes'),
    ranked as (
      select at, row_number() over (partition by step, floor(extract(epoch from at) / step) order by at) as place
        from aged)
    delete from ${table} s using ranked r
     where s.migration_id = ${migrationId}::uuid and s.at = r.at and r.place > 1`;
}
