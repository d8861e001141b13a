import { API_VERSION, MIGRATION_TYPE } from "@/lib/migrations/resource-paths";
import { type ExportedMigration, secretsWith } from "./exported-migration";

/** The migration as an ARM template; passwords are secure parameters, names have the present ones as defaults. */
export function armTemplate(migration: ExportedMigration): string {
  const { properties, tags, serverName, name, location } = migration;
  const template = {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    metadata: { description: `Creates the migration ${name}.` },
    parameters: {
      targetServerName: parameter("Name of the target server", serverName),
      migrationName: parameter("Name of the migration, unique on its target server", name),
      location: {
        ...parameter("Location of the migration", location),
        ...(location === "local" ? { defaultValue: "[resourceGroup().location]" } : {}),
      },
      sourceServerPassword: secureParameter("Password of the login on the source server"),
      targetServerPassword: secureParameter("Password of the login on the target server"),
    },
    resources: [
      {
        type: MIGRATION_TYPE,
        apiVersion: API_VERSION,
        name: "[concat(parameters('targetServerName'), '/', parameters('migrationName'))]",
        location: "[parameters('location')]",
        ...(Object.keys(tags).length === 0 ? {} : { tags: literal(tags) }),
        properties: {
          ...(literal(properties) as object),
          secretParameters: {
            ...(literal(secretsWith(migration, "", "")) as object),
            adminCredentials: {
              sourceServerPassword: "[parameters('sourceServerPassword')]",
              targetServerPassword: "[parameters('targetServerPassword')]",
            },
          },
        },
      },
    ],
    outputs: {
      migrationId: {
        type: "string",
        value: `[resourceId('${MIGRATION_TYPE}', parameters('targetServerName'), parameters('migrationName'))]`,
      },
    },
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

function parameter(description: string, defaultValue: string) {
  return { type: "string", defaultValue: literal(defaultValue), metadata: { description } };
}

function secureParameter(description: string) {
  return { type: "secureString", minLength: 1, metadata: { description } };
}

/** Texts in brackets would be expressions; a second bracket makes them texts again. */
function literal(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith("[") && value.endsWith("]") ? `[${value}` : value;
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)]));
}
