import { z } from "zod";
import { ArmError, resourceNotFound } from "@/lib/arm/arm-error";
import { objectOf } from "@/lib/arm/json-values";
import { listOf } from "@/lib/arm/resource-schemas";
import {
  API_VERSION,
  MIGRATION_TYPE,
  migrationResourceId,
  serverResourceId,
  VERIFICATION_TYPE,
  verificationResourceId,
} from "@/lib/migrations/resource-paths";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import { verificationPatchBody, verifyBody } from "@/lib/migrations/verification";
import type { FullMigration } from "@/lib/store/read-migrations";
import {
  findVerification,
  listVerifications as readVerifications,
  type VerificationWithTotals,
} from "@/lib/store/verifications/read-verifications";
import {
  cancelVerification,
  type NewVerification,
  requestVerification,
  throttleVerification,
} from "@/lib/store/verifications/request-verification";
import { ERROR_CODES } from "@/lib/util/error-codes";
import type { Call } from "../call";
import { type Endpoint, endpoint } from "../endpoint";
import { demandAllowedHost } from "../network-policy";
import { countUse } from "../rate-limit";
import { type VerificationResource, verificationResource } from "../verification-schemas";
import { verificationDetailsOf } from "../verification-views";
import { type MigrationPath, migrationOf } from "./migrations";
import { originOf, PAGE_QUERY, pageOf } from "./paging";

/** A verification reads every row of both sides: enough for a person, too slow to wear a server out. */
const STARTS = { name: "verification", most: 20, withinMs: 60_000 };

const place = z.object({ createdAt: z.coerce.date(), id: z.guid() });

/** POST .../migrations/{name}/verify: queues a comparison of both sides; 202 with the address to follow it at. */
export function verifyMigration(path: MigrationPath): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/verify/action`,
    access: "operator",
    summary: "Compares source and target; answers at once with where to follow it.",
    statuses: [202],
    body: verifyBody,
    output: verificationResource,
    async handle({ actor, body, note, ...call }) {
      const migration = await migrationOf(path);
      const { databases = [], onlyTables = [], throttle } = body;
      countUse(STARTS, actor.tokenId ?? actor.name);
      const logins = loginsOf(migration, body);
      await demandAllowedHosts(migration);
      const wanted: NewVerification = {
        migrationId: migration.id,
        actor: actor.name,
        databases,
        onlyTables,
        throttle,
        logins,
      };
      const { id } = await requestVerification(wanted);
      note({ data: { verificationId: id } });
      const created = await verificationOf(path, migration, id);
      const address = addressOf(call, migration, id);
      return {
        status: 202,
        body: resourceOf(migration, created),
        headers: { location: address, "azure-asyncoperation": address, "retry-after": "2" },
      };
    },
  });
}

/** GET .../migrations/{name}/verifications, newest first. */
export function listVerifications(path: MigrationPath): Endpoint {
  return endpoint({
    action: `${VERIFICATION_TYPE}/read`,
    access: "viewer",
    summary: "Lists the comparisons of a migration, newest first.",
    query: z.object(PAGE_QUERY),
    output: listOf(verificationResource),
    async handle({ query, ...call }) {
      const migration = await migrationOf(path);
      const { rows, ...rest } = await pageOf(
        { call, query, position: place },
        (after, limit) => readVerifications(migration.id, limit, after),
        ({ createdAt, id }) => ({ createdAt, id }),
      );
      return { body: { value: rows.map((row) => resourceOf(migration, row)), ...rest } };
    },
  });
}

type VerificationPath = MigrationPath & { verificationId: string };

/** GET .../migrations/{name}/verifications/{id} */
export function getVerification(path: VerificationPath): Endpoint {
  return endpoint({
    action: `${VERIFICATION_TYPE}/read`,
    access: "viewer",
    summary: "Reads a comparison and how far it is.",
    output: verificationResource,
    async handle() {
      const migration = await migrationOf(path);
      return { body: resourceOf(migration, await verificationOf(path, migration, path.verificationId)) };
    },
  });
}

/** PATCH .../migrations/{name}/verifications/{id}: cancels it or changes its limits; one that has ended stays as it is. */
export function patchVerification(path: VerificationPath): Endpoint {
  return endpoint({
    action: `${VERIFICATION_TYPE}/write`,
    access: "operator",
    summary: "Cancels a comparison or changes its limits.",
    body: verificationPatchBody,
    output: verificationResource,
    async handle({ actor, body }) {
      const migration = await migrationOf(path);
      const { id } = await verificationOf(path, migration, path.verificationId);
      const wish = { migrationId: migration.id, verificationId: id, actor: actor.name };
      const { cancel, throttle } = body.properties ?? {};
      if (throttle) await throttleVerification(wish, throttle);
      if (cancel === "True") await cancelVerification(wish);
      return { body: resourceOf(migration, await verificationOf(path, migration, id)) };
    },
  });
}

/** The verification a path names. Throws ArmError ResourceNotFound. */
async function verificationOf(
  path: MigrationPath,
  migration: FullMigration,
  id: string,
): Promise<VerificationWithTotals> {
  const found = z.guid().safeParse(id).success ? await findVerification(migration.id, id) : null;
  if (found) return found;
  const name = `${path.serverName}/${path.migrationName}/${id}`;
  throw resourceNotFound(VERIFICATION_TYPE, name, path.resourceGroup);
}

/** The logins of both sides. The migration's own passwords were deleted when it ended, so they must be given. */
function loginsOf(migration: FullMigration, body: z.output<typeof verifyBody>): NewVerification["logins"] {
  const { adminCredentials = {}, sourceServerUsername, targetServerUsername } = body.secretParameters ?? {};
  const { sourceServerPassword, targetServerPassword } = adminCredentials;
  if (!sourceServerPassword) throw passwordMissing("source");
  if (!targetServerPassword) throw passwordMissing("target");
  return {
    source: { user: sourceServerUsername ?? migration.sourceUser, password: sourceServerPassword },
    target: { user: targetServerUsername ?? migration.targetUser, password: targetServerPassword },
  };
}

function passwordMissing(side: "source" | "target"): ArmError {
  return new ArmError(
    400,
    "MissingRequiredParameter",
    `The password of the ${side} server is needed: a migration's passwords are deleted when it ends.`,
    { target: `secretParameters.adminCredentials.${side}ServerPassword` },
  );
}

