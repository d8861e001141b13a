import { randomBytes } from "node:crypto";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { Server } from "@/lib/generated/prisma/client";
import type { MigrationCreateInput } from "@/lib/migrations/contract";
import { migrationCreateBody } from "@/lib/migrations/contract";
import { applyStoreMigrations } from "../apply-migrations";
import { closeStore, openStore, store } from "../client";
import { closeJobQueue } from "../job-queue";

export interface TestStore extends AsyncDisposable {
  url: string;
  server: TestServer;
}

/** A store of its own for one test file, with the schema applied and a key in the environment. */
export async function startTestStore(): Promise<TestStore> {
  const server = await startTestServer(18, { user: "howdah" });
  const url = urlOf(server, "postgres");
  process.env["HOWDAH_SECRET_KEY"] = randomBytes(32).toString("hex");
  await applyStoreMigrations(url);
  openStore(url);
  return {
    url,
    server,
    async [Symbol.asyncDispose]() {
      await closeJobQueue();
      await closeStore();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Connection URL of a test server's database. */
export function urlOf(server: TestServer, database: string): string {
  return `postgresql://${server.user}:${server.password}@${server.host}:${server.port}/${database}`;
}

/** Registers `target` as a server of the local subscription. */
export async function registerServer(target: Pick<TestServer, "host" | "port" | "user">): Promise<Server> {
  const name = `target-${randomBytes(4).toString("hex")}`;
  return await store().server.create({
    data: {
      subscriptionId: "00000000-0000-0000-0000-000000000000",
      resourceGroup: "local",
      key: `00000000-0000-0000-0000-000000000000/local/${name}`,
      name,
      host: target.host,
      port: target.port,
      administratorLogin: target.user,
    },
  });
}

/** An accepted creation body for the two servers; `properties` override. */
export function bodyOf(
  source: Pick<TestServer, "host" | "port" | "user" | "password">,
  target: Pick<TestServer, "password">,
  properties: Partial<MigrationCreateInput["properties"]> = {},
) {
  return migrationCreateBody.parse({
    properties: {
      sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
      secretParameters: {
        adminCredentials: {
          sourceServerPassword: source.password,
          targetServerPassword: target.password,
        },
      },
      dbsToMigrate: ["app"],
      ...properties,
    },
  });
}

/** Every row of every table of the store and of its queue, as text; to look for what must not be there. */
export async function dumpStore(): Promise<string> {
  const tables = await store().$queryRaw<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')`;
  const rows: { row: string }[] = [];
  for (const { name } of tables) {
    rows.push(...(await store().$queryRawUnsafe<{ row: string }[]>(`select t::text as row from ${name} t`)));
  }
  return rows.map(({ row }) => row).join("\n");
}
