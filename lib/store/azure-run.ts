import { z } from "zod";
import type { AzureMigrationStatus } from "@/lib/azure/azure-migration";
import type { Prisma } from "@/lib/generated/prisma/client";
import type { ServerMetadata } from "@/lib/migrations/server-metadata";
import { substateLabel } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { appendEvents, type NewEvent, storable } from "./events";
import { fenced, type Run } from "./run";
import { deleteSecrets } from "./secrets";

/** What was asked of Azure's service for a migration it runs. */
const azureRun = z.object({
  /** True once Azure took the migration; false also while that is not known. */
  isCreated: z.boolean(),
  /** Azure's own id of it, for its support. */
  migrationId: z.string().nullable(),
  isCancelSent: z.boolean(),
  isOverwriteSent: z.boolean(),
  /** Databases as they were sent, null for the first ones. */
  databasesSent: z.array(z.string()).nullable(),
  isReplicationSent: z.boolean(),
  /** "now", or the time that was sent. */
  startSent: z.string().nullable(),
  /** Databases whose cancel was sent, besides that of the whole migration. */
  cancelSent: z.array(z.string()),
  /** Databases whose cutover was sent. */
  cutoverSent: z.array(z.string()),
});
export type AzureRun = z.infer<typeof azureRun>;

export const NOT_ASKED: AzureRun = {
  isCreated: false,
  migrationId: null,
  isCancelSent: false,
  isOverwriteSent: false,
  databasesSent: null,
  isReplicationSent: false,
  startSent: null,
  cancelSent: [],
  cutoverSent: [],
};

/** As stored; as if nothing had been asked when it has another form. */
export function parseAzureRun(json: unknown): AzureRun {
  return azureRun.safeParse(json).data ?? NOT_ASKED;
}

/** Notes what was asked. Throws StaleRunError. */
export async function writeAzureRun(
  run: Run,
  asked: AzureRun,
  events: readonly NewEvent[] = [],
): Promise<void> {
  await fenced(run, async (db) => {
    await db.migration.update({ where: { id: run.migrationId }, data: { azureRun: { ...asked } } });
    await appendEvents(db, run.migrationId, events);
  });
}

/**
 * Makes the stored migration what Azure says it is: status, databases, validation, and at its end the passwords go. Databases
 * that only Azure knows are added. True when it has ended. Throws StaleRunError.
 */
export async function mirrorAzureStatus(run: Run, status: AzureMigrationStatus): Promise<boolean> {
  const ended = isTerminal(status.state);
  await fenced(run, async (db) => {
    const before = await db.migration.findUniqueOrThrow({ where: { id: run.migrationId } });
    const position = await db.migrationDatabase.count({ where: { migrationId: run.migrationId } });
    for (const [index, database] of status.databases.entries()) {
      const figures = databaseRow(database);
      await db.migrationDatabase.upsert({
        where: { migrationId_name: { migrationId: run.migrationId, name: database.name } },
        create: {
          migrationId: run.migrationId,
          name: database.name,
          position: position + index,
          ...figures,
        },
        update: figures,
      });
    }
    await db.migration.update({
      where: { id: run.migrationId },
      data: {
        state: status.state,
        substate: status.substate,
        ...(ended ? { endedAt: new Date() } : { lastActiveSubstate: status.substate }),
        ...(status.error === null ? {} : { error: storable(status.error), errorCode: "AZURE_REFUSED" }),
        ...(hasFacts(status.source) ? { sourceMetadata: { ...status.source } } : {}),
        ...(hasFacts(status.target) ? { targetMetadata: { ...status.target } } : {}),
        ...(status.validation ? { validation: status.validation as unknown as Prisma.InputJsonObject } : {}),
      },
    });
    if (before.state !== status.state || before.substate !== status.substate)
      await appendEvents(db, run.migrationId, [changeEvent(status, ended)]);
    if (ended) await deleteSecrets(db, run.migrationId);
  });
  return ended;
}

function hasFacts(metadata: ServerMetadata): boolean {
  return Object.keys(metadata).length > 0;
}

function databaseRow(database: AzureMigrationStatus["databases"][number]) {
  const { inserts, updates, deletes, appliedChanges, incomingChanges, lagMs } = database;
  const hasFollowed = appliedChanges > 0 || database.state === "WaitingForCutoverTrigger";
  return {
    state: database.state,
    phase: database.state === "Succeeded" ? "done" : "copy",
    tablesQueued: database.tablesQueued,
    tablesLoading: database.tablesLoading,
    tablesCompleted: database.tablesCompleted,
    tablesErrored: database.tablesErrored,
    message: database.message === null ? null : storable(database.message),
    startedAt: database.startedAt,
    endedAt: database.endedAt,
    ...(hasFollowed
      ? {
          followFigures: {
            ...{ at: new Date().toISOString(), lagMs, lagBytes: 0, incomingChanges, appliedChanges },
            ...{ inserts, updates, deletes, truncates: 0, transactions: 0, divergences: 0, slot: null },
          },
        }
      : {}),
  };
}

function changeEvent(status: AzureMigrationStatus, ended: boolean): NewEvent {
  const failed = status.state === "Failed" || status.state === "ValidationFailed";
  const reason = status.error === null ? "" : ` ${status.error}`;
  return {
    level: failed ? "error" : "info",
    kind: ended ? "ended" : "state-changed",
    message: `Azure: ${ended ? status.state : substateLabel(status.substate)}.${reason}`,
  };
}
