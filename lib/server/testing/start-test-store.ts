import { randomBytes } from "node:crypto";
import { startTestServer } from "@/lib/embedded/test-server";
import { applyStoreMigrations } from "@/lib/store/apply-migrations";
import { closeStore, openStore } from "@/lib/store/client";
import { closeJobQueue } from "@/lib/store/job-queue";

/** An empty store on a server of its own, made this process's store; disposing closes and deletes it. */
export async function startTestStore(): Promise<AsyncDisposable & { url: string }> {
  process.env["HOWDAH_SECRET_KEY"] = randomBytes(32).toString("hex");
  const server = await startTestServer(18);
  const url = `postgresql://${server.user}:${server.password}@127.0.0.1:${server.port}/postgres`;
  await applyStoreMigrations(url);
  openStore(url);
  return {
    url,
    async [Symbol.asyncDispose]() {
      await closeJobQueue();
      await closeStore();
      await server[Symbol.asyncDispose]();
    },
  };
}
