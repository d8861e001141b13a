import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { startTcpProxy, type TcpProxy } from "@/lib/engine/testing/tcp-proxy";
import type { Server } from "@/lib/generated/prisma/client";
import { registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { type DatabaseSize, fillDatabase } from "./source-database";
import { WorkerPool } from "./worker-pool";

/** Of its major there is usually a native pg_dump. */
const SOURCE_MAJOR = 15;
const TARGET_MAJOR = 17;

export const DATABASE = "app";

/** A server that can be killed and comes back at the same port, behind a proxy that can be cut. */
export interface FragileServer {
  server: TestServer;
  proxy: TcpProxy;
}

/** Store, source, target and workers of a chaos run. */
export interface Rig extends AsyncDisposable {
  store: TestStore;
  source: FragileServer;
  target: FragileServer;
  /** The target as it is registered: behind its proxy. */
  registered: Server;
  workers: WorkerPool;
}

/** Starts everything and fills the source's database. */
export async function startRig(size: DatabaseSize): Promise<Rig> {
  const settings = { autovacuum: "off", shared_buffers: "64MB" };
  const [store, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(SOURCE_MAJOR, { settings }),
    startTestServer(TARGET_MAJOR, { settings }),
  ]);
  const parts = {
    store,
    source: { server: source, proxy: await startTcpProxy(source) },
    target: { server: target, proxy: await startTcpProxy(target) },
    workers: new WorkerPool(store.url),
  };
  const dispose = () => stopRig(parts);
  try {
    await fillDatabase(source, DATABASE, size);
    const { host, port } = parts.target.proxy;
    const registered = await registerServer({ host, port, user: target.user });
    return Object.assign(parts, { registered, [Symbol.asyncDispose]: dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Servers are replaced when they are started again: whatever is there at the end is stopped. */
async function stopRig({
  store,
  source,
  target,
  workers,
}: Pick<Rig, "store" | "source" | "target" | "workers">): Promise<void> {
  await workers[Symbol.asyncDispose]();
  for (const { proxy, server } of [source, target]) {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  }
  await store.server.stop();
  await store[Symbol.asyncDispose]();
}

/** How a test asks a server itself, past its proxy. */
export function directly({ server }: FragileServer, database = DATABASE) {
  return settingsOf(server, database);
}
