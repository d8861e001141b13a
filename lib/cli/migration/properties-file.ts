import { getNodeValue } from "jsonc-parser";
import { readJsonFile } from "@/lib/cli/read-json-file";
import { UsageError } from "@/lib/cli/usage-error";

/** What a properties file comes to: properties in the API's spelling, and what was made of it in passing. */
export interface FileProperties {
  properties: Record<string, unknown>;
  notes: string[];
}

type Keys = Readonly<Record<string, "text" | "toggle" | "list" | "object" | "ignored">>;

/** What az reads; "ignored": what it leaves to options. Named in the order of its documents. */
const PROPERTY_KEYS: Keys = {
  sourceDbServerResourceId: "text",
  sourceType: "text",
  sslMode: "text",
  secretParameters: "object",
  migrationRuntimeResourceId: "text",
  migrationInstanceResourceId: "text",
  sourceDbServerFullyQualifiedDomainName: "text",
  targetDbServerFullyQualifiedDomainName: "text",
  dbsToMigrate: "list",
  setupLogicalReplicationOnSourceDbIfNeeded: "toggle",
  overwriteDbsInTarget: "toggle",
  migrationMode: "ignored",
  migrationOption: "ignored",
  triggerCutover: "ignored",
  // Not of az: taken as the API takes them.
  migrateRoles: "toggle",
  startDataMigration: "toggle",
  migrationWindowStartTimeInUtc: "text",
  howdah: "object",
  sourceServerUsername: "text",
  targetServerUsername: "text",
};

const SECRET_KEYS: Keys = {
  adminCredentials: "object",
  sourceServerUsername: "text",
  targetServerUsername: "text",
};

const CREDENTIAL_KEYS: Keys = { sourceServerPassword: "text", targetServerPassword: "text" };

/** Without a value az sends "False" for these. */
const DEFAULT_FALSE = ["setupLogicalReplicationOnSourceDbIfNeeded", "overwriteDbsInTarget"];

/**
 * Reads az's properties file: keys in any case, values checked by name. What the documents get wrong is put right with a note. Throws
 * UsageError; no message quotes a password.
 */
export function readPropertiesFile(path: string): FileProperties {
  const { root } = readJsonFile(path, { what: "Properties file" });
  const top = fit(getNodeValue(root), { properties: "object" }, "the file");
  const notes: string[] = [];
  const given = fit(top["properties"], PROPERTY_KEYS, "properties");
  const secrets = fit(given["secretParameters"] ?? {}, SECRET_KEYS, "secretParameters");
  const credentials = fit(secrets["adminCredentials"] ?? {}, CREDENTIAL_KEYS, "adminCredentials");
  for (const key of ["sourceServerUsername", "targetServerUsername"] as const) {
    const misplaced = given[key];
    delete given[key];
    if (misplaced === undefined) continue;
    notes.push(`${key} belongs into secretParameters; it is taken from properties.`);
    secrets[key] ??= misplaced;
  }
  const runtime = given["migrationRuntimeResourceId"] ?? given["migrationInstanceResourceId"];
  delete given["migrationRuntimeResourceId"];
  const properties: Record<string, unknown> = {
    ...given,
    secretParameters: { ...secrets, adminCredentials: credentials },
  };
  if (runtime !== undefined) properties["migrationInstanceResourceId"] = runtime;
  for (const key of DEFAULT_FALSE) properties[key] ??= "False";
  refusePlaceholders(properties, "properties");
  return { properties, notes };
}

/** The object with its keys in their usual spelling. */
function fit(value: unknown, keys: Keys, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(
      `Properties file: ${where} must be an object${value === undefined ? "; it is missing" : ""}.`,
    );
  }
  const spelling = new Map(Object.keys(keys).map((key) => [key.toLowerCase(), key]));
  const fitted: Record<string, unknown> = {};
  for (const [sent, item] of Object.entries(value)) {
    const key = spelling.get(sent.toLowerCase());
    if (key === undefined) {
      throw new UsageError(
        `Properties file: unknown key '${sent}' in ${where}. Known are: ${Object.keys(keys).join(", ")}.`,
      );
    }
    if (key in fitted) throw new UsageError(`Properties file: '${key}' is in ${where} twice.`);
    if (item !== null) fitted[key] = checked(item, keys[key] ?? "text", sent);
  }
  return fitted;
}

function checked(value: unknown, kind: Keys[string], key: string): unknown {
  switch (kind) {
    case "toggle":
      if (typeof value === "string" && /^(true|false)$/i.test(value))
        return /^true$/i.test(value) ? "True" : "False";
      throw new UsageError(`Value of Key ${key} must be either 'True' or 'False'`);
    case "text":
      if (typeof value === "string") return value;
      throw new UsageError(`Properties file: '${key}' must be a text, not ${kindOf(value)}.`);
    case "list":
      if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
      throw new UsageError(
        `Properties file: '${key}' must be a list of texts, such as ["ticketdb", "timedb"].`,
      );
    case "object":
    case "ignored":
      return value;
  }
}

function refusePlaceholders(value: unknown, path: string): void {
  if (typeof value === "string" && /^<<[^<>]*>>$|<<[\w -]+>>/.test(value) && !path.endsWith("Password")) {
    throw new UsageError(
      `Properties file: ${path} still holds the placeholder ${/<<[^>]*>>/.exec(value)?.[0] ?? "<<...>>"}.`,
    );
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) refusePlaceholders(item, `${path}.${key}`);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The mode or option of a file's own, which az ignores: its words, for a note when the command says otherwise. */
export function takeIgnored(properties: Record<string, unknown>): Record<string, unknown> {
  const ignored: Record<string, unknown> = {};
  for (const key of ["migrationMode", "migrationOption", "triggerCutover"]) {
    if (key in properties) ignored[key] = properties[key];
    delete properties[key];
  }
  return ignored;
}
