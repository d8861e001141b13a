import { type ApiVersion, checkManagementApiVersion, providerApiVersion } from "@/lib/arm/api-versions";
import { ArmError, resourceGroupNotFound, subscriptionNotFound } from "@/lib/arm/arm-error";
import { type ArmTarget, parseArmPath, unknownPath } from "@/lib/arm/resource-id";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import type { Call } from "../call";
import type { Endpoint } from "../endpoint";
import { METHODS, type Method, methodNotAllowed } from "../serve";
import { putMigration } from "./create-migration";
import {
  cancelDeployment,
  deleteDeployment,
  getDeployment,
  getDeploymentOperation,
  getDeploymentStatus,
  listDeploymentOperations,
  listDeployments,
  putDeployment,
  validateDeployment,
} from "./deployments";
import { cancelMigration, checkNameAvailability, getMigration, listMigrations } from "./migrations";
import { getServer, listServersOf, putServer, removeServer } from "./servers";
import { getResourceGroup, getSubscription, listResourceGroups, listSubscriptions } from "./subscriptions";
import { patchMigration } from "./update-migration";
import { getVerification, listVerifications, patchVerification, verifyMigration } from "./verifications";

/** Finds the operation of a call below /subscriptions. Throws ArmError in the order Resource Manager checks things. */
export function resolveArm({ request, url }: Call): Endpoint {
  const target = parseArmPath(url.pathname);
  const version = apiVersionOf(url);
  if (!target) {
    checkManagementApiVersion(version);
    throw unknownPath(url.pathname);
  }
  const operations = operationsOf(target, version);
  checkScope(target);
  const method = METHODS.find((known) => known === (request.method === "HEAD" ? "GET" : request.method));
  const operation = method && operations[method];
  if (operation) return operation;
  throw methodNotAllowed(request.method, METHODS.filter((known) => operations[known]).join(", "));
}

export type Operations = Partial<Record<Method, Endpoint>>;

/** The operations of what a path names. Throws ArmError for a version that does not have it. */
export function operationsOf(target: ArmTarget, version: string | null): Operations {
  switch (target.kind) {
    case "subscriptions":
    case "subscription":
    case "resourceGroups":
    case "resourceGroup":
      checkManagementApiVersion(version);
      return managementOperations(target.kind);
    case "deployments":
    case "deployment":
    case "deploymentValidation":
    case "deploymentCancellation":
    case "deploymentStatus":
    case "deploymentOperations":
    case "deploymentOperation":
      checkManagementApiVersion(version);
      return deploymentOperations(target);
    default:
      return providerOperations(target, providerApiVersion(version));
  }
}

type ManagementKind = "subscriptions" | "subscription" | "resourceGroups" | "resourceGroup";

function managementOperations(kind: ManagementKind): Operations {
  const operations: Record<ManagementKind, Operations> = {
    subscriptions: { GET: listSubscriptions },
    subscription: { GET: getSubscription },
    resourceGroups: { GET: listResourceGroups },
    resourceGroup: { GET: getResourceGroup },
  };
  return operations[kind];
}

type DeploymentTarget = Extract<ArmTarget, { deploymentName: string } | { kind: "deployments" }>;

function deploymentOperations(target: DeploymentTarget): Operations {
  switch (target.kind) {
    case "deployments":
      return { GET: listDeployments(target) };
    case "deployment":
      return {
        GET: getDeployment(target),
        PUT: putDeployment(target),
        DELETE: deleteDeployment(target),
      };
    case "deploymentValidation":
      return { POST: validateDeployment(target) };
    case "deploymentCancellation":
      return { POST: cancelDeployment(target) };
    case "deploymentStatus":
      return { GET: getDeploymentStatus(target) };
    case "deploymentOperations":
      return { GET: listDeploymentOperations(target) };
    case "deploymentOperation":
      return { GET: getDeploymentOperation(target) };
  }
}

function providerOperations(
  target: Exclude<ArmTarget, { kind: ManagementKind } | DeploymentTarget>,
  version: ApiVersion,
): Operations {
  switch (target.kind) {
    case "serversOfSubscription":
    case "serversOfGroup":
      return { GET: listServersOf(target) };
    case "server":
      return { GET: getServer(target), PUT: putServer(target), DELETE: removeServer(target) };
    case "migrations":
      return { GET: listMigrations(target) };
    case "nameAvailability":
      return { POST: checkNameAvailability(target) };
    case "migration":
      return {
        GET: getMigration(target),
        PUT: putMigration(target),
        PATCH: patchMigration(target),
        DELETE: cancelMigration(target, version),
      };
    case "verify":
      return { POST: verifyMigration(target) };
    case "verifications":
      return { GET: listVerifications(target) };
    case "verification":
      return { GET: getVerification(target), PATCH: patchVerification(target) };
  }
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Only the local subscription and its one resource group live here. */
function checkScope(target: ArmTarget): void {
  if (target.kind === "subscriptions") return;
  if (!GUID.test(target.subscriptionId)) {
    throw new ArmError(
      400,
      "InvalidSubscriptionId",
      `The provided subscription identifier '${target.subscriptionId}' is malformed or invalid.`,
    );
  }
  if (target.subscriptionId !== LOCAL_SUBSCRIPTION_ID) throw subscriptionNotFound(target.subscriptionId);
  if ("resourceGroup" in target && target.resourceGroup.toLowerCase() !== LOCAL_RESOURCE_GROUP) {
    throw resourceGroupNotFound(target.resourceGroup);
  }
}

/** Names of query parameters, too, are compared without regard to case. */
function apiVersionOf(url: URL): string | null {
  for (const [name, value] of url.searchParams) if (name.toLowerCase() === "api-version") return value;
  return null;
}
