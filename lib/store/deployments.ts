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

/** Notes that a deployment has begun; one of the same name is replaced, as Resource Manager does. */
export async function beginDeployment(
  deployment: NewDeployment,
): Promise<{ deployment: Deployment; isNew: boolean }> {
  const { key } = deployment;
  const before = await store().deployment.findUnique({ where: { key } });
  const running = {
    ...deployment,
    parameters: deployment.parameters as Prisma.InputJsonObject,
    provisioningState: "Running",
    outputs: {},
    outputResources: [],
    startedAt: new Date(),
    endedAt: null,
  };
  return {
    deployment: await store().deployment.upsert({
      where: { key },
      create: running,
      update: { ...running, error: Prisma.DbNull },
    }),
    isNew: before === null,
  };
}

/** Notes how a deployment ended. */
export async function endDeployment(
  id: string,
  ending: {
    outputs: Record<string, unknown>;
    outputResources: string[];
    error: object | null;
  },
): Promise<Deployment> {
  const { outputs, outputResources, error } = ending;
  return await store().deployment.update({
    where: { id },
    data: {
      provisioningState: error === null ? "Succeeded" : "Failed",
      outputs: outputs as Prisma.InputJsonObject,
      outputResources,
      ...(error === null ? {} : { error: error as Prisma.InputJsonObject }),
      endedAt: new Date(),
    },
  });
}

/** The deployment with this key (lower-cased "subscription/group/name"), or null. */
export async function findDeployment(key: string): Promise<Deployment | null> {
  return await store().deployment.findUnique({ where: { key } });
}

/** Deployments of a resource group, newest first. */
export async function listDeploymentsOf(scope: {
  subscriptionId: string;
  resourceGroup: string;
  limit: number;
}): Promise<Deployment[]> {
  const { subscriptionId, resourceGroup, limit } = scope;
  return await store().deployment.findMany({
    where: {
      subscriptionId: { equals: subscriptionId, mode: "insensitive" },
      resourceGroup: { equals: resourceGroup, mode: "insensitive" },
    },
    orderBy: { startedAt: "desc" },
    take: limit,
  });
}
