import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { ScopeOptions } from "@/lib/cli/commands/shared-options";
import { demandConsent } from "@/lib/cli/demand-consent";
import { EXIT } from "@/lib/cli/exit-codes";
import { findPassword, takePasswordVariables } from "@/lib/cli/migrate/find-password";
import type { Output } from "@/lib/cli/output";
import { flattenResource } from "@/lib/cli/print/flatten-resource";
import { printResult } from "@/lib/cli/print/result-format";
import { UsageError } from "@/lib/cli/usage-error";
import { joinNames } from "@/lib/migrations/format-quantity";
import { MIGRATION_TYPE, migrationResourceId } from "@/lib/migrations/resource-paths";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import {
  LOCAL_RESOURCE_GROUP,
  LOCAL_SUBSCRIPTION_ID,
  type MigrationOption,
} from "@/lib/migrations/vocabulary";
import { findMigration } from "./find-migration";
import { findServerId } from "./find-server";
import type { HowdahClient } from "./howdah-client";
import { readPropertiesFile, takeIgnored } from "./properties-file";
import { express, type MigrationCommandOptions, withServer } from "./run-migration";

type Options = MigrationCommandOptions & ScopeOptions;

export interface CreateOptions extends Options {
  properties: string;
  migrationMode: "Offline" | "Online";
  migrationOption: MigrationOption;
  tags?: Record<string, string>;
  location?: string;
  tuneTarget?: true;
  wait?: true;
}

/** `howdah migration create`. Throws UsageError for what is wrong with the file. */
export function createFromFile(name: string, options: CreateOptions, output: Output): Promise<number> {
  const variables = takePasswordVariables(process.env);
  const migrationName = name === "" ? randomUUID() : name;
  const server = demandServer(options.server);
  const { properties, notes } = readPropertiesFile(options.properties);
  const { migrationMode, migrationOption } = options;
  if (options.tuneTarget)
    properties["howdah"] = { ...z.looseObject({}).parse(properties["howdah"] ?? {}), tuneTarget: true };
  const ignored = takeIgnored(properties);
  for (const [key, said] of Object.entries({ migrationMode, migrationOption })) {
    const asked = ignored[key];
    if (asked !== undefined && String(asked).toLowerCase() !== said.toLowerCase()) {
      notes.push(`${key} of the file is not read; the option counts, and it is ${said}.`);
    }
  }
  for (const note of notes) output.say(`Note: ${note}`);
  return withServer(options, output, async (client) => {
    const serverId = await findServerId(client, server, options, output);
    checkRuntimeServer(properties["migrationInstanceResourceId"], serverId);
    await completePasswords(client, serverId, properties, variables);
    const { subscription = LOCAL_SUBSCRIPTION_ID, resourceGroup = LOCAL_RESOURCE_GROUP } = options;
    output.say(
      `Creating PostgreSQL Migration for server '${server}' in group '${resourceGroup}' and subscription '${subscription}'...`,
    );
    const created = createdResource.parse(
      await client.arm("PUT", migrationResourceId(serverId, migrationName), {
        location: options.location ?? "local",
        ...(options.tags === undefined ? {} : { tags: options.tags }),
        properties: { ...properties, migrationMode, migrationOption },
      }),
    );
    if (!options.wait) {
      printResult(flattenResource(created), options, output, () => [
        `${created.name} was created on ${server}; \`howdah migration show ${created.name}\` tells how it goes.`,
      ]);
      return EXIT.succeeded;
    }
    const { migration } = await client.read(created.properties.migrationId);
    return await express(client, migration, null, options, output);
  });
}

const createdResource = z.looseObject({
  name: z.string(),
  properties: z.looseObject({ migrationId: z.string() }),
});

/** Passwords a file leaves out, as an exported one does, are looked for where `howdah migrate` looks. */
async function completePasswords(
  client: HowdahClient,
  serverId: string,
  properties: Record<string, unknown>,
  variables: ReturnType<typeof takePasswordVariables>,
): Promise<void> {
  const { secretParameters: secrets } = z.looseObject({ secretParameters: secretsForm }).parse(properties);
  const { adminCredentials } = secrets;
  const source = sourceEndpoint({
    ...z.looseObject({ sourceDbServerResourceId: z.string().optional() }).parse(properties),
    sourceServerUsername: secrets.sourceServerUsername,
  });
  const address = { password: null, database: null, sslMode: "Prefer" as const, caCertificate: null };
  const source_ = source ?? { host: "the source", port: 5432, user: secrets.sourceServerUsername ?? "" };
  const sourceServerPassword =
    adminCredentials.sourceServerPassword ??
    (await findPassword("source", { ...address, ...source_ }, variables));
  let { targetServerPassword } = adminCredentials;
  if (targetServerPassword === undefined) {
    const { properties: target } = serverForm.parse(await client.arm("GET", serverId));
    const endpoint = {
      host: target.fullyQualifiedDomainName,
      port: target.howdah.port,
      user: secrets.targetServerUsername || target.administratorLogin,
    };
    targetServerPassword = await findPassword("target", { ...address, ...endpoint }, variables);
  }
  properties["secretParameters"] = {
    ...secrets,
    adminCredentials: { sourceServerPassword, targetServerPassword },
  };
}

