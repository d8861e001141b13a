import { openStoreServer } from "@/lib/cli/command-store";
import { UsageError } from "@/lib/cli/usage-error";
import { applyStoreMigrations } from "@/lib/store/apply-migrations";

/** Address of the store of a process that runs alone, migrated. Throws UsageError without DATABASE_URL. */
export async function requiredStore(): Promise<string> {
  if (!process.env["DATABASE_URL"]) {
    throw new UsageError(
      "DATABASE_URL is not set. It names the PostgreSQL database that holds Howdah's store; `howdah start` brings its own.",
    );
  }
  const { databaseUrl } = await openStoreServer();
  await applyStoreMigrations(databaseUrl);
  return databaseUrl;
}
