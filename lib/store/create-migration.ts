import { type Migration, Prisma, type Server } from "@/lib/generated/prisma/client";
import type { MigrationCreateBody } from "@/lib/migrations/contract";
import { MODE_LABELS, OPTION_LABELS } from "@/lib/migrations/labels";
import { propertyNotes } from "@/lib/migrations/property-notes";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import { CodedError } from "@/lib/util/coded-error";
import { NOT_ASKED } from "./azure-run";
import { store } from "./client";
import { bytesPerSecondOf } from "./control-wishes";
import { appendEvents } from "./events";
import { enqueueMigration } from "./job-queue";
import { writeSecret } from "./secrets";

export interface NewMigration {
  /** Registered target server. */
  server: Server;
  name: string;
  body: MigrationCreateBody;
  /** Who asks, as the audit log names them. */
  actor: string;
}

/**
 * Stores a migration with its databases, sealed passwords, first event and job in one transaction, so that nothing of it
 * exists or all. Throws CodedError MIGRATION_NAME_TAKEN, SERVER_NOT_FOUND, SOURCE_ADDRESS_INVALID or AZURE_TARGET_UNKNOWN.
 */
export async function createMigration(input: NewMigration): Promise<Migration> {
  const { properties } = input.body;
  const row = migrationRow(input);
  try {
    return await store().$transaction(async (db) => {
      const migration = await db.migration.create({ data: row });
      const { sourceServerPassword, targetServerPassword } = properties.secretParameters.adminCredentials;
      await writeSecret(db, migration.id, "source", sourceServerPassword);
      await writeSecret(db, migration.id, "target", targetServerPassword);
      await appendEvents(db, migration.id, [
        {
          level: "info",
          kind: "created",
          message: `Created by ${input.actor}: ${describe(properties)}.`,
        },
        ...propertyNotes(properties).map(({ target, message }) => ({
          level: "warning" as const,
          kind: "created" as const,
          message: `${target}: ${message}`,
        })),
      ]);
      await enqueueMigration(db, migration.id);
      return migration;
    });
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002") {
      throw new CodedError("MIGRATION_NAME_TAKEN", `A migration called "${input.name}" already exists.`, {
        subject: input.name,
      });
    }
    // Foreign key of the server.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2003") {
      throw new CodedError("SERVER_NOT_FOUND", `${input.server.name} is not registered any more.`, {
        subject: input.server.name,
        cause: error,
      });
    }
    throw error;
  }
}

function migrationRow({ server, name, body, actor }: NewMigration): Prisma.MigrationUncheckedCreateInput {
  const { secretParameters, howdah, ...properties } = body.properties;
  const source = sourceEndpoint({
    ...properties,
    sourceServerUsername: secretParameters.sourceServerUsername,
  });
  if (!source) {
    throw new CodedError("SOURCE_ADDRESS_INVALID", "The source must be given as host:port@user.", {
      subject: "sourceDbServerResourceId",
    });
  }
  if (howdah?.tuneTarget) demandTunable(server);
  const databases = [...new Set(properties.dbsToMigrate ?? [])];
  const renamed = new Map(
    (howdah?.databases ?? []).flatMap(({ name, targetName }) =>
      targetName === undefined || targetName === name ? [] : [[name, targetName]],
    ),
  );
  return {
    serverId: server.id,
    name,
    nameKey: name.toLowerCase(),
    location: body.location,
    tags: body.tags ?? {},
    mode: properties.migrationMode,
    option: properties.migrationOption,
    sourceType: properties.sourceType,
    sslMode:
      properties.sslMode ?? (properties.sourceType === "PostgreSQLSingleServer" ? "VerifyFull" : "Prefer"),
    properties: properties as Prisma.InputJsonObject,
    options: (howdah ?? {}) as Prisma.InputJsonObject,
    ...(howdah?.runBy === "azure" ? { azureRun: azureRunOf(server) } : {}),
    sourceUser: source.user,
    targetUser: secretParameters.targetServerUsername || server.administratorLogin,
    state: "InProgress",
    substate: "PerformingPreRequisiteSteps",
    lastActiveSubstate: "PerformingPreRequisiteSteps",
    createdBy: actor,
    replicationSetupRequestedAt:
      properties.setupLogicalReplicationOnSourceDbIfNeeded === "True" ? new Date() : null,
    throttleBytesPerSecond: bytesPerSecondOf(howdah?.throttle?.megabytesPerSecond ?? null),
    throttleConnections: howdah?.throttle?.connections ?? null,
    databases: {
      create: databases.map((database, position) => ({
        name: database,
        targetName: renamed.get(database) ?? null,
        position,
      })),
    },
  };
}

function describe(properties: MigrationCreateBody["properties"]): string {
  const count = new Set(properties.dbsToMigrate ?? []).size;
  const databases = count === 1 ? "1 database" : `${count} databases`;
  const { migrationOption, migrationMode } = properties;
  return `${OPTION_LABELS[migrationOption].toLowerCase()}, ${MODE_LABELS[migrationMode].toLowerCase()}, ${databases}`;
}

/** Parameters are set through Azure alone. Throws CodedError AZURE_TARGET_UNKNOWN for a server that was not found in Azure. */
function demandTunable({ azureResourceId, name }: Server): void {
  if (azureResourceId !== null) return;
  throw new CodedError(
    "AZURE_TARGET_UNKNOWN",
    `${name} is not known as a flexible server in Azure, so howdah.tuneTarget cannot tune it.`,
    {
      subject: name,
      remedy:
        'Register it on the Servers page with "Find in Azure", or leave out howdah.tuneTarget (--tune-target).',
    },
  );
}

/** Nothing was asked of Azure yet. Throws CodedError AZURE_TARGET_UNKNOWN for a server that was not found in Azure. */
function azureRunOf({ azureResourceId, name }: Server): Prisma.InputJsonObject {
  if (azureResourceId !== null) return { ...NOT_ASKED };
  throw new CodedError(
    "AZURE_TARGET_UNKNOWN",
    `${name} is not known as a flexible server in Azure, so Azure's service cannot migrate into it.`,
    { subject: name },
  );
}
