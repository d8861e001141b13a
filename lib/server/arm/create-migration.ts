import { isDeepStrictEqual } from "node:util";
import { ArmError } from "@/lib/arm/arm-error";
import { objectOf, tagsOf } from "@/lib/arm/json-values";
import { fromCodedError } from "@/lib/arm/map-error";
import { serverKey } from "@/lib/arm/resource-id";
import { migrationResource } from "@/lib/arm/resource-schemas";
import type { Server } from "@/lib/generated/prisma/client";
import { type MigrationCreateBody, migrationCreateBody, migrationName } from "@/lib/migrations/contract";
import { databaseSelectionsSchema } from "@/lib/migrations/filter";
import { MIGRATION_TYPE, type ServerPath, serverResourceId } from "@/lib/migrations/resource-paths";
import { isSameEndpoint } from "@/lib/migrations/same-endpoint";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import { createMigration } from "@/lib/store/create-migration";
import { type FullMigration, findMigration, replaceTags } from "@/lib/store/read-migrations";
import { findServer } from "@/lib/store/servers";
import { CodedError } from "@/lib/util/coded-error";
import { type Endpoint, endpoint } from "../endpoint";
import { withKnownKeys } from "../known-keys";
import { demandAllowedHost } from "../network-policy";
import { demandPreconditions } from "../preconditions";
import { demandMigrationUnchanged, migrationReply } from "./migrations";

/**
 * PUT .../migrations/{name}: 201 for a new one. The same request again is answered 200 with the migration there is, so that
 * templates and retries may repeat it; another request under a taken name is refused, as is any with If-None-Match: *.
 */
