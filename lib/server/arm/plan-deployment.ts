import { z } from "zod";
import { ArmError } from "@/lib/arm/arm-error";
import { toArmError } from "@/lib/arm/map-error";
import { type EvaluatedTemplate, evaluateTemplate } from "@/lib/arm/template/evaluate-template";
import type { TemplateMigration } from "@/lib/arm/template/resources";
import { unsupportedFeature } from "@/lib/arm/template/template-error";
import { caselessEnum, type MigrationCreateBody } from "@/lib/migrations/contract";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { checkMigrationPath, readMigrationBody } from "./create-migration";

/** Body of PUT .../deployments/{name}; the template is looked at by its own schema. */
export const deploymentBody = z.object({
  location: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.object({
    mode: caselessEnum(["Incremental", "Complete"]).default("Incremental"),
    template: z.unknown().optional(),
    parameters: z.unknown().optional(),
    debugSetting: z.unknown().optional(),
    /** Refused by name: nothing is fetched from elsewhere. */
    templateLink: z.unknown().optional(),
    parametersLink: z.unknown().optional(),
  }),
});
type DeploymentBody = z.output<typeof deploymentBody>;

/** Where all deployments go; `location` is what resourceGroup().location answers. */
export const DEPLOYMENT_SCOPE = {
  subscriptionId: LOCAL_SUBSCRIPTION_ID,
  resourceGroup: LOCAL_RESOURCE_GROUP,
  location: "local",
};

/** What a template comes to. Holds passwords. */
export interface DeploymentPlan {
  evaluated: EvaluatedTemplate;
  migrations: { migration: TemplateMigration; body: MigrationCreateBody }[];
}

/** Evaluates the template and checks every migration of it. Throws ArmError. */
export async function planDeployment({ properties, location }: DeploymentBody): Promise<DeploymentPlan> {
  refuseLinks(properties);
  if (properties.mode === "Complete") {
    throw new ArmError(
      400,
      "InvalidDeploymentMode",
      "The mode Complete removes what a template does not name, which is not supported: deploy with Incremental.",
      { target: "properties.mode" },
    );
  }
  const scope = { ...DEPLOYMENT_SCOPE, ...(location === undefined ? {} : { location }) };
  const evaluated = evaluateTemplate(properties.template, properties.parameters, scope);
  const migrations: DeploymentPlan["migrations"] = [];
  for (const migration of evaluated.migrations) {
    try {
      await checkMigrationPath({ ...DEPLOYMENT_SCOPE, ...migration });
      migrations.push({ migration, body: readMigrationBody(migration.body) });
    } catch (error) {
      throw inTemplate(error, migration);
    }
  }
  return { evaluated, migrations };
}

function refuseLinks(properties: DeploymentBody["properties"]): void {
  for (const [key, whole] of [
    ["templateLink", "template"],
    ["parametersLink", "parameters"],
  ] as const) {
    if (properties[key] === undefined) continue;
    const message = `'${key}' is not supported: nothing is fetched from elsewhere. Send the content as '${whole}'.`;
    throw unsupportedFeature(`properties.${key}`, message);
  }
}

/** An error of one resource, with its place in the template. */
export function inTemplate(error: unknown, { path, id }: TemplateMigration): unknown {
  const known = toArmError(error);
  if (!known) return error;
  const { target } = known.options;
  const place = target?.startsWith("properties") ? `${path}.${target}` : path;
  return new ArmError(known.status, known.code, `${known.message} (${id.split("/flexibleServers/")[1]})`, {
    ...known.options,
    target: `properties.template.${place}`,
  });
}