const text = z.string();
const secretsForm = z.looseObject({
  adminCredentials: z.looseObject({
    sourceServerPassword: text.optional(),
    targetServerPassword: text.optional(),
  }),
  sourceServerUsername: text.optional(),
  targetServerUsername: text.optional(),
});
const serverForm = z.looseObject({
  properties: z.looseObject({
    fullyQualifiedDomainName: text,
    administratorLogin: text,
    howdah: z.looseObject({ port: z.number() }),
  }),
});

/** az's own rules for a runtime server. */
function checkRuntimeServer(id: unknown, serverId: string): void {
  if (id === undefined) return;
  if (
    typeof id !== "string" ||
    !/\/providers\/Microsoft\.DBforPostgreSQL\/flexibleServers\/[^/]+$/i.test(id)
  ) {
    throw new UsageError("The migration runtime resource ID must be the resource ID of a flexible server.");
  }
  if (id.toLowerCase() === serverId.toLowerCase()) {
    throw new UsageError("The migration runtime server and the target server must not be the same.");
  }
}

export interface UpdateOptions extends Options {
  cutover?: true;
  cancel?: true;
  setupReplication?: true;
  /** Names on the source, for cutover and cancel; all that are left when absent. */
  databases?: string[];
  yes?: true;
  wait?: true;
}

/** `howdah migration update`: az's form of cutover, cancel and the setup of logical replication. Throws UsageError. */
export function updateMigration(name: string, options: UpdateOptions, output: Output): Promise<number> {
  const asked = (["setupReplication", "cutover", "cancel"] as const).filter((key) => options[key]);
  const [operation] = asked;
  if (asked.length > 1) throw new UsageError("Incorrect Usage: Can only specify one update operation.");
  if (!operation)
    throw new UsageError("Incorrect Usage: At least one update operation needs to be specified.");
  const { databases } = options;
  if (operation === "setupReplication" && databases) {
    throw new UsageError("--databases belongs to --cutover or --cancel.");
  }
  return withServer(options, output, async (client) => {
    const { migration } = await findMigration(client, name, options.server);
    const which = databases === undefined ? "" : `${joinNames(databases)} of `;
    if (operation === "setupReplication") {
      const properties = { setupLogicalReplicationOnSourceDbIfNeeded: "True" };
      return await express(
        client,
        migration,
        { said: "% is to set up logical replication.", properties },
        options,
        output,
      );
    }
    if (operation === "cancel") {
      await demandConsent(`Cancel ${which}${migration.name}? What it brought to the target stays.`, options);
      const properties = { cancel: "True", dbsToCancelMigrationOn: databases ?? migration.databases };
      const wished = { said: `${which}% is being canceled.`, properties };
      return await express(client, migration, wished, options, output);
    }
    if (migration["mode"] === "Offline") {
      throw new UsageError(
        `Cutover is not possible for migration ${migration.name} if the migration_mode set to offline. The migration will cutover automatically`,
      );
    }
    await demandConsent(
      `Cut ${which}${migration.name} over? Later changes on the source are not brought to the target.`,
      options,
    );
    const named = databases === undefined ? {} : { dbsToTriggerCutoverOn: databases };
    const wished = { said: `${which}% is being cut over.`, properties: { triggerCutover: "True", ...named } };
    return await express(client, migration, wished, options, output);
  });
}

/** `howdah migration check-name-availability` */
export function checkNameAvailability(name: string, options: Options, output: Output): Promise<number> {
  const server = demandServer(options.server);
  return withServer(options, output, async (client) => {
    const serverId = await findServerId(client, server, options, output);
    const question = { name, type: MIGRATION_TYPE };
    const answer = await client.arm("POST", `${serverId}/checkMigrationNameAvailability`, question);
    const { nameAvailable, message } = availability.parse(answer);
    printResult({ message: null, reason: null, ...(answer as object) }, options, output, () => [
      nameAvailable ? `"${name}" is available on ${server}.` : (message ?? `"${name}" is not available.`),
    ]);
    return EXIT.succeeded;
  });
}

const availability = z.looseObject({ nameAvailable: z.boolean(), message: z.string().optional() });

function demandServer(server: string | undefined): string {
  if (server !== undefined) return server;
  throw new UsageError("Name the target server with --server-name, or with --name beside --migration-name.");
}
