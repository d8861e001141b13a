import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { Address } from "@/lib/engine/testing/far-network";
import { startTcpProxy } from "@/lib/engine/testing/tcp-proxy";
import { lockTargetDatabase, type TargetLock } from "./lock-target-database";

const FIRST = "01a1fd24-c3e9-7602-97e3-d217cb885360";
const SECOND = "01a1fd24-c3e9-7602-97e3-d217cb885361";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(17);
});

afterAll(() => server?.[Symbol.asyncDispose]());

function lock(name: string, migrationId: string, { host, port }: Address = server): Promise<TargetLock> {
  const target = { ...server, host, port, database: "postgres", sslMode: "Prefer" as const };
  return lockTargetDatabase({ target, name, migrationId, signal: AbortSignal.timeout(30_000) });
}

it("lets one migration at a time into a database, and others into others", async () => {
  const held = await lock("orders", FIRST);
  await expect(lock("orders", SECOND)).rejects.toMatchObject({
    code: "TARGET_DATABASE_BUSY",
    transient: true,
  });
  const other = await lock("Orders", SECOND);
  await other[Symbol.asyncDispose]();
  await held[Symbol.asyncDispose]();
  const again = await lock("orders", SECOND);
  await again[Symbol.asyncDispose]();
});

it("takes over from a lost worker of the same migration", async () => {
  const lost = await lock("orders", FIRST);
  const own = await lock("orders", FIRST);
  await expect(lock("orders", SECOND)).rejects.toMatchObject({ code: "TARGET_DATABASE_BUSY" });
  await own[Symbol.asyncDispose]();
  await lost[Symbol.asyncDispose]();
});

it("is told within seconds that the lock's connection died in silence", async () => {
  await using proxy = await startTcpProxy(server);
  await using held = await lock("invoices", FIRST, proxy);
  const { promise, resolve } = Promise.withResolvers<unknown>();
  held.lost.addEventListener("abort", () => resolve(held.lost.reason), { once: true });
  proxy.halfOpen("client");
  await expect(promise).resolves.toMatchObject({ code: "CONNECTION_LOST", subject: "invoices" });
  await using _next = await lock("invoices", SECOND);
});
