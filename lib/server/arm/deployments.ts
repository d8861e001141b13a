import { createHash } from "node:crypto";
import { z } from "zod";
import { ArmError, resourceNotFound } from "@/lib/arm/arm-error";
import { deploymentEnvelope, deploymentResource } from "@/lib/arm/deployment-envelope";
import { toArmError } from "@/lib/arm/map-error";
import type { DeploymentPath } from "@/lib/arm/resource-id";
import { listOf } from "@/lib/arm/resource-schemas";
import { type EvaluatedTemplate, evaluateTemplate } from "@/lib/arm/template/evaluate-template";
import type { TemplateMigration } from "@/lib/arm/template/resources";
import { caselessEnum, type MigrationCreateBody } from "@/lib/migrations/contract";
import { DEPLOYMENT_TYPE } from "@/lib/migrations/resource-paths";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { beginDeployment, endDeployment, findDeployment, listDeploymentsOf } from "@/lib/store/deployments";
import { type Endpoint, endpoint } from "../endpoint";
import { checkMigrationPath, ensureMigration, readMigrationBody } from "./create-migration";

/** Body of PUT .../deployments/{name}; the template is looked at by its own schema. */
const deploymentBody = z.object({
  location: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.object({
    mode: caselessEnum(["Incremental", "Complete"]).default("Incremental"),
    template: z.unknown(),
    parameters: z.unknown().optional(),
    debugSetting: z.unknown().optional(),
  }),
});
type DeploymentBody = z.output<typeof deploymentBody>;

/** Rule of the deployments resource. */
const NAME_PATTERN = /^[-\w.()]{1,64}$/;

const SCOPE = {
  subscriptionId: LOCAL_SUBSCRIPTION_ID,
  resourceGroup: LOCAL_RESOURCE_GROUP,
  location: "local",
};

/**
 * PUT .../deployments/{name}: creates the migrations of a template, each as its own PUT would. Everything is checked before the first
 * is created; then they are created one after another, and the answer comes when that is done.
 */
export function putDeployment(path: DeploymentPath): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/write`,
    access: "operator",
    summary: "Creates the migrations of an ARM template.",
    statuses: [200, 201],
    body: deploymentBody,
    output: deploymentResource,
    async handle({ actor, body, correlationId, request, note }) {
      checkName(path);
      const planned = await planDeployment(body);
      note({ data: { migrations: planned.migrations.length } });
      const { deployment, isNew } = await beginDeployment({
        ...SCOPE_OF_STORE,
        key: keyOf(path),
        name: path.deploymentName,
        correlationId,
        templateHash: hashOf(body.properties.template),
        parameters: planned.evaluated.parameters,
        createdBy: actor.name,
      });
      const created: string[] = [];
      try {
        for (const { migration, body: wanted } of planned.migrations) {
          // Conditions of the request are those of the deployment, not of what it makes.
          const plain = new Request(request.url, { method: "PUT" });
          await ensureMigration(
            { ...SCOPE, ...migration },
            { body: wanted, actor: actor.name, request: plain },
          );
          created.push(migration.id);
        }
      } catch (error) {
        const failure = deploymentFailed(error, planned.migrations[created.length]?.migration);
        const told = failure.toBody().error;
        await endDeployment(deployment.id, { outputs: {}, outputResources: created, error: told });
        throw failure;
      }
      const { outputs } = planned.evaluated;
      const ended = await endDeployment(deployment.id, { outputs, outputResources: created, error: null });
      return { status: isNew ? 201 : 200, body: deploymentEnvelope(ended) };
    },
  });
}

const SCOPE_OF_STORE = { subscriptionId: LOCAL_SUBSCRIPTION_ID, resourceGroup: LOCAL_RESOURCE_GROUP };

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
      const deployment = await findDeployment(keyOf(path));
      if (deployment) return { body: deploymentEnvelope(deployment) };
      throw resourceNotFound(DEPLOYMENT_TYPE, path.deploymentName, path.resourceGroup);
    },
  });
}

const MOST_LISTED = 800;

/** GET .../deployments, newest first; Resource Manager, too, keeps 800 of a group. */
export function listDeployments(scope: { subscriptionId: string; resourceGroup: string }): Endpoint {
  return endpoint({
    action: `${DEPLOYMENT_TYPE}/read`,
    access: "viewer",
    summary: "Lists deployments, newest first.",
    output: listOf(deploymentResource),
    async handle() {
      const deployments = await listDeploymentsOf({ ...scope, limit: MOST_LISTED });
      return { body: { value: deployments.map(deploymentEnvelope) } };
    },
  });
}

interface Plan {
  evaluated: EvaluatedTemplate;
  migrations: { migration: TemplateMigration; body: MigrationCreateBody }[];
}

/** Evaluates the template and checks every migration of it. Throws ArmError. */
async function planDeployment({ properties, location }: DeploymentBody): Promise<Plan> {
  if (properties.mode === "Complete") {
    throw new ArmError(
      400,
      "InvalidDeploymentMode",
      "The mode Complete removes what a template does not name, which is not supported: deploy with Incremental.",
      { target: "properties.mode" },
    );
  }
  const scope = { ...SCOPE, ...(location === undefined ? {} : { location }) };
  const evaluated = evaluateTemplate(properties.template, properties.parameters, scope);
  const migrations: Plan["migrations"] = [];
  for (const migration of evaluated.migrations) {
    try {
      await checkMigrationPath({ ...SCOPE, ...migration });
      migrations.push({ migration, body: readMigrationBody(migration.body) });
    } catch (error) {
      throw inTemplate(error, migration);
    }
  }
  return { evaluated, migrations };
}

/** An error of one resource, with its place in the template. */
function inTemplate(error: unknown, { path, id }: TemplateMigration): unknown {
  const known = toArmError(error);
  if (!known) return error;
  const { target } = known.options;
  const place = target?.startsWith("properties") ? `${path}.${target}` : path;
  return new ArmError(known.status, known.code, `${known.message} (${id.split("/flexibleServers/")[1]})`, {
    ...known.options,
    target: `properties.template.${place}`,
  });
}

/** Resource Manager's error around that of the resource that failed. */
function deploymentFailed(error: unknown, migration: TemplateMigration | undefined): ArmError {
  const known = toArmError(migration ? inTemplate(error, migration) : error);
  const inner = known?.toBody().error;
  return new ArmError(
    known?.status ?? 500,
    "DeploymentFailed",
    `At least one resource deployment operation failed: ${inner?.message ?? "Howdah itself failed."} What had been created before it stays.`,
    { ...(inner ? { details: [inner] } : {}), cause: error },
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
