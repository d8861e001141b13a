import { API_VERSION, MIGRATION_TYPE, serverResourceId } from "@/lib/migrations/resource-paths";
import { type ExportedMigration, secretsWith } from "./exported-migration";

/** A name of Terraform, written without quotes. */
class Reference {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** The migration as a Terraform file for the azapi provider; passwords are sensitive variables. */
export function terraform(migration: ExportedMigration): string {
  const { properties, tags, name, location } = migration;
  const passwords = secretsWith(
    migration,
    new Reference("var.source_server_password"),
    new Reference("var.target_server_password"),
  );
  return `terraform {
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}

variable "source_server_password" {
  description = "Password of the login on the source server"
  type        = string
  sensitive   = true
}

variable "target_server_password" {
  description = "Password of the login on the target server"
  type        = string
  sensitive   = true
}

resource "azapi_resource" "migration" {
  type      = "${MIGRATION_TYPE}@${API_VERSION}"
  name      = ${value(name, 1)}
  parent_id = ${value(serverResourceId(migration), 1)}
  location  = ${value(location, 1)}
${Object.keys(tags).length === 0 ? "" : `  tags      = ${value(tags, 1)}\n`}
  # Howdah's own properties are not in the provider's schema.
  schema_validation_enabled = ${!("howdah" in properties)}

  body = ${value({ properties }, 1)}

  # Sent, but kept neither in the state nor in plans.
  sensitive_body = ${value({ properties: { secretParameters: passwords } }, 1)}
}
`;
}

const IDENTIFIER = /^[A-Za-z_][\w-]*$/;

function value(json: unknown, depth: number): string {
  if (json instanceof Reference) return json.name;
  if (typeof json === "string") return text(json);
  if (json === null || typeof json !== "object") return String(json);
  const inner = "  ".repeat(depth + 1);
  const end = "  ".repeat(depth);
  if (Array.isArray(json)) {
    if (json.length === 0) return "[]";
    return `[\n${json.map((item: unknown) => `${inner}${value(item, depth + 1)},\n`).join("")}${end}]`;
  }
  const entries = Object.entries(json);
  if (entries.length === 0) return "{}";
  const lines = entries.map(
    ([key, item]) => `${inner}${IDENTIFIER.test(key) ? key : text(key)} = ${value(item, depth + 1)}\n`,
  );
  return `{\n${lines.join("")}${end}}`;
}

/** https://developer.hashicorp.com/terraform/language/expressions/strings */
function text(plain: string): string {
  // The replacement is a function because "$$" means "$" in a replacement text.
  return JSON.stringify(plain)
    .replaceAll("\\b", "\\u0008")
    .replaceAll("\\f", "\\u000c")
    .replace(/[$%](?=\{)/g, (sign) => sign + sign);
}
