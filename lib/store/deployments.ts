import { randomUUID } from "node:crypto";
import { type Deployment, Prisma } from "@/lib/generated/prisma/client";
import { store } from "./client";

/** A deployment when it begins; `key` identifies it. */
export interface NewDeployment {
  subscriptionId: string;
  resourceGroup: string;
  key: string;
  name: string;
  correlationId: string;
  templateHash: string;
  /** Without values of secure parameters. */
  parameters: Record<string, unknown>;
  createdBy: string;
}

/**
 * Notes that a deployment has begun; one of the same name is replaced, as Resource Manager does, unless it runs: then null. Of
 * several at once one begins.
 */
export async function beginDeployment(
  deployment: NewDeployment,
): Promise<{ deployment: Deployment; isNew: boolean } | null> {
  const now = new Date();
  const running = {
    ...deployment,
    parameters: deployment.parameters as Prisma.InputJsonObject,
    provisioningState: "Running",
    runId: randomUUID(),
    outputs: {},
    outputResources: [],
    operations: [],
    startedAt: now,
    aliveAt: now,
    endedAt: null,
  };
  const [replaced] = await store().deployment.updateManyAndReturn({
    where: { key: deployment.key, provisioningState: { not: "Running" } },
    data: { ...running, error: Prisma.DbNull },
  });
  if (replaced) return { deployment: replaced, isNew: false };
  const [created] = await store().deployment.createManyAndReturn({ data: [running], skipDuplicates: true });
  return created ? { deployment: created, isNew: true } : null;
}

/**
 * Says that a deployment goes on, and how far it is. Returns false, and notes nothing, when it was canceled, given up or replaced
 * meanwhile.
 */
export async function noteOperations(runId: string, operations?: readonly object[]): Promise<boolean> {
  const { count } = await store().deployment.updateMany({
    where: { runId, provisioningState: "Running" },
    data: {
      aliveAt: new Date(),
      ...(operations ? { operations: operations as Prisma.InputJsonArray } : {}),
    },
  });
  return count > 0;
}

/** Ends a deployment that runs as canceled: `error` says so. Returns whether it ran. */
export async function cancelDeployment(key: string, error: object): Promise<boolean> {
  const { count } = await store().deployment.updateMany({
    where: { key, provisioningState: "Running" },
    data: { provisioningState: "Canceled", error: error as Prisma.InputJsonObject, endedAt: new Date() },
  });
  return count > 0;
}

/** Notes what had been made by a deployment when it was canceled. */
export async function noteCanceled(
  runId: string,
  { operations, outputResources }: { operations: readonly object[]; outputResources: string[] },
): Promise<void> {
  await store().deployment.updateMany({
    where: { runId, provisioningState: "Canceled" },
    data: { operations: operations as Prisma.InputJsonArray, outputResources },
  });
}

/** Notes how a deployment ended; returns false, and notes nothing, when it was canceled, given up or replaced meanwhile. */
export async function endDeployment(
  runId: string,
  ending: {
    outputs: Record<string, unknown>;
    outputResources: string[];
    operations: readonly object[];
    error: object | null;
  },
): Promise<boolean> {
  const { outputs, outputResources, operations, error } = ending;
  const { count } = await store().deployment.updateMany({
    where: { runId, provisioningState: "Running" },
    data: {
      provisioningState: error === null ? "Succeeded" : "Failed",
      outputs: outputs as Prisma.InputJsonObject,
      outputResources,
      operations: operations as Prisma.InputJsonArray,
      ...(error === null ? {} : { error: error as Prisma.InputJsonObject }),
      endedAt: new Date(),
    },
  });
  return count > 0;
}

/** Ends deployments whose process was not heard of since `before`: `error` says so. */
export async function endAbandonedDeployments(before: Date, error: object): Promise<void> {
  await store().deployment.updateMany({
    where: { provisioningState: "Running", aliveAt: { lt: before } },
    data: { provisioningState: "Failed", error: error as Prisma.InputJsonObject, endedAt: new Date() },
  });
}

/** The deployment with this key (lower-cased "subscription/group/name"), or null. */
export async function findDeployment(key: string): Promise<Deployment | null> {
  return await store().deployment.findUnique({ where: { key } });
}

/** Removes the record of a deployment that does not run; what it made stays. Returns whether there was one. */
export async function removeDeployment(key: string): Promise<boolean> {
  const { count } = await store().deployment.deleteMany({
    where: { key, provisioningState: { not: "Running" } },
  });
  return count > 0;
}

/** Where a page of deployments ends. */
export interface DeploymentPlace {
  startedAt: Date;
  id: string;
}

/** A page of a resource group's deployments, newest first, older than `after`; at most `limit`. */
export async function listDeploymentsOf(
  scope: { subscriptionId: string; resourceGroup: string },
  { after, limit }: { after: DeploymentPlace | null; limit: number },
): Promise<Deployment[]> {
  const { subscriptionId, resourceGroup } = scope;
  const older = after && {
    OR: [{ startedAt: { lt: after.startedAt } }, { startedAt: after.startedAt, id: { lt: after.id } }],
  };
  return await store().deployment.findMany({
    where: {
      subscriptionId: { equals: subscriptionId, mode: "insensitive" },
      resourceGroup: { equals: resourceGroup, mode: "insensitive" },
      ...older,
    },
    orderBy: [{ startedAt: "desc" }, { id: "desc" }],
    take: limit,
  });
}
