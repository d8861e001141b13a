import { SUPPORTED_API_VERSIONS } from "@/lib/arm/api-versions";
import { MIGRATION_TYPE, migrationResourceId, serverResourceId } from "@/lib/migrations/resource-paths";
import type { Evaluator, SecretLeaf } from "./evaluator";
import type { DeploymentScope } from "./functions";
import { below, templateError } from "./template-error";
import type { ResourceDeclaration } from "./template-schema";

/** A migration that a template asks for: where, and the body of its PUT. Holds passwords. */
export interface TemplateMigration {
  id: string;
  serverName: string;
  migrationName: string;
  /** Its place in the template, "resources[0]". */
  path: string;
  /** Ids of those that have to be there before it. */
  dependsOn: readonly string[];
  body: Record<string, unknown>;
}

type UnorderedMigration = Omit<TemplateMigration, "dependsOn">;

/** The migrations of a template in the order their dependsOn asks for. Throws ArmError InvalidTemplate. */
export function evaluateResources(
  resources: readonly ResourceDeclaration[],
  evaluator: Evaluator,
  scope: DeploymentScope,
): TemplateMigration[] {
  const nodes = resources.flatMap((resource, index) => {
    const path = below("resources", index);
    if (!isWanted(resource, path, evaluator)) return [];
    const migration = migrationOf(resource, path, evaluator, scope);
    const dependsOn = (resource.dependsOn ?? []).map((item, at) => {
      const place = `${path}.dependsOn[${at}]`;
      return textOf(evaluator.value(item, place), place);
    });
    return [{ migration, dependsOn }];
  });
  const twice = nodes.find(({ migration }, index) =>
    nodes.slice(0, index).some((other) => other.migration.id.toLowerCase() === migration.id.toLowerCase()),
  );
  if (twice)
    throw templateError(
      { path: twice.migration.path },
      `The resource '${twice.migration.id}' is defined multiple times.`,
    );
  return inOrder(nodes);
}

function isWanted({ condition }: ResourceDeclaration, path: string, evaluator: Evaluator): boolean {
  const wanted = condition === undefined ? true : evaluator.value(condition, `${path}.condition`);
  if (typeof wanted === "boolean") return wanted;
  throw templateError({ path: `${path}.condition` }, "A condition must be true or false.");
}

function migrationOf(
  resource: ResourceDeclaration,
  path: string,
  evaluator: Evaluator,
  scope: DeploymentScope,
): UnorderedMigration {
  const { type, apiVersion } = resource;
  if (type.toLowerCase() !== MIGRATION_TYPE.toLowerCase()) {
    throw templateError(
      { path: `${path}.type` },
      `The resource type '${type.slice(0, 100)}' cannot be deployed here, only ${MIGRATION_TYPE}.`,
    );
  }
  if (!SUPPORTED_API_VERSIONS.some((version) => version === apiVersion.toLowerCase())) {
    throw templateError(
      { path: `${path}.apiVersion` },
      `The api-version '${apiVersion.slice(0, 50)}' is invalid. The supported versions are '${SUPPORTED_API_VERSIONS.join(",")}'.`,
    );
  }
  const leaves: SecretLeaf[] = [];
  const read = (json: unknown, key: string) =>
    evaluator.value(json, `${path}.${key}`, (leaf) => leaves.push(leaf));
  const [serverName, migrationName, ...more] = textOf(read(resource.name, "name"), `${path}.name`).split("/");
  if (!serverName || !migrationName || more.length > 0) {
    throw templateError({ path: `${path}.name` }, "The name of a migration has the form 'server/migration'.");
  }
  const body = {
    ...(resource.location === undefined ? {} : { location: read(resource.location, "location") }),
    ...(resource.tags === undefined ? {} : { tags: read(resource.tags, "tags") }),
    properties: read(resource.properties, "properties"),
  };
  refuseShownSecrets(leaves, path);
  const id = migrationResourceId(serverResourceId({ ...scope, serverName }), migrationName);
  return { id, serverName, migrationName, path, body };
}

/** Only secretParameters are sealed; a secret anywhere else would be stored and shown. */
function refuseShownSecrets(leaves: readonly SecretLeaf[], path: string): void {
  const sealed = `${path}.properties.secretparameters.`.toLowerCase();
  for (const leaf of leaves) {
    if (leaf.path.toLowerCase().startsWith(sealed)) continue;
    throw templateError(
      { path: leaf.path },
      `The secure parameter '${leaf.parameters.join(", ")}' may be used in secretParameters only; here it would be stored and shown.`,
    );
  }
}

function textOf(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw templateError({ path }, "This must be a text.");
}

interface Node {
  migration: UnorderedMigration;
  /** Resource ids, or names as the template gives them. */
  dependsOn: readonly string[];
}

/** Each after what it depends on, else as they stand. */
function inOrder(nodes: readonly Node[]): TemplateMigration[] {
  const sorted = new Map<Node, TemplateMigration>();
  const open: Node[] = [];
  const visit = (node: Node): void => {
    if (sorted.has(node)) return;
    if (open.includes(node)) {
      const way = [...open.slice(open.indexOf(node)), node]
        .map(({ migration }) => migration.migrationName)
        .join(" -> ");
      throw templateError(
        { path: `${node.migration.path}.dependsOn` },
        `Circular dependency detected on resource: ${way}`,
      );
    }
    open.push(node);
    const before = node.dependsOn.map((wanted, index) =>
      findNode(nodes, wanted, `${node.migration.path}.dependsOn[${index}]`),
    );
    before.forEach(visit);
    open.pop();
    sorted.set(node, { ...node.migration, dependsOn: before.map(({ migration }) => migration.id) });
  };
  nodes.forEach(visit);
  return [...sorted.values()];
}

function findNode(nodes: readonly Node[], wanted: string, path: string): Node {
  const found = nodes.find(({ migration }) =>
    [migration.id, `${migration.serverName}/${migration.migrationName}`, migration.migrationName].some(
      (name) => name.toLowerCase() === wanted.toLowerCase(),
    ),
  );
  if (found) return found;
  throw templateError({ path }, `The resource '${wanted.slice(0, 300)}' is not defined in the template.`);
}
