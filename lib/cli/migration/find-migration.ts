import { UsageError } from "@/lib/cli/usage-error";
import { CodedError } from "@/lib/util/coded-error";
import type { MigrationAnswer, MigrationRow } from "./answers";
import type { HowdahClient } from "./howdah-client";

/**
 * The migration called `name`, without regard to case, or with that id. Throws CodedError MIGRATION_NOT_FOUND; UsageError when there
 * is more than one, on several target servers; RequestRefused.
 */
export async function findMigration(
  client: HowdahClient,
  name: string,
  server: string | undefined,
): Promise<{ migration: MigrationAnswer; raw: unknown }> {
  const { migrations } = await client.list();
  return await client.read(chooseMigration(migrations, name, server).id);
}

/** The one of `migrations` that is meant; exported for tests. */
export function chooseMigration<Row extends Pick<MigrationRow, "id" | "name" | "targetName">>(
  migrations: readonly Row[],
  name: string,
  server: string | undefined,
): Row {
  const wanted = name.toLowerCase();
  const found = migrations.filter(
    (migration) =>
      (migration.name.toLowerCase() === wanted || migration.id === wanted) &&
      (server === undefined || migration.targetName.toLowerCase() === server.toLowerCase()),
  );
  const [only, ...others] = found;
  if (!only) {
    const where = server === undefined ? "" : ` with the target ${server}`;
    throw new CodedError(
      "MIGRATION_NOT_FOUND",
      `There is no migration "${name}"${where}; \`howdah migration list --filter All\` lists them.`,
      { subject: name },
    );
  }
  if (others.length === 0) return only;
  const servers = found.map((migration) => migration.targetName).join(", ");
  throw new UsageError(`Several targets have a migration "${name}": choose one of ${servers} with --server.`);
}
