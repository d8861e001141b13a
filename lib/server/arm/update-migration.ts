import type { z } from "zod";
import { ArmError } from "@/lib/arm/arm-error";
import { objectOf } from "@/lib/arm/json-values";
import { migrationResource } from "@/lib/arm/resource-schemas";
import { howdahOptions, migrationPatchBody } from "@/lib/migrations/contract";
import { joinNames } from "@/lib/migrations/format-quantity";
import { MIGRATION_TYPE } from "@/lib/migrations/resource-paths";
import { store } from "@/lib/store/client";
import { requestPause, requestResume, requestRetry, setThrottle } from "@/lib/store/control-wishes";
import {
  requestCutover,
  requestDatabaseCancel,
  requestRehearsal,
  requestReplicationSetup,
} from "@/lib/store/online/database-wishes";
import { changeOnlineSettings } from "@/lib/store/online/online-settings";
import { type FullMigration, replaceTags } from "@/lib/store/read-migrations";
import type { Wish } from "@/lib/store/wish";
import { confirmOverwrite, replacePasswords, specifyDatabases, startDataMigration } from "@/lib/store/wishes";
import { type Endpoint, endpoint } from "../endpoint";
import { nowOf, withAllowedActions } from "./allowed-now";
import { demandMigrationUnchanged, type MigrationPath, migrationOf, migrationReply } from "./migrations";

type Patch = NonNullable<z.output<typeof migrationPatchBody>["properties"]>;

/** PATCH .../migrations/{name}: states wishes; the worker fulfils them and GET shows when it has. */
export function patchMigration(path: MigrationPath): Endpoint {
  return endpoint({
    action: `${MIGRATION_TYPE}/write`,
    access: "operator",
    summary:
      "States a wish: cancel, cutover, overwrite, databases, start, passwords, limits, pause, retry, tags.",
    body: migrationPatchBody,
    output: migrationResource,
    async handle({ actor, body, request }) {
      const migration = await migrationOf(path);
      const patch = body.properties ?? {};
      refuseUnchangeable(migration, patch);
      await demandMigrationUnchanged(request, migration);
      try {
        // Of a request that is refused in one thing nothing is done.
        await store().$transaction(async (db) => {
          if (body.tags) await replaceTags(migration.id, body.tags, db);
          await express(migration, patch, { migrationId: migration.id, actor: actor.name, db });
        });
      } catch (error) {
        throw await withAllowedActions(error, () => migrationOf(path));
      }
      return migrationReply(await migrationOf(path));
    },
  });
}

/** Turns a patch into wishes; what the migration already is or holds asks for nothing. */
async function express(migration: FullMigration, patch: Patch, wish: Wish): Promise<void> {
  const stored = objectOf(migration.properties);
  const passwords = patch.secretParameters?.adminCredentials;
  const { retry, online } = patch.howdah ?? {};
  const again = retry && { ...wish, scope: retry, ...bothPasswords(patch) };
  if (online) await changeOnlineSettings({ ...wish, settings: online, withRetry: retry !== undefined });
  if (again) await requestRetry(again);
  else if (passwords) {
    const { sourceServerPassword: source, targetServerPassword: target } = passwords;
    await replacePasswords({ ...wish, source, target });
  }
  if (patch.dbsToMigrate && !hasDatabases(migration, patch.dbsToMigrate)) {
    await specifyDatabases({ ...wish, databases: patch.dbsToMigrate });
  }
  if (patch.overwriteDbsInTarget === "True" && stored["overwriteDbsInTarget"] !== "True") {
    await confirmOverwrite(wish);
  }
  const windowStart = patch.migrationWindowStartTimeInUtc;
  if (patch.startDataMigration === "True") await startDataMigration(wish);
  else if (windowStart && !isSameTime(stored["migrationWindowStartTimeInUtc"], windowStart)) {
    await startDataMigration({ ...wish, windowStart: new Date(windowStart) });
  } else if (patch.startDataMigration === "False" && stored["startDataMigration"] !== "False") {
    await startDataMigration({ ...wish, hold: true });
  }
  if (asksForReplication(migration, patch)) await requestReplicationSetup(wish);
  if (patch.howdah?.rehearseCutover) {
    await requestRehearsal({ ...wish, databases: patch.dbsToTriggerCutoverOn });
  } else if (patch.triggerCutover === "True") {
    await requestCutover({ ...wish, databases: patch.dbsToTriggerCutoverOn });
  }
  await expressControl(patch, wish);
  if (patch.cancel === "True") {
    const { cancelReason: reason, dropTargetsOnCancel: dropTargets } = patch.howdah ?? {};
    await requestDatabaseCancel({ ...wish, databases: patch.dbsToCancelMigrationOn, reason, dropTargets });
  }
}

/** Sent to a migration that waits for it, "True" means: look again; whatever was stored before. */
function asksForReplication({ substate }: FullMigration, patch: Patch): boolean {
  return (
    patch.setupLogicalReplicationOnSourceDbIfNeeded === "True" &&
    substate === "WaitingForLogicalReplicationSetupRequestOnSourceDB"
  );
}

function isSameTime(stored: unknown, asked: string): boolean {
  return typeof stored === "string" && Date.parse(stored) === Date.parse(asked);
}

async function expressControl({ howdah = {} }: Patch, wish: Wish): Promise<void> {
  if (howdah.throttle) await setThrottle({ ...wish, throttle: howdah.throttle });
  if (howdah.paused === true) await requestPause(wish);
  if (howdah.paused === false) await requestResume(wish);
}

