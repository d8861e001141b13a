import { z } from "zod";
import type { TunedParameter } from "@/lib/azure/tune-target";
import { Prisma } from "@/lib/generated/prisma/client";
import { type StoreClient, store } from "./client";
import { appendEvents, type NewEvent } from "./events";
import { fenced, type LoadedMigration, type Run } from "./run";

/** Parameters set for the time of a migration; written before the first of them is changed. */
const tunedParameters: z.ZodType<TunedParameter[]> = z.array(
  z.object({
    name: z.string(),
    value: z.string(),
    before: z.string().nullable(),
    valueBefore: z.string(),
    isSet: z.boolean(),
  }),
);

/** As stored; null when the target is as it was. Throws ZodError for another form: to forget it would leave the target as it is. */
export function parseTuning(json: unknown): TunedParameter[] | null {
  return json === null ? null : tunedParameters.parse(json);
}

/** Notes what is, or is about to be, set; an empty list is forgotten. Throws StaleRunError. */
export async function writeTuning(
  run: Run,
  parameters: readonly TunedParameter[],
  events: readonly NewEvent[] = [],
): Promise<void> {
  await fenced(run, async (db) => {
    await writeTuningOf(db, run.migrationId, parameters);
    await appendEvents(db, run.migrationId, events);
  });
}

/** The same for a migration that has ended, and that no run owns. */
export async function writeLeftTuning(
  migrationId: string,
  parameters: readonly TunedParameter[],
  events: readonly NewEvent[] = [],
): Promise<void> {
  await store().$transaction(async (db) => {
    await writeTuningOf(db, migrationId, parameters);
    await appendEvents(db, migrationId, events);
  });
}

async function writeTuningOf(
  db: StoreClient,
  migrationId: string,
  parameters: readonly TunedParameter[],
): Promise<void> {
  const targetTuning =
    parameters.length === 0 ? Prisma.DbNull : parameters.map((parameter) => ({ ...parameter }));
  await db.migration.update({
    where: { id: migrationId },
    data: { targetTuning, version: { increment: 1 } },
  });
}

/** What other migrations into the same server in Azure, that have not ended, hold set there. */
export async function readOtherTunings(
  migrationId: string,
  azureResourceId: string,
): Promise<{ name: string; parameters: TunedParameter[] }[]> {
  const rows = await store().migration.findMany({
    where: {
      id: { not: migrationId },
      substate: { not: "Completed" },
      targetTuning: { not: Prisma.DbNull },
      server: { azureResourceId: { equals: azureResourceId, mode: "insensitive" } },
    },
    orderBy: { createdAt: "asc" },
    select: { name: true, targetTuning: true },
  });
  return rows.map(({ name, targetTuning }) => ({ name, parameters: parseTuning(targetTuning) ?? [] }));
}

/** Migrations that have ended while their target could not be put back as it was. */
export async function findLeftTunings(): Promise<LoadedMigration[]> {
  return await store().migration.findMany({
    where: { substate: "Completed", targetTuning: { not: Prisma.DbNull } },
    include: { server: true, databases: { orderBy: { position: "asc" } } },
  });
}
