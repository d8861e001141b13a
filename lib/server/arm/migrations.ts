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
import { type FullMigration, findMigration, listMigrationsOfServer } from "@/lib/store/read-migrations";
import { removeMigration, requestCancel } from "@/lib/store/wishes";
import { type Endpoint, endpoint } from "../endpoint";
import { serverOf } from "./servers";

export type MigrationPath = ServerPath & { migrationName: string };

/** The migration a path names. Throws ArmError ResourceNotFound. */
export async function migrationOf(path: MigrationPath): Promise<FullMigration> {
  const server = await serverOf(path);
  const migration = await findMigration(server.id, path.migrationName);
  if (migration) return migration;
  throw resourceNotFound(MIGRATION_TYPE, `${path.serverName}/${path.migrationName}`, path.resourceGroup);
}

/** GET .../migrations?migrationListFilter=Active|All */
export function listMigrations(path: ServerPath): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/read`,
    access: "viewer",
    query: z.object({ migrationListFilter: caselessEnum(["Active", "All"]).default("Active") }),
    output: listOf(migrationResource),
    async handle({ query }) {
      const server = await serverOf(path);
      const migrations = await listMigrationsOfServer(server.id, query.migrationListFilter);
      return { body: { value: migrations.map(migrationEnvelope) } };
    },
  });
}

/** GET .../migrations/{name} */
export function getMigration(path: MigrationPath): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/read`,
    access: "viewer",
    output: migrationResource,
    async handle() {
      return { body: migrationEnvelope(await migrationOf(path)) };
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
    query: z.object({ removeRecord: caselessEnum(["true", "false"]).default("false") }),
    output: migrationResource,
    async handle({ actor, query }) {
      const server = await serverOf(path);
      const migration = await findMigration(server.id, path.migrationName);
      if (!migration) return { status: 204 };
      const wish = { migrationId: migration.id, actor: actor.name };
      if (query.removeRecord === "true") {
        await removeMigration(wish);
        return { status: 200 };
      }
      const state = MIGRATION_STATES.find((known) => known === migration.state);
      if (state && isTerminal(state)) return { status: 204 };
      await requestCancel(wish);
      return cancelAnswersWithBody(version) ? { body: migrationEnvelope(await migrationOf(path)) } : {};
    },
  });
}

/** POST .../checkMigrationNameAvailability */
export function checkNameAvailability(path: ServerPath): Endpoint {
  return endpoint({
    action: `${SERVER_TYPE}/checkMigrationNameAvailability/action`,
    access: "viewer",
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
