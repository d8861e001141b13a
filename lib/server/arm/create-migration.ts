import { isDeepStrictEqual } from "node:util";
import { ArmError } from "@/lib/arm/arm-error";
import { objectOf } from "@/lib/arm/json-values";
import { fromCodedError } from "@/lib/arm/map-error";
import { migrationEnvelope } from "@/lib/arm/migration-envelope";
import { serverKey } from "@/lib/arm/resource-id";
import { migrationResource } from "@/lib/arm/resource-schemas";
import type { Server } from "@/lib/generated/prisma/client";
import { type MigrationCreateBody, migrationCreateBody, migrationName } from "@/lib/migrations/contract";
import { databaseSelectionsSchema } from "@/lib/migrations/filter";
import { MIGRATION_TYPE, type ServerPath, serverResourceId } from "@/lib/migrations/resource-paths";
import { isSameEndpoint } from "@/lib/migrations/same-endpoint";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import { createMigration } from "@/lib/store/create-migration";
import { type FullMigration, findMigration } from "@/lib/store/read-migrations";
import { findServer } from "@/lib/store/servers";
import { CodedError } from "@/lib/util/coded-error";
import { type Endpoint, endpoint } from "../endpoint";
import { demandAllowedHost } from "../network-policy";

/**
 * PUT .../migrations/{name}: 201 for a new one. The same request again is answered 200 with the migration there is, so that
 * templates and retries may repeat it; another request under a taken name is refused, as is any with If-None-Match: *.
 */
export function putMigration(path: ServerPath & { migrationName: string }): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/write`,
    access: "operator",
    body: migrationCreateBody,
    output: migrationResource,
    async handle({ actor, body, request }) {
      const name = migrationName.safeParse(path.migrationName);
      if (!name.success) throw invalidName(name.error.issues[0]?.message ?? "");
      const server = await parentOf(path);
      const existing = await findMigration(server.id, name.data);
      if (existing) return { body: migrationEnvelope(repeated(existing, body, request)) };
      await checkEndpoints(server, body);
      const { id } = await createMigration({ server, name: name.data, body, actor: actor.name });
      const created = await findMigration(server.id, name.data);
      if (!created) throw new CodedError("MIGRATION_NOT_FOUND", `Migration ${id} was removed at once.`);
      return { status: 201, body: migrationEnvelope(created) };
    },
  });
}

async function parentOf(path: ServerPath): Promise<Server> {
  const server = await findServer(serverKey(path));
  if (server) return server;
  throw new ArmError(
    404,
    "ParentResourceNotFound",
    `Failed to perform 'write' on resource(s) of type 'flexibleServers/migrations', because the parent resource '${serverResourceId(path)}' could not be found.`,
  );
}

/** Both ends must be other servers, at addresses Howdah may connect to. */
async function checkEndpoints(server: Server, { properties }: MigrationCreateBody): Promise<void> {
  const source = sourceEndpoint({
    ...properties,
    sourceServerUsername: properties.secretParameters.sourceServerUsername,
  });
  if (!source) {
    throw new CodedError("SOURCE_ADDRESS_INVALID", "The source must be given as host:port@user.");
  }
  const target = {
    host: properties.targetDbServerFullyQualifiedDomainName || server.host,
    port: server.port,
  };
  if (isSameEndpoint(source, target)) {
    throw new CodedError("SAME_SERVER", `Source and target are both ${source.host}, port ${source.port}.`);
  }
  await demandAllowedHost(source.host, "properties.sourceDbServerResourceId");
  await demandAllowedHost(target.host, "properties.targetDbServerFullyQualifiedDomainName");
}

/** The existing migration when the request asks for it again. Passwords are sealed and not compared. */
function repeated(existing: FullMigration, body: MigrationCreateBody, request: Request): FullMigration {
  const insists = request.headers.get("if-none-match")?.trim() === "*";
  if (!insists && isSameRequest(existing, body)) return existing;
  const taken = fromCodedError(
    new CodedError(
      "MIGRATION_NAME_TAKEN",
      `A migration called "${existing.name}" already exists on this server; its state is ${existing.state}.`,
    ),
  );
  throw insists ? new ArmError(412, taken.code, taken.message, taken.options) : taken;
}

function isSameRequest(existing: FullMigration, { properties }: MigrationCreateBody): boolean {
  const { howdah } = properties;
  const stored = objectOf(existing.properties);
  const { sourceServerUsername, targetServerUsername } = properties.secretParameters;
  const source = sourceEndpoint({ ...properties, sourceServerUsername });
  const same = (key: keyof typeof properties) => (stored[key] ?? "") === (properties[key] ?? "");
  const names = new Set(properties.dbsToMigrate ?? []);
  return (
    existing.mode === properties.migrationMode &&
    existing.option === properties.migrationOption &&
    existing.sourceType === properties.sourceType &&
    existing.sourceUser === source?.user &&
    existing.targetUser === (targetServerUsername || existing.server.administratorLogin) &&
    (properties.sslMode === undefined || existing.sslMode === properties.sslMode) &&
    same("sourceDbServerResourceId") &&
    same("sourceDbServerFullyQualifiedDomainName") &&
    same("targetDbServerFullyQualifiedDomainName") &&
    (existing.overwriteConfirmed || same("overwriteDbsInTarget")) &&
    existing.databases.length === names.size &&
    existing.databases.every((database) => names.has(database.name)) &&
    isDeepStrictEqual(selectionsOf(objectOf(existing.options)["databases"]), selectionsOf(howdah?.databases))
  );
}

/** Target names and filters by database, in a form that can be compared: absent and empty lists are the same. */
function selectionsOf(databases: unknown): Record<string, unknown>[] {
  const { data = [] } = databaseSelectionsSchema.safeParse(databases);
  return data
    .map(({ name, targetName = name, include = {}, exclude = {} }) => ({
      name,
      targetName,
      include: nonEmpty(include),
      exclude: nonEmpty(exclude),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nonEmpty(lists: Record<string, string[] | undefined>): Record<string, string[] | undefined> {
  return Object.fromEntries(
    Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0),
  );
}

function invalidName(message: string): ArmError {
  return new ArmError(400, "InvalidResourceName", message, { target: "migrationName" });
}
