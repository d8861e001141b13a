import { UsageError } from "@/lib/cli/usage-error";
import type { MigrationAnswer, MigrationRow } from "./answers";
import type { HowdahClient } from "./howdah-client";

/**
 * The migration called `name`, without regard to case, or with that id. Throws UsageError when there is none or, on several target
 * servers, more than one; RequestRefused.
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
    throw new UsageError(`There is no migration "${name}"${where}; \`howdah migration list\` lists them.`);
  }
  if (others.length === 0) return only;
  const servers = found.map((migration) => migration.targetName).join(", ");
  throw new UsageError(`Several targets have a migration "${name}": choose one of ${servers} with --server.`);
}
