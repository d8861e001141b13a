import type { MigrationCreateInput } from "@/lib/migrations/contract";

type Json = Record<string, unknown>;

/** A migration as it can be written down and created again: everything but secrets. */
export interface ExportedMigration {
  subscriptionId: string;
  resourceGroup: string;
  serverName: string;
  name: string;
  location: string;
  tags: Record<string, string>;
  /** What PUT takes, without secretParameters. */
  properties: Json;
  /** Logins that secretParameters carries beside the passwords; absent ones follow from the source's address and the server. */
  sourceServerUsername: string | null;
  targetServerUsername: string | null;
}

/** What PUT takes of a resource's properties; the rest is told by the server alone. */
const PROPERTIES = [
  "migrationMode",
  "migrationOption",
  "sourceType",
  "sslMode",
  "sourceDbServerResourceId",
  "sourceDbServerFullyQualifiedDomainName",
  "targetDbServerFullyQualifiedDomainName",
  "migrationInstanceResourceId",
  "dbsToMigrate",
  "setupLogicalReplicationOnSourceDbIfNeeded",
  "overwriteDbsInTarget",
  "migrateRoles",
] as const;

const OWN_OPTIONS = [
  "jobs",
  "copyFormat",
  "vacuum",
  "throttle",
  "online",
  "verifyAtEnd",
  "tuneTarget",
  "databases",
  "sourceCaCertificate",
  "targetCaCertificate",
  "targetSslMode",
] as const;

/** The migration that a PUT of `body` at `resourceId` would create. */
export function exportOfRequest(resourceId: string, body: MigrationCreateInput): ExportedMigration {
  const { sourceServerUsername, targetServerUsername } = body.properties.secretParameters;
  return {
    ...namesIn(resourceId),
    location: body.location ?? "local",
    tags: body.tags ?? {},
    properties: chosenProperties(body.properties),
    sourceServerUsername: sourceServerUsername || null,
    targetServerUsername: targetServerUsername || null,
  };
}

/** A migration there is: its ARM resource as GET answers it, and the logins it works with. */
export function exportOfResource(
  resource: { id: string; location: string; tags?: Record<string, string>; properties: Json },
  logins: { sourceUser: string; targetUser: string },
): ExportedMigration {
  const { id, location, tags = {}, properties } = resource;
  const address = properties["sourceDbServerResourceId"];
  const inAddress = typeof address === "string" && address.endsWith(`@${logins.sourceUser}`);
  return {
    ...namesIn(id),
    location,
    tags,
    properties: chosenProperties(properties),
    sourceServerUsername: inAddress ? null : logins.sourceUser,
    targetServerUsername: logins.targetUser,
  };
}

function chosenProperties(properties: Json): Json {
  const howdah = chosen((properties["howdah"] ?? {}) as Json, OWN_OPTIONS);
  if (isWithoutLimits(howdah["throttle"])) delete howdah["throttle"];
  return {
    ...chosen(properties, PROPERTIES),
    ...(Object.keys(howdah).length === 0 ? {} : { howdah }),
  };
}

function chosen(json: Json, keys: readonly string[]): Json {
  return Object.fromEntries(
    keys.flatMap((key) => (json[key] === undefined || json[key] === "" ? [] : [[key, json[key]]])),
  );
}

function isWithoutLimits(throttle: unknown): boolean {
  return Object.values((throttle ?? {}) as Json).every((limit) => limit === null);
}

function namesIn(resourceId: string) {
  const [, , subscriptionId = "", , resourceGroup = "", , , , serverName = "", , name = ""] = resourceId
    .split("/")
    .map(decodeURIComponent);
  return { subscriptionId, resourceGroup, serverName, name };
}

/** secretParameters with a value of the writer's choice for each password. */
export function secretsWith<Value>(
  { sourceServerUsername, targetServerUsername }: ExportedMigration,
  source: Value,
  target: Value,
) {
  return {
    adminCredentials: { sourceServerPassword: source, targetServerPassword: target },
    ...(sourceServerUsername === null ? {} : { sourceServerUsername }),
    ...(targetServerUsername === null ? {} : { targetServerUsername }),
  };
}
