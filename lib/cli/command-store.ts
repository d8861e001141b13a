import { prepareDataDirectory } from "@/lib/embedded/data-directory";
import { type EmbeddedStore, type OpenStoreOptions, openEmbeddedStore } from "@/lib/embedded/store";
import { applyStoreMigrations } from "@/lib/store/apply-migrations";
import { closeStore, openStore } from "@/lib/store/client";
import { closeJobQueue } from "@/lib/store/job-queue";

/**
 * The server that holds the store: the user's own when DATABASE_URL is set, else the embedded one. Also makes the data
 * directory this process's and its children's, because the key of sealed passwords lies there in either case.
 * Throws CodedError DATA_DIRECTORY_UNUSABLE, STORE_UNAVAILABLE or ALREADY_RUNNING.
 */
export async function openStoreServer(options: OpenStoreOptions = {}): Promise<EmbeddedStore> {
  const own = process.env["DATABASE_URL"];
  const folder = prepareDataDirectory();
  process.env["HOWDAH_DATA_DIR"] = folder;
  if (!own) return await openEmbeddedStore(folder, options);
  return {
    databaseUrl: own,
    lost: new Promise(() => undefined),
    release: () => Promise.resolve(),
  };
}

/** The store, migrated and ready for `store()` until disposed. */
export async function openCommandStore(): Promise<{ databaseUrl: string } & AsyncDisposable> {
  const server = await openStoreServer();
  try {
    await applyStoreMigrations(server.databaseUrl);
    openStore(server.databaseUrl);
  } catch (error) {
    await server.release();
    throw error;
  }
  return {
    databaseUrl: server.databaseUrl,
    async [Symbol.asyncDispose]() {
      await closeJobQueue();
      await closeStore();
      await server.release();
    },
  };
}
