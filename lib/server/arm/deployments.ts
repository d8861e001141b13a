import { createHash } from "node:crypto";
import { z } from "zod";
import { ArmError, resourceNotFound } from "@/lib/arm/arm-error";
import { deploymentEnvelope, deploymentResource } from "@/lib/arm/deployment-envelope";
import {
  deploymentOperation,
  operationStatus,
  operationStatusOf,
  operationStatusPath,
  operationsOf,
} from "@/lib/arm/deployment-operations";
import type { DeploymentPath } from "@/lib/arm/resource-id";
import { listOf } from "@/lib/arm/resource-schemas";
import type { Deployment } from "@/lib/generated/prisma/client";
import { DEPLOYMENT_TYPE } from "@/lib/migrations/resource-paths";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import {
  beginDeployment,
  cancelDeployment as cancelStored,
  findDeployment,
  listDeploymentsOf,
  removeDeployment as removeStored,
} from "@/lib/store/deployments";
import { type Endpoint, endpoint } from "../endpoint";
import { originOf, PAGE_QUERY, pageOf } from "./paging";
import { deploymentBody, planDeployment } from "./plan-deployment";
import { runDeployment, settleAbandoned } from "./run-deployment";

/** Rule of the deployments resource. */
const NAME_PATTERN = /^[-\w.()]{1,64}$/;

const SCOPE_OF_STORE = { subscriptionId: LOCAL_SUBSCRIPTION_ID, resourceGroup: LOCAL_RESOURCE_GROUP };

/**
 * PUT .../deployments/{name}: creates the migrations of a template, each as its own PUT would. Everything is checked before it
 * answers; then they are created, and Azure-AsyncOperation is where to ask how far that is.
 */
export function putDeployment(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/write`,
    access: "operator",
    summary: "Creates the migrations of an ARM template; answers at once with where to follow it.",
    statuses: [200, 201],
    body: deploymentBody,
    output: deploymentResource,
    async handle({ actor, body, correlationId, note, ...call }) {
      checkName(path);
      const plan = await planDeployment(body);
      note({ data: { migrations: plan.migrations.length } });
      await settleAbandoned();
      const begun = await beginDeployment({
        ...SCOPE_OF_STORE,
        key: keyOf(path),
        name: path.deploymentName,
        correlationId,
        templateHash: hashOf(body.properties.template),
        parameters: plan.evaluated.parameters,
        createdBy: actor.name,
      });
      if (!begun) throw stillActive(path);
      const { deployment, isNew } = begun;
      void runDeployment({ runId: deployment.runId, plan, actor: actor.name });
      const address = `${originOf(call)}${operationStatusPath(deployment)}`;
      return {
        status: isNew ? 201 : 200,
        body: deploymentEnvelope(deployment),
        headers: { "azure-asyncoperation": address, "retry-after": "1" },
      };
    },
  });
}

/** POST .../deployments/{name}/validate: what PUT would check, without creating anything. */
export function validateDeployment(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/validate/action`,
    access: "operator",
    summary: "Checks an ARM template without deploying it.",
    body: deploymentBody,
    output: deploymentResource,
    async handle({ body, correlationId }) {
      checkName(path);
      const { evaluated, migrations } = await planDeployment(body);
      const now = new Date();
      const validated = deploymentEnvelope({
        ...SCOPE_OF_STORE,
        name: path.deploymentName,
        provisioningState: "Succeeded",
        correlationId,
        templateHash: hashOf(body.properties.template),
        parameters: evaluated.parameters,
        outputs: {},
        outputResources: migrations.map(({ migration }) => migration.id),
        error: null,
        startedAt: now,
        endedAt: now,
      });
      return { body: validated };
    },
  });
}

/** GET .../deployments/{name} */
export function getDeployment(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/read`,
    access: "viewer",
    summary: "Reads a deployment.",
    output: deploymentResource,
    async handle() {
      return { body: deploymentEnvelope(await deploymentOf(path)) };
    },
  });
}

/**
 * POST .../deployments/{name}/cancel: begins no further migration; those that are just being created are finished, and what was
 * made stays. 204, as Resource Manager answers.
 */
export function cancelDeployment(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/cancel/action`,
    access: "operator",
    summary: "Cancels a deployment that runs; the migrations it has made stay.",
    statuses: [204],
    async handle({ actor }) {
      const deployment = await deploymentOf(path);
      const message = `${actor.name} canceled the deployment. What was created before stays as it is.`;
      if (await cancelStored(keyOf(path), { code: "DeploymentCanceled", message })) return { status: 204 };
      const { name, provisioningState: state } = (await findDeployment(keyOf(path))) ?? deployment;
      throw new ArmError(
        409,
        "DeploymentCannotBeCancelled",
        `The deployment '${name}' cannot be cancelled because it is not active: it has ended, ${state}.`,
        { target: "deploymentName" },
      );
    },
  });
}

