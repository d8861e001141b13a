import { z } from "zod";
import { type ApiVersion, cancelAnswersWithBody } from "@/lib/arm/api-versions";
import { resourceNotFound } from "@/lib/arm/arm-error";
import { migrationEnvelope } from "@/lib/arm/migration-envelope";
import {
  listOf,
  migrationResource,
  nameAvailability,
  nameAvailabilityBody,
} from "@/lib/arm/resource-schemas";
import { caselessEnum, migrationName } from "@/lib/migrations/contract";
import { MIGRATION_TYPE, SERVER_TYPE, type ServerPath } from "@/lib/migrations/resource-paths";
import { isTerminal, MIGRATION_STATES } from "@/lib/migrations/vocabulary";
import {
  claimVersion,
  type FullMigration,
  findMigration,
  listMigrationsOfServer,
} from "@/lib/store/read-migrations";
import { removeMigration, requestCancel } from "@/lib/store/wishes";
import { type Endpoint, endpoint } from "../endpoint";
import { demandPreconditions, etagOf, preconditionFailed } from "../preconditions";
import { withAllowedActions } from "./allowed-now";
import { PAGE_QUERY, pageOf } from "./paging";
import { serverOf } from "./servers";

export type MigrationPath = ServerPath & { migrationName: string };

/** The migration a path names. Throws ArmError ResourceNotFound. */
export async function migrationOf(path: MigrationPath): Promise<FullMigration> {
  const server = await serverOf(path);
  const migration = await findMigration(server.id, path.migrationName);
  if (migration) return migration;
  throw resourceNotFound(MIGRATION_TYPE, `${path.serverName}/${path.migrationName}`, path.resourceGroup);
}

/** A migration as it goes out, with its ETag. The envelope tells of the target server too. */
export function migrationReply(migration: FullMigration) {
  return { body: migrationEnvelope(migration), headers: { etag: migrationEtag(migration) } };
}

/** The ETag of a migration. */
export function migrationEtag({ id, version, server }: FullMigration): string {
  return etagOf(`${id}.${version}.${server.updatedAt.getTime()}`);
}

/**
 * Checks If-Match and If-None-Match of a call that changes the migration. Of several calls that name the same ETag one gets
 * through. Throws ArmError 412.
 */
export async function demandMigrationUnchanged(request: Request, migration: FullMigration): Promise<void> {
  demandPreconditions(request, migrationEtag(migration));
  const wanted = request.headers.get("if-match");
  if (wanted === null || wanted.trim() === "*") return;
  if (!(await claimVersion(migration.id, migration.version))) throw preconditionFailed("If-Match");
}

const place = z.object({ createdAt: z.coerce.date(), id: z.guid() });

/** GET .../migrations?migrationListFilter=Active|All */
export function listMigrations(path: ServerPath): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/read`,
    access: "viewer",
    summary: "Lists the migrations of a target server, newest first.",
    query: z.object({
      migrationListFilter: caselessEnum(["Active", "All"]).default("Active"),
      ...PAGE_QUERY,
    }),
    output: listOf(migrationResource),
    async handle({ query, ...call }) {
      const server = await serverOf(path);
      const { rows, ...rest } = await pageOf(
        { call, query, position: place },
        (after, limit) => listMigrationsOfServer(server.id, query.migrationListFilter, { after, limit }),
        ({ createdAt, id }) => ({ createdAt, id }),
      );
      return { body: { value: rows.map(migrationEnvelope), ...rest } };
    },
  });
}

/** GET .../migrations/{name} */
export function getMigration(path: MigrationPath): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/read`,
    access: "viewer",
    summary: "Reads a migration: what was asked for, how far it is, what came of it.",
    output: migrationResource,
    async handle() {
      return migrationReply(await migrationOf(path));
    },
  });
}

/**
 * DELETE .../migrations/{name}: cancels an active migration and keeps its record, as Azure does; 204 when there is nothing
 * to cancel. Howdah's own removeRecord=true removes the record of an ended one instead.
 */
export function cancelMigration(path: MigrationPath, version: ApiVersion): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/delete`,
    access: "operator",
    summary:
      "Cancels an active migration and keeps its record; removes the record of an ended one when asked to.",
    statuses: [200, 204],
    query: z.object({
      removeRecord: caselessEnum(["true", "false"]).default("false"),
      /** Also when a slot may still be on a source that is gone for good. */
      abandonSlots: caselessEnum(["true", "false"]).default("false"),
    }),
    output: migrationResource,
    async handle({ actor, query, request }) {
      const server = await serverOf(path);
      const migration = await findMigration(server.id, path.migrationName);
      if (!migration) {
        demandPreconditions(request, null);
        return { status: 204 };
      }
      await demandMigrationUnchanged(request, migration);
      const wish = { migrationId: migration.id, actor: actor.name };
      if (query.removeRecord === "true") {
        try {
          await removeMigration({ ...wish, abandonSlots: query.abandonSlots === "true" });
        } catch (error) {
          throw await withAllowedActions(error, () => migrationOf(path));
        }
        return { status: 200 };
      }
      const state = MIGRATION_STATES.find((known) => known === migration.state);
      if (state && isTerminal(state)) return { status: 204 };
      await requestCancel(wish);
      return cancelAnswersWithBody(version) ? migrationReply(await migrationOf(path)) : {};
    },
  });
}

/** POST .../checkMigrationNameAvailability */
export function checkNameAvailability(path: ServerPath): Endpoint {
  return endpoint({
    action: `${SERVER_TYPE}/checkMigrationNameAvailability/action`,
    access: "viewer",
    summary: "Tells whether a migration of that name can be created.",
    body: nameAvailabilityBody,
    output: nameAvailability,
    async handle({ body }) {
      const server = await serverOf(path);
      const answer = { name: body.name, type: body.type };
      const valid = migrationName.safeParse(body.name);
      if (!valid.success) {
        const message = valid.error.issues[0]?.message ?? "The name is invalid.";
        return { body: { ...answer, nameAvailable: false, reason: "Invalid" as const, message } };
      }
      if (await findMigration(server.id, valid.data)) {
        const message = `A migration called "${body.name}" already exists on this server.`;
        return { body: { ...answer, nameAvailable: false, reason: "AlreadyExists" as const, message } };
      }
      return { body: { ...answer, nameAvailable: true } };
    },
  });
}
