import { UsageError } from "@/lib/cli/usage-error";

/** The options that name a migration and its target server, in both generations of az, and Howdah's own. */
export interface NameOptions {
  /** The server; beside --server-name, or alone where a migration is needed, the migration. */
  name?: string;
  serverName?: string;
  /** The same as serverName. */
  server?: string;
  migrationName?: string;
}

export interface MigrationNames {
  server: string | undefined;
  migration: string | undefined;
}

/**
 * What is meant by --name: with --server-name it is the migration (az 2.86 and later), beside --migration-name or a name given by
 * itself it is the server (az before). `alone` tells what it is when it stands alone. Throws UsageError when something is named twice.
 */
export function resolveNames(
  options: NameOptions,
  argument: string | undefined,
  alone: "server" | "migration",
): MigrationNames {
  const named = [argument, options.migrationName].filter((name) => name !== undefined);
  const servers = [options.serverName, options.server].filter((name) => name !== undefined);
  if (named.length > 1)
    throw new UsageError("The migration is named twice: give it by itself or with --migration-name.");
  if (servers.length > 1)
    throw new UsageError("The server is named twice: --server and --server-name are the same.");
  const [migration] = named;
  const [server] = servers;
  if (options.name === undefined) return { server, migration };
  if (server !== undefined && migration !== undefined) {
    throw new UsageError("--name is too many: the server and the migration are both named already.");
  }
  if (server !== undefined) return { server, migration: options.name };
  if (migration !== undefined || alone === "server") return { server: options.name, migration };
  return { server, migration: options.name };
}