/** DELETE .../deployments/{name}: removes its record; the migrations stay. 204 also when there is none, as Resource Manager does. */
export function deleteDeployment(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/delete`,
    access: "operator",
    summary: "Removes the record of a deployment that has ended; what it made stays.",
    statuses: [204],
    async handle() {
      await settleAbandoned();
      if (!(await removeStored(keyOf(path))) && (await findDeployment(keyOf(path)))) throw stillActive(path);
      return { status: 204 };
    },
  });
}

const place = z.object({ startedAt: z.coerce.date(), id: z.guid() });

/** GET .../deployments */
export function listDeployments(scope: { subscriptionId: string; resourceGroup: string }): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/read`,
    access: "viewer",
    summary: "Lists deployments, newest first.",
    query: z.object(PAGE_QUERY),
    output: listOf(deploymentResource),
    async handle({ query, ...call }) {
      await settleAbandoned();
      const { rows, ...rest } = await pageOf(
        { call, query, position: place },
        (after, limit) => listDeploymentsOf(scope, { after, limit }),
        ({ startedAt, id }) => ({ startedAt, id }),
      );
      return { body: { value: rows.map(deploymentEnvelope), ...rest } };
    },
  });
}

type OperationPath = DeploymentPath & { operationId: string };

/** GET .../deployments/{name}/operationStatuses/{id}: the address that PUT names in Azure-AsyncOperation. */
export function getDeploymentStatus(path: OperationPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/operationstatuses/read`,
    access: "viewer",
    summary: "Tells whether a deployment still runs, and how it ended.",
    output: operationStatus,
    async handle() {
      const deployment = await deploymentOf(path);
      // A later deployment of the same name has taken its place.
      if (deployment.runId !== path.operationId.toLowerCase()) throw notFound(path, "operationStatuses");
      const ends = deployment.endedAt !== null;
      return { body: operationStatusOf(deployment), ...(ends ? {} : { headers: { "retry-after": "1" } }) };
    },
  });
}

/** GET .../deployments/{name}/operations: at most as many as a template has resources, on one page. */
export function listDeploymentOperations(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/operations/read`,
    access: "viewer",
    summary: "Lists what became of each migration of a deployment.",
    output: listOf(deploymentOperation),
    async handle() {
      return { body: { value: operationsOf(await deploymentOf(path)) } };
    },
  });
}

/** GET .../deployments/{name}/operations/{id} */
export function getDeploymentOperation(path: OperationPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/operations/read`,
    access: "viewer",
    summary: "Reads what became of one migration of a deployment.",
    output: deploymentOperation,
    async handle() {
      const wanted = path.operationId.toLowerCase();
      const found = operationsOf(await deploymentOf(path)).find(({ operationId }) => operationId === wanted);
      if (found) return { body: found };
      throw notFound(path, "operations");
    },
  });
}

/** The deployment a path names, ended when its process has. Throws ArmError ResourceNotFound. */
async function deploymentOf(path: DeploymentPath): Promise<Deployment> {
  await settleAbandoned();
  const deployment = await findDeployment(keyOf(path));
  if (deployment) return deployment;
  throw resourceNotFound(DEPLOYMENT_TYPE, path.deploymentName, path.resourceGroup);
}

function notFound({ deploymentName, operationId, resourceGroup }: OperationPath, kind: string): ArmError {
  return resourceNotFound(`${DEPLOYMENT_TYPE}/${kind}`, `${deploymentName}/${operationId}`, resourceGroup);
}

function stillActive({ deploymentName }: DeploymentPath): ArmError {
  return new ArmError(
    409,
    "DeploymentActive",
    `Unable to edit or replace deployment '${deploymentName}': previous deployment is still active. Wait until it has ended, or deploy under another name.`,
    { target: "deploymentName" },
  );
}

function checkName({ deploymentName }: DeploymentPath): void {
  if (NAME_PATTERN.test(deploymentName)) return;
  throw new ArmError(
    400,
    "InvalidDeploymentName",
    "A deployment's name has 1 to 64 letters, digits, hyphens, underscores, dots and parentheses.",
    { target: "deploymentName" },
  );
}

function keyOf({ subscriptionId, resourceGroup, deploymentName }: DeploymentPath): string {
  return `${subscriptionId}/${resourceGroup}/${deploymentName}`.toLowerCase();
}

function hashOf(template: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(template) ?? "")
    .digest("hex");
}
