import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import type { ExportedMigration } from "./exported-migration";

/** The properties file of `howdah migration create`, and of az, to which the passwords are still to be added. */
export function propertiesFile({
  properties,
  sourceServerUsername,
  targetServerUsername,
}: ExportedMigration): string {
  const logins = {
    ...(sourceServerUsername === null ? {} : { sourceServerUsername }),
    ...(targetServerUsername === null ? {} : { targetServerUsername }),
  };
  const { migrationInstanceResourceId, ...others } = properties;
  const all = {
    ...others,
    ...(migrationInstanceResourceId === undefined
      ? {}
      : { migrationRuntimeResourceId: migrationInstanceResourceId }),
    secretParameters: { adminCredentials: {}, ...logins },
  };
  return `${JSON.stringify({ properties: all }, null, 2)}\n`;
}

/** A script for a POSIX shell: writes the properties file, then creates the migration with it. Passwords are asked for. */
export function cliCommand(migration: ExportedMigration): string {
  const { subscriptionId, resourceGroup, serverName, name, location, tags, properties } = migration;
  const file = `${name}.json`;
  const isLocal =
    subscriptionId === LOCAL_SUBSCRIPTION_ID && resourceGroup.toLowerCase() === LOCAL_RESOURCE_GROUP;
  const words = [
    ...(isLocal ? [] : ["--subscription", subscriptionId]),
    "--resource-group",
    resourceGroup,
    "--server-name",
    serverName,
    "--name",
    name,
    ...(location === "local" ? [] : ["--location", location]),
    ...Object.entries(tags).flatMap(([key, value]) => ["--tags", `${key}=${value}`]),
    "--migration-mode",
    String(properties["migrationMode"] ?? "Offline"),
    "--migration-option",
    String(properties["migrationOption"] ?? "ValidateAndMigrate"),
    "--properties",
    file,
  ];
  const lines: string[] = [];
  for (let index = 0; index < words.length; index += 2) {
    lines.push(`  ${words[index] ?? ""} ${shellWord(words[index + 1] ?? "")}`);
  }
  return `cat > ${shellWord(file)} <<'END'
${propertiesFile(migration)}END
# Passwords come from HOWDAH_SOURCE_PASSWORD and HOWDAH_TARGET_PASSWORD or ~/.pgpass, else you are asked.
howdah migration create \\
${lines.join(" \\\n")}
`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