/** The passwords a retry needs; they were deleted when the migration ended. */
function bothPasswords(patch: Patch): { source: string; target: string } {
  const { sourceServerPassword: source, targetServerPassword: target } =
    patch.secretParameters?.adminCredentials ?? {};
  if (source && target) return { source, target };
  throw invalid(
    "secretParameters",
    "To try again, send both passwords in secretParameters.adminCredentials: they were deleted when the migration ended.",
  );
}

/** What cannot be changed after creation; sending the present value again is no change. */
const FIXED = [
  "sourceDbServerResourceId",
  "sourceDbServerFullyQualifiedDomainName",
  "targetDbServerFullyQualifiedDomainName",
  "migrateRoles",
  "setupLogicalReplicationOnSourceDbIfNeeded",
] as const satisfies readonly (keyof Patch)[];

function refuseUnchangeable(migration: FullMigration, patch: Patch): void {
  const stored: Record<string, unknown> = {
    migrateRoles: "False",
    setupLogicalReplicationOnSourceDbIfNeeded: "False",
    ...objectOf(migration.properties),
  };
  for (const key of FIXED) {
    if (key === "setupLogicalReplicationOnSourceDbIfNeeded" && asksForReplication(migration, patch)) continue;
    if (patch[key] !== undefined && patch[key] !== (stored[key] ?? "")) throw fixed(key, migration);
  }
  if (patch.migrationMode && patch.migrationMode !== migration.mode) throw fixed("migrationMode", migration);
  if (patch.overwriteDbsInTarget === "False" && stored["overwriteDbsInTarget"] === "True") {
    throw fixed("overwriteDbsInTarget", migration);
  }
  const { sourceServerUsername: source, targetServerUsername: target } = patch.secretParameters ?? {};
  if (source && source !== migration.sourceUser)
    throw fixed("secretParameters.sourceServerUsername", migration);
  if (target && target !== migration.targetUser)
    throw fixed("secretParameters.targetServerUsername", migration);
  refuseContradiction(patch);
  if (patch.triggerCutover === "True" && migration.mode === "Offline") {
    throw invalid(
      "triggerCutover",
      `An offline migration has no cutover to trigger: it completes by itself once the data has been copied. ${nowOf(migration)}`,
    );
  }
  if (patch.howdah?.rehearseCutover && migration.mode === "Offline") {
    throw invalid(
      "howdah.rehearseCutover",
      `An offline migration has no cutover to rehearse. ${nowOf(migration)}`,
    );
  }
  refuseOnline(migration, patch);
  refuseDatabases(migration, patch);
}

/** How the source tells its changes is decided when its slot is made; an offline migration follows none. */
function refuseOnline(migration: FullMigration, { howdah }: Patch): void {
  if (!howdah?.online) return;
  if (migration.mode === "Offline") {
    throw invalid("howdah.online", `An offline migration follows no changes. ${nowOf(migration)}`);
  }
  const { plugin } = howdahOptions.parse(migration.options).online ?? {};
  if ((howdah.online.plugin ?? plugin) !== plugin) throw fixed("howdah.online.plugin", migration);
}

/** Names of databases mean something only with the wish they belong to, and only those of the migration. */
function refuseDatabases(migration: FullMigration, patch: Patch): void {
  const cuts = patch.triggerCutover === "True" || patch.howdah?.rehearseCutover === true;
  for (const [key, toggle, isAsked] of [
    ["dbsToCancelMigrationOn", 'cancel "True"', patch.cancel === "True"],
    ["dbsToTriggerCutoverOn", 'triggerCutover "True" or howdah.rehearseCutover', cuts],
  ] as const) {
    const names = patch[key] ?? [];
    if (names.length > 0 && !isAsked) throw invalid(key, `${key} needs ${toggle} beside it.`);
    const unknown = names.filter((name) => !migration.databases.some((database) => database.name === name));
    if (unknown.length > 0) {
      throw invalid(
        key,
        `${joinNames(unknown)} is not of this migration, ${ownDatabases(migration)}. ${nowOf(migration)}`,
      );
    }
  }
}

function ownDatabases({ databases }: FullMigration): string {
  if (databases.length === 0) return "which has no databases yet";
  return `whose databases are ${joinNames(databases.map(({ name }) => name))}`;
}

function refuseContradiction({ cancel, triggerCutover, howdah }: Patch): void {
  const asked = [
    cancel === "True" && "cancel",
    triggerCutover === "True" && "triggerCutover",
    howdah?.rehearseCutover === true && "howdah.rehearseCutover",
    howdah?.paused !== undefined && "howdah.paused",
    howdah?.retry !== undefined && "howdah.retry",
  ].filter((name) => name !== false);
  const [first, second] = asked;
  if (first && second) throw invalid(first, `${first} and ${second} exclude each other: send one of them.`);
}

function hasDatabases(migration: FullMigration, names: readonly string[]): boolean {
  const asked = new Set(names);
  const own = migration.databases;
  return asked.size === own.length && own.every(({ name }) => asked.has(name));
}

function fixed(key: string, migration: FullMigration): ArmError {
  const changed = `Changing property '${key}' is not allowed: migration ${migration.name} was created with another value.`;
  return new ArmError(
    400,
    "PropertyChangeNotAllowed",
    `${changed}${hintOf(key, migration)} ${nowOf(migration)}`,
    { target: `properties.${key}` },
  );
}

function hintOf(key: string, { mode }: FullMigration): string {
  if (key !== "setupLogicalReplicationOnSourceDbIfNeeded") return "";
  if (mode === "Offline") return " An offline migration needs no logical replication.";
  return " It can be allowed while the migration waits for it: WaitingForLogicalReplicationSetupRequestOnSourceDB.";
}

function invalid(key: string, message: string): ArmError {
  return new ArmError(400, "InvalidParameterValue", message, { target: `properties.${key}` });
}
