import { z } from "zod";
import type { DatabaseFilter } from "@/lib/engine/filter/database-filter";
import type { MoveDatabaseOptions } from "@/lib/engine/move-database";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { howdahOptions } from "@/lib/migrations/contract";
import { hasFilter } from "@/lib/migrations/filter";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import { MIGRATION_MODES, SOURCE_TYPES, type SslMode } from "@/lib/migrations/vocabulary";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { store } from "@/lib/store/client";
import type { LoadedMigration } from "@/lib/store/run";
import { openSecret } from "@/lib/store/secrets";
import { CodedError } from "@/lib/util/coded-error";
import type { Endpoints } from "@/lib/validation/check-servers";
import { providerOf } from "@/lib/validation/provider";
import { onlineChoicesOf } from "./online/online-choices";

/** The stored ARM properties a worker acts on. */
const storedProperties = z.object({
  sourceDbServerResourceId: z.string().optional(),
  sourceDbServerFullyQualifiedDomainName: z.string().optional(),
  targetDbServerFullyQualifiedDomainName: z.string().optional(),
  overwriteDbsInTarget: z.enum(["True", "False"]).optional(),
  startDataMigration: z.enum(["True", "False"]).optional(),
  migrationWindowStartTimeInUtc: z.string().optional(),
});

/** The properties of a migration as its worker reads them. */
export function propertiesOf(migration: LoadedMigration): z.infer<typeof storedProperties> {
  return storedProperties.parse(migration.properties);
}

/** True when existing databases may be replaced. */
export function mayOverwrite(migration: LoadedMigration): boolean {
  return migration.overwriteConfirmed || propertiesOf(migration).overwriteDbsInTarget === "True";
}

/** Its name on the target. */
export function targetNameOf(database: Pick<MigrationDatabase, "name" | "targetName">): string {
  return database.targetName ?? database.name;
}

/** How the log and messages call a database: by both names when they differ. */
export function namesOf(database: Pick<MigrationDatabase, "name" | "targetName">): string {
  const targetName = targetNameOf(database);
  return targetName === database.name ? database.name : `${database.name} as ${targetName}`;
}

/** What the user chose of how a database is moved; what is absent is left to the engine. */
export function moveChoicesOf(
  migration: LoadedMigration,
  database: string,
): Pick<MoveDatabaseOptions, "jobs" | "format" | "vacuum" | "filter"> {
  const { jobs, copyFormat, vacuum, databases = [] } = howdahOptions.parse(migration.options);
  const selection = databases.find(({ name }) => name === database);
  return {
    ...(jobs === undefined ? {} : { jobs }),
    ...(copyFormat === undefined ? {} : { format: copyFormat }),
    ...(vacuum === undefined ? {} : { vacuum }),
    ...(selection && hasFilter(selection)
      ? { filter: { include: selection.include, exclude: selection.exclude } }
      : {}),
  };
}

/** Filters of the databases that do not move whole. */
export function filtersOf(migration: LoadedMigration): Map<string, DatabaseFilter> {
  const { databases = [] } = howdahOptions.parse(migration.options);
  return new Map(
    databases
      .filter((selection) => hasFilter(selection))
      .map(({ name, include, exclude }) => [name, { include, exclude }]),
  );
}

/** What decides which checks a migration needs, and what their remedies are. */
export function validationScopeOf(
  migration: LoadedMigration,
): Pick<Endpoints, "mode" | "plugin" | "provider"> {
  return {
    mode: z.enum(MIGRATION_MODES).parse(migration.mode),
    plugin: onlineChoicesOf(migration)?.plugin ?? null,
    provider: providerOf(z.enum(SOURCE_TYPES).parse(migration.sourceType)),
  };
}

export interface ServerEndpoints {
  source: ConnectionSettings;
  target: ConnectionSettings;
}

/** Opens the passwords and puts both servers' settings together. Throws CodedError SECRET_UNREADABLE. */
export async function openEndpoints(migration: LoadedMigration): Promise<ServerEndpoints> {
  return endpointsWith(migration, {
    source: { user: migration.sourceUser, password: await openSecret(store(), migration.id, "source") },
    target: { user: migration.targetUser, password: await openSecret(store(), migration.id, "target") },
  });
}

/** How to log in on each side. */
export type ServerLogins = Record<keyof ServerEndpoints, Pick<ConnectionSettings, "user" | "password">>;

/** Both servers' settings of a migration, with logins from elsewhere. Throws CodedError SOURCE_ADDRESS_INVALID. */
export function endpointsWith(migration: LoadedMigration, logins: ServerLogins): ServerEndpoints {
  const properties = propertiesOf(migration);
  const options = howdahOptions.parse(migration.options);
  const address = sourceEndpoint({ ...properties, sourceServerUsername: migration.sourceUser });
  if (!address) throw new CodedError("SOURCE_ADDRESS_INVALID", "The source must be given as host:port@user.");
  const { server } = migration;
  const source: ConnectionSettings = {
    ...address,
    ...logins.source,
    database: "postgres",
    sslMode: migration.sslMode as SslMode,
    ...(options.sourceCaCertificate ? { caCertificate: options.sourceCaCertificate } : {}),
  };
  const targetCa = options.targetCaCertificate ?? server.caCertificate;
  const target: ConnectionSettings = {
    host: properties.targetDbServerFullyQualifiedDomainName || server.host,
    port: server.port,
    ...logins.target,
    database: "postgres",
    sslMode: options.targetSslMode ?? (server.sslMode as SslMode),
    ...(targetCa ? { caCertificate: targetCa } : {}),
  };
  return { source, target };
}

/** The target, connected to a database other than `name`: a database cannot be dropped from within. */
export function maintenanceOf(target: ConnectionSettings, name: string): ConnectionSettings {
  return { ...target, database: name === "postgres" ? "template1" : "postgres" };
}