/** The rules may have become stricter since the migration was created. */
async function demandAllowedHosts(migration: FullMigration): Promise<void> {
  const properties = objectOf(migration.properties);
  const textOf = (key: string) => (typeof properties[key] === "string" ? properties[key] : "");
  const source = sourceEndpoint({
    sourceDbServerResourceId: textOf("sourceDbServerResourceId"),
    sourceDbServerFullyQualifiedDomainName: textOf("sourceDbServerFullyQualifiedDomainName"),
  });
  if (source) await demandAllowedHost(source.host, "properties.sourceDbServerResourceId");
  const target = textOf("targetDbServerFullyQualifiedDomainName") || migration.server.host;
  await demandAllowedHost(target, "properties.targetDbServerFullyQualifiedDomainName");
}

function idOf(migration: FullMigration, verificationId: string): string {
  const serverId = serverResourceId({ ...migration.server, serverName: migration.server.name });
  return verificationResourceId(migrationResourceId(serverId, migration.name), verificationId);
}

/** Absolute, as clients of Resource Manager expect; the host was checked when the call came in. */
function addressOf(call: Pick<Call, "request" | "url">, migration: FullMigration, id: string): string {
  return `${originOf(call)}${idOf(migration, id)}?api-version=${API_VERSION}`;
}

function resourceOf(migration: FullMigration, row: VerificationWithTotals): VerificationResource {
  const properties = verificationDetailsOf(row);
  const { startedAt, endedAt, bytesEstimated, bytesRead } = properties;
  const share = bytesEstimated > 0 ? Math.floor((100 * bytesRead) / bytesEstimated) : 0;
  const error = errorOf(properties);
  return {
    id: idOf(migration, row.id),
    name: row.id,
    type: VERIFICATION_TYPE,
    status: statusOf(properties.state),
    ...(startedAt === null ? {} : { startTime: startedAt }),
    ...(endedAt === null ? {} : { endTime: endedAt }),
    percentComplete: endedAt === null ? Math.min(99, share) : 100,
    ...(error ? { error } : {}),
    properties,
  };
}

type State = VerificationResource["properties"]["state"];

/** An operation that did not prove both sides equal has not succeeded. */
function statusOf(state: State): VerificationResource["status"] {
  switch (state) {
    case "queued":
    case "running":
      return "InProgress";
    case "equal":
      return "Succeeded";
    case "canceled":
      return "Canceled";
    case "different":
    case "incomplete":
    case "failed":
      return "Failed";
  }
}

function errorOf({
  state,
  error,
  errorCode,
}: VerificationResource["properties"]): { code: string; message: string } | null {
  if (error !== null) return { code: errorCode ?? "INTERNAL", message: error };
  if (state === "different")
    return { code: "VERIFICATION_FAILED", message: ERROR_CODES.VERIFICATION_FAILED.cause };
  if (state === "incomplete") {
    return { code: "VERIFICATION_INCOMPLETE", message: ERROR_CODES.VERIFICATION_INCOMPLETE.cause };
  }
  return null;
}
