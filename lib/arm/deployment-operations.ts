import { z } from "zod";
import {
  deploymentResourceId,
  MANAGEMENT_API_VERSION,
  MIGRATION_TYPE,
  resourceGroupId,
} from "@/lib/migrations/resource-paths";
import {
  armErrorDetail,
  type DeploymentRecord,
  PROVISIONING_STATES,
  provisioningStateOf,
} from "./deployment-envelope";

const text = z.string();
const STATES = ["Running", "Succeeded", "Failed"] as const;

/** What became of one migration of a template, as the store keeps it. */
const storedOperation = z.object({
  operationId: text,
  /** ARM id of the migration. */
  resourceId: text,
  state: z.enum(STATES),
  startedAt: text,
  endedAt: text.nullable(),
  /** The word for the HTTP status: "Created", "OK", "Conflict"; null while it runs. */
  statusCode: text.nullable(),
  error: armErrorDetail.nullable(),
});
export type StoredOperation = z.infer<typeof storedOperation>;

/** GET .../deployments/{name}/operations; follows Microsoft.Resources/deployments 2025-04-01. */
export const deploymentOperation = z.object({
  id: text,
  operationId: text,
  properties: z.object({
    provisioningOperation: z.literal("Create"),
    provisioningState: z.enum(STATES),
    timestamp: text,
    duration: text,
    statusCode: text.exactOptional(),
    statusMessage: z.object({ status: text, error: armErrorDetail }).exactOptional(),
    targetResource: z.object({ id: text, resourceType: text, resourceName: text }),
  }),
});
export type DeploymentOperation = z.infer<typeof deploymentOperation>;

/** What the address in Azure-AsyncOperation answers. */
export const operationStatus = z.object({
  id: text,
  status: z.enum(PROVISIONING_STATES),
  error: armErrorDetail.exactOptional(),
});

type DeploymentNames = Pick<DeploymentRecord, "subscriptionId" | "resourceGroup" | "name">;

/** Where to ask how far a deploying is, below the origin. */
export function operationStatusPath(deployment: DeploymentNames & { runId: string }): string {
  return `${deploymentResourceId(deployment)}/operationStatuses/${deployment.runId}?api-version=${MANAGEMENT_API_VERSION}`;
}

/** The answer to a question at that path. */
export function operationStatusOf(
  deployment: DeploymentRecord & { runId: string },
): z.infer<typeof operationStatus> {
  const error = armErrorDetail.safeParse(deployment.error);
  return {
    id: operationStatusPath(deployment).split("?")[0] ?? "",
    status: provisioningStateOf(deployment),
    ...(error.success ? { error: error.data } : {}),
  };
}

/** The operations of a deployment, in the order they began. */
export function operationsOf(deployment: DeploymentRecord & { operations: unknown }): DeploymentOperation[] {
  const stored = z.array(storedOperation).catch([]).parse(deployment.operations);
  return stored.map((operation) => envelopeOf(deployment, operation));
}

function envelopeOf(
  { subscriptionId, resourceGroup, name }: DeploymentNames,
  { operationId, resourceId, state, startedAt, endedAt, statusCode, error }: StoredOperation,
): DeploymentOperation {
  const [, , serverName, , migrationName] = resourceId.split("/").slice(-5);
  const group = resourceGroupId(subscriptionId, resourceGroup);
  return {
    id: `${group}/deployments/${encodeURIComponent(name)}/operations/${operationId}`,
    operationId,
    properties: {
      provisioningOperation: "Create",
      provisioningState: state,
      timestamp: endedAt ?? startedAt,
      duration: `PT${(Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1000}S`,
      ...(statusCode === null ? {} : { statusCode }),
      ...(error === null ? {} : { statusMessage: { status: "Failed", error } }),
      targetResource: {
        id: resourceId,
        resourceType: MIGRATION_TYPE,
        resourceName: `${serverName}/${migrationName}`,
      },
    },
  };
}
