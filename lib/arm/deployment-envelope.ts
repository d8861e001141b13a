import { z } from "zod";
import {
  DEPLOYMENT_TYPE,
  deploymentResourceId,
  MIGRATION_TYPE,
  PROVIDER,
} from "@/lib/migrations/resource-paths";

const text = z.string();
const shownValues = z.record(text, z.object({ type: text, value: z.unknown().optional() }));

/** Of a deployment; what became of one of its resources is never Canceled: one that has begun is finished. */
export const PROVISIONING_STATES = ["Running", "Succeeded", "Failed", "Canceled"] as const;

/** An error as a deployment keeps it. */
export const armErrorDetail = z.object({
  code: text,
  message: text,
  target: text.exactOptional(),
  details: z.array(z.looseObject({ code: text, message: text })).exactOptional(),
});

/** GET and PUT of a deployment; follows Microsoft.Resources/deployments 2025-04-01. Secure parameters come without a value. */
export const deploymentResource = z.object({
  id: text,
  name: text,
  type: z.literal(DEPLOYMENT_TYPE),
  properties: z.object({
    provisioningState: z.enum(PROVISIONING_STATES),
    correlationId: text,
    timestamp: text,
    duration: text,
    mode: z.literal("Incremental"),
    templateHash: text,
    parameters: shownValues,
    outputs: shownValues,
    outputResources: z.array(z.object({ id: text })),
    providers: z.array(
      z.object({ namespace: text, resourceTypes: z.array(z.object({ resourceType: text })) }),
    ),
    dependencies: z.array(z.never()),
    error: armErrorDetail.exactOptional(),
  }),
});
export type DeploymentResource = z.infer<typeof deploymentResource>;

/** What is known of a deployment; a row of the store fits. */
export interface DeploymentRecord {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  provisioningState: string;
  correlationId: string;
  templateHash: string;
  parameters: unknown;
  outputs: unknown;
  outputResources: unknown;
  error: unknown;
  startedAt: Date;
  endedAt: Date | null;
}

/** Running, Succeeded, Failed or Canceled. */
export function provisioningStateOf({ provisioningState }: Pick<DeploymentRecord, "provisioningState">) {
  return z.enum(PROVISIONING_STATES).catch("Running").parse(provisioningState);
}

/** The deployment as ARM's resource. */
export function deploymentEnvelope(record: DeploymentRecord): DeploymentResource {
  const { name, startedAt, endedAt } = record;
  const ids = z.array(text).catch([]).parse(record.outputResources);
  const error = armErrorDetail.safeParse(record.error);
  return {
    id: deploymentResourceId(record),
    name,
    type: DEPLOYMENT_TYPE,
    properties: {
      provisioningState: provisioningStateOf(record),
      correlationId: record.correlationId,
      timestamp: (endedAt ?? startedAt).toISOString(),
      duration: `PT${((endedAt ?? startedAt).getTime() - startedAt.getTime()) / 1000}S`,
      mode: "Incremental",
      templateHash: record.templateHash,
      parameters: shownValues.catch({}).parse(record.parameters),
      outputs: shownValues.catch({}).parse(record.outputs),
      outputResources: ids.map((id) => ({ id })),
      providers: [
        {
          namespace: PROVIDER,
          resourceTypes: [{ resourceType: MIGRATION_TYPE.slice(PROVIDER.length + 1) }],
        },
      ],
      dependencies: [],
      ...(error.success ? { error: error.data } : {}),
    },
  };
}
