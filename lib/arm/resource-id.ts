import {
  DEPLOYMENT_TYPE,
  MIGRATION_TYPE,
  PROVIDER,
  SERVER_TYPE,
  type ServerPath,
} from "@/lib/migrations/resource-paths";
import { ArmError } from "./arm-error";

/** What a path below /subscriptions names. */
export type ArmTarget =
  | { kind: "subscriptions" }
  | { kind: "subscription"; subscriptionId: string }
  | { kind: "resourceGroups"; subscriptionId: string }
  | { kind: "resourceGroup"; subscriptionId: string; resourceGroup: string }
  | { kind: "serversOfSubscription"; subscriptionId: string }
  | { kind: "serversOfGroup"; subscriptionId: string; resourceGroup: string }
  | { kind: "deployments"; subscriptionId: string; resourceGroup: string }
  | ({
      kind: "deployment" | "deploymentValidation" | "deploymentCancellation" | "deploymentOperations";
    } & DeploymentPath)
  | ({ kind: "deploymentStatus" | "deploymentOperation"; operationId: string } & DeploymentPath)
  | ({ kind: "server" } & ServerPath)
  | ({ kind: "migrations" } & ServerPath)
  | ({ kind: "nameAvailability" } & ServerPath)
  | ({ kind: "migration" | "verify" | "verifications"; migrationName: string } & ServerPath)
  | ({ kind: "verification"; migrationName: string; verificationId: string } & ServerPath);

/** Where a deployment of a template is. */
export interface DeploymentPath {
  subscriptionId: string;
  resourceGroup: string;
  deploymentName: string;
}

/** Unlike the deployments themselves, what they did stands below no provider in Resource Manager. */
const OPERATIONS =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/deployments/{deploymentName}";

/** Fixed words are compared without regard to case; {x} takes one segment as it is. */
export const ARM_PATTERNS: readonly [kind: ArmTarget["kind"], pattern: string][] = [
  ["subscriptions", "/subscriptions"],
  ["subscription", "/subscriptions/{subscriptionId}"],
  ["resourceGroups", "/subscriptions/{subscriptionId}/resourceGroups"],
  ["resourceGroup", "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}"],
  ["serversOfSubscription", `/subscriptions/{subscriptionId}/providers/${SERVER_TYPE}`],
  [
    "serversOfGroup",
    `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/${SERVER_TYPE}`,
  ],
  ["deployments", deploymentPattern("")],
  ["deployment", deploymentPattern("/{deploymentName}")],
  ["deploymentValidation", deploymentPattern("/{deploymentName}/validate")],
  ["deploymentCancellation", deploymentPattern("/{deploymentName}/cancel")],
  ["deploymentStatus", deploymentPattern("/{deploymentName}/operationStatuses/{operationId}")],
  ["deploymentOperations", `${OPERATIONS}/operations`],
  ["deploymentOperation", `${OPERATIONS}/operations/{operationId}`],
  ["server", serverPattern("")],
  ["migrations", serverPattern("/migrations")],
  ["nameAvailability", serverPattern("/checkMigrationNameAvailability")],
  ["migration", serverPattern("/migrations/{migrationName}")],
  ["verify", serverPattern("/migrations/{migrationName}/verify")],
  ["verifications", serverPattern("/migrations/{migrationName}/verifications")],
  ["verification", serverPattern("/migrations/{migrationName}/verifications/{verificationId}")],
];

const MATCHERS = ARM_PATTERNS.map(([kind, pattern]) => ({ kind, segments: pattern.split("/").slice(1) }));

function deploymentPattern(rest: string): string {
  return `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/${DEPLOYMENT_TYPE}${rest}`;
}

function serverPattern(rest: string): string {
  return `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/${SERVER_TYPE}/{serverName}${rest}`;
}

/** Finds what `pathname` (still percent-encoded) names; null when no resource has such a path. Throws ArmError on bad encoding. */
export function parseArmPath(pathname: string): ArmTarget | null {
  const segments = pathname.replace(/\/+$/, "").split("/").slice(1).map(decode);
  for (const { kind, segments: pattern } of MATCHERS) {
    const values = matchSegments(pattern, segments);
    // The pattern of a kind names exactly the properties that kind has.
    if (values) return { kind, ...values } as ArmTarget;
  }
  return null;
}

/** What a pattern names, with its own placeholders for names: for descriptions, not for look-ups. */
export function armTargetOfPattern(kind: ArmTarget["kind"], pattern: string): ArmTarget {
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([placeholder, name = ""]) => [name, placeholder]);
  return { kind, ...Object.fromEntries(names) } as ArmTarget;
}

/** The server an ARM id names; null when the id is of something else. */
export function parseServerId(id: string): ServerPath | null {
  const target = parseArmPath(id);
  return target?.kind === "server" ? target : null;
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith("{")) {
      if (segment === "") return null;
      values[part.slice(1, -1)] = segment;
    } else if (part.toLowerCase() !== segment.toLowerCase()) return null;
  }
  return values;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new ArmError(400, "InvalidRequestUri", "The path holds a malformed percent-encoding.", { cause });
  }
}

/** Lower-cased "subscription/group/name": equal for all spellings of one server's id. */
export function serverKey({ subscriptionId, resourceGroup, serverName }: ServerPath): string {
  return `${subscriptionId}/${resourceGroup}/${serverName}`.toLowerCase();
}

/** ARM's answer to a path that names nothing. */
export function unknownPath(pathname: string): ArmError {
  const match = /\/providers\/([^/]+)(?:\/(.+))?/i.exec(pathname);
  if (!match) return new ArmError(404, "NotFound", "There is no such resource in this API.");
  const [, namespace = "", names = ""] = match;
  // Types and names take turns: flexibleServers/{server}/migrations/{migration}/cancel.
  const type = names
    .split("/")
    .filter((name, index) => name !== "" && index % 2 === 0)
    .join("/");
  if (namespace.toLowerCase() !== PROVIDER.toLowerCase()) {
    return new ArmError(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`);
  }
  return new ArmError(
    404,
    "InvalidResourceType",
    `The resource type '${type}' could not be found in the namespace '${PROVIDER}'. Here there are ${SERVER_TYPE} and ${MIGRATION_TYPE}; a migration is canceled and cut over with PATCH.`,
  );
}
