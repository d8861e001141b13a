import { Prisma } from "@/lib/generated/prisma/client";
import type { ServerMetadata } from "@/lib/migrations/server-metadata";
import { store } from "./client";
import { fenced, type Run } from "./run";

/** Keeps what is known of both servers of a migration. Throws StaleRunError. */
export async function writeServerMetadata(
  run: Run,
  { source, target }: Record<"source" | "target", ServerMetadata>,
): Promise<void> {
  await fenced(run, (db) =>
    db.migration.update({
      where: { id: run.migrationId },
      data: { sourceMetadata: jsonOf(source), targetMetadata: jsonOf(target) },
    }),
  );
}

/** Empty is null. */
export function jsonOf(metadata: ServerMetadata): Prisma.InputJsonObject | typeof Prisma.DbNull {
  return Object.keys(metadata).length === 0 ? Prisma.DbNull : { ...metadata };
}

/** The id in Azure of the registered server at this address; null when none was found there. */
export async function findAzureIdAt({ host, port }: { host: string; port: number }): Promise<string | null> {
  const row = await store().server.findFirst({
    where: { host: { equals: host, mode: "insensitive" }, port, azureResourceId: { not: null } },
    select: { azureResourceId: true },
  });
  return row?.azureResourceId ?? null;
}

/** True when a registered server has this id in Azure. */
export async function isRegisteredInAzure(azureResourceId: string): Promise<boolean> {
  const where = { azureResourceId: { equals: azureResourceId, mode: "insensitive" as const } };
  return (await store().server.count({ where })) > 0;
}