export function putMigration(path: ServerPath & { migrationName: string }): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/write`,
    access: "operator",
    summary: "Creates a migration; the same request again answers with the one there is.",
    statuses: [200, 201],
    body: migrationCreateBody,
    readOnly: MIGRATION_READ_ONLY,
    output: migrationResource,
    async handle({ actor, body, request }) {
      const { migration, isNew } = await ensureMigration(path, { body, actor: actor.name, request });
      return { ...(isNew ? { status: 201 } : {}), ...migrationReply(migration) };
    },
  });
}

/** A body as PUT takes it: names of properties in any case, unknown ones refused. Throws ArmError or ZodError. */
export function readMigrationBody(json: unknown): MigrationCreateBody {
  return migrationCreateBody.parse(withKnownKeys(migrationCreateBody, json, MIGRATION_READ_ONLY));
}

interface WantedMigration {
  body: MigrationCreateBody;
  actor: string;
  /** For its preconditions. */
  request: Request;
}

/** What PUT does, also for a template: creates the migration, or finds the one an equal request has created. Throws ArmError. */
export async function ensureMigration(
  path: ServerPath & { migrationName: string },
  { body, actor, request }: WantedMigration,
): Promise<{ migration: FullMigration; isNew: boolean }> {
  const name = migrationName.safeParse(path.migrationName);
  if (!name.success) throw invalidName(name.error.issues[0]?.message ?? "");
  const server = await parentOf(path);
  const existing = await findMigration(server.id, name.data);
  if (existing) return { migration: await repeated(existing, body, request), isNew: false };
  demandPreconditions(request, null);
  await checkEndpoints(server, body);
  const created = await createOrFind(path, server, { name: name.data, body, actor });
  if (created.isNew) return created;
  return { migration: await repeated(created.migration, body, request), isNew: false };
}

/** Throws ArmError ParentResourceNotFound or InvalidResourceName: what can be told of a migration before anything is created. */
export async function checkMigrationPath(path: ServerPath & { migrationName: string }): Promise<void> {
  const name = migrationName.safeParse(path.migrationName);
  if (!name.success) throw invalidName(name.error.issues[0]?.message ?? "");
  await parentOf(path);
}

/** Creates the migration, or finds the one that another request has created meanwhile. */
async function createOrFind(
  path: ServerPath,
  server: Server,
  wanted: { name: string; body: MigrationCreateBody; actor: string },
): Promise<{ migration: FullMigration; isNew: boolean }> {
  let isNew = true;
  try {
    await createMigration({ server, ...wanted });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === "SERVER_NOT_FOUND") throw parentNotFound(path);
    if (error.code !== "MIGRATION_NAME_TAKEN") throw error;
    isNew = false;
  }
  const migration = await findMigration(server.id, wanted.name);
  if (migration) return { migration, isNew };
  throw new CodedError("MIGRATION_NOT_FOUND", `Migration ${wanted.name} was removed at once.`);
}

/** Fields of the resource that only answers set, so that an answer can be sent back. */
const MIGRATION_READ_ONLY = [
  "id",
  "name",
  "type",
  "systemData",
  "properties.migrationId",
  "properties.currentStatus",
  "properties.targetDbServerResourceId",
  "properties.sourceDbServerMetadata",
  "properties.targetDbServerMetadata",
  ...[
    "attempt",
    "notes",
    "errorCode",
    "paused",
    "pausedAt",
    "bytesEstimated",
    "bytesCopied",
    "rowsCopied",
  ].map((key) => `properties.howdah.${key}`),
];

async function parentOf(path: ServerPath): Promise<Server> {
  const server = await findServer(serverKey(path));
  if (server) return server;
  throw parentNotFound(path);
}

function parentNotFound(path: ServerPath): ArmError {
  return new ArmError(
    404,
    "ParentResourceNotFound",
    `Failed to perform 'write' on resource(s) of type 'flexibleServers/migrations', because the parent resource '${serverResourceId(path)}' could not be found. It was removed or never registered: GET .../flexibleServers lists those that are there, and PUT registers one.`,
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

/** The existing migration when the request asks for it again, with its tags. Passwords are sealed and not compared. */
async function repeated(
  existing: FullMigration,
  body: MigrationCreateBody,
  request: Request,
): Promise<FullMigration> {
  const insists = request.headers.get("if-none-match")?.trim() === "*";
  if (!insists && isSameRequest(existing, body)) {
    await demandMigrationUnchanged(request, existing);
    const { tags = {} } = tagsOf(existing.tags);
    if (body.tags === undefined || isDeepStrictEqual(tags, body.tags)) return existing;
    await replaceTags(existing.id, body.tags);
    return (await findMigration(existing.serverId, existing.name)) ?? existing;
  }
  const taken = fromCodedError(
    new CodedError(
      "MIGRATION_NAME_TAKEN",
      `A migration called "${existing.name}" already exists on this server; its state is ${existing.state}.`,
    ),
  );
  throw insists ? new ArmError(412, taken.code, taken.message, taken.options) : taken;
}

/** What PATCH may have changed since then is compared only as far as the request names it. */
function isSameRequest(existing: FullMigration, { location, properties }: MigrationCreateBody): boolean {
  const { howdah } = properties;
  const stored = objectOf(existing.properties);
  const { sourceServerUsername, targetServerUsername } = properties.secretParameters;
  const source = sourceEndpoint({ ...properties, sourceServerUsername });
  const same = (key: keyof typeof properties) => (stored[key] ?? "") === (properties[key] ?? "");
  const names = new Set(properties.dbsToMigrate ?? []);
  const named = (key: keyof typeof properties, otherwise = "") =>
    properties[key] === undefined || (stored[key] ?? otherwise) === properties[key];
  return (
    regionOf(existing.location) === regionOf(location) &&
    existing.mode === properties.migrationMode &&
    existing.option === properties.migrationOption &&
    existing.sourceType === properties.sourceType &&
    existing.sourceUser === source?.user &&
    existing.targetUser === (targetServerUsername || existing.server.administratorLogin) &&
    (properties.sslMode === undefined || existing.sslMode === properties.sslMode) &&
    same("sourceDbServerResourceId") &&
    same("sourceDbServerFullyQualifiedDomainName") &&
    same("targetDbServerFullyQualifiedDomainName") &&
    same("migrationInstanceResourceId") &&
    named("migrateRoles", "False") &&
    named("setupLogicalReplicationOnSourceDbIfNeeded", "False") &&
    (named("startDataMigration") || stored["startDataMigration"] === "True") &&
    (named("migrationWindowStartTimeInUtc") || stored["startDataMigration"] === "True") &&
    named("migrationWindowEndTimeInUtc") &&
    (existing.overwriteConfirmed || named("overwriteDbsInTarget", "False")) &&
    (names.size === 0 || existing.databases.length === names.size) &&
    [...names].every((name) => existing.databases.some((database) => database.name === name)) &&
    isSameExtension(objectOf(existing.options), howdah) &&
    isDeepStrictEqual(selectionsOf(objectOf(existing.options)["databases"]), selectionsOf(howdah?.databases))
  );
}

/** Howdah's own options but for limits, which change while it runs, and databases, which are compared by themselves. */
function isSameExtension(
  stored: Record<string, unknown>,
  asked: MigrationCreateBody["properties"]["howdah"] = {},
): boolean {
  const { databases: _, throttle: __, ...options } = asked;
  return Object.entries(options).every(([key, value]) => isDeepStrictEqual(stored[key], value));
}

/** Regions are told with and without blanks: "East US" is "eastus". */
function regionOf(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
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
