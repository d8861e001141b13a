import type { StoreClient } from "./client";

/** Throughput of a migration at one moment; bytes and rows are totals since the run began. */
export interface NewSample {
  at: Date;
  bytesCopied: number;
  rowsCopied: number;
  activeJobs: number;
}

/** Appends a sample; a second one at the same millisecond is dropped. */
export async function appendSample(db: StoreClient, migrationId: string, sample: NewSample): Promise<void> {
  await db.migrationSample.createMany({ data: [{ migrationId, ...sample }], skipDuplicates: true });
}
