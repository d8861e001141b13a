import { API_VERSION, MIGRATION_TYPE, SERVER_TYPE } from "@/lib/migrations/resource-paths";
import { type ExportedMigration, secretsWith } from "./exported-migration";

/** A name of Bicep, written without quotes. */
class Reference {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** The migration as a Bicep file; passwords are secure parameters. */
export function bicep(migration: ExportedMigration): string {
  const { properties, tags, serverName, name, location } = migration;
  const secrets = secretsWith(
    migration,
    new Reference("sourceServerPassword"),
    new Reference("targetServerPassword"),
  );
  const body = {
    parent: new Reference("target"),
    name: new Reference("migrationName"),
    location: new Reference("location"),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    properties: { ...properties, secretParameters: secrets },
  };
  return `@description('Name of the target server')
param targetServerName string = ${value(serverName, 0)}

@description('Name of the migration, unique on its target server')
param migrationName string = ${value(name, 0)}

@description('Location of the migration')
param location string = ${location === "local" ? "resourceGroup().location" : value(location, 0)}

@secure()
@description('Password of the login on the source server')
param sourceServerPassword string

@secure()
@description('Password of the login on the target server')
param targetServerPassword string

resource target '${SERVER_TYPE}@${API_VERSION}' existing = {
  name: targetServerName
}

resource migration '${MIGRATION_TYPE}@${API_VERSION}' = ${value(body, 0)}

output migrationId string = migration.id
`;
}

const IDENTIFIER = /^[A-Za-z_]\w*$/;

function value(json: unknown, depth: number): string {
  if (json instanceof Reference) return json.name;
  if (typeof json === "string") return text(json);
  if (json === null || typeof json !== "object") return String(json);
  const inner = "  ".repeat(depth + 1);
  const end = "  ".repeat(depth);
  const lines = Array.isArray(json)
    ? json.map((item: unknown) => `${inner}${value(item, depth + 1)}`)
    : Object.entries(json).map(
        ([key, item]) => `${inner}${IDENTIFIER.test(key) ? key : text(key)}: ${value(item, depth + 1)}`,
      );
  const [open, close] = Array.isArray(json) ? ["[", "]"] : ["{", "}"];
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join("\n")}\n${end}${close}`;
}

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
function text(plain: string): string {
  const escaped = plain
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replaceAll("${", "\\${");
  return `'${escaped}'`;
}
