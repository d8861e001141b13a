import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { startTcpProxy } from "@/lib/engine/testing/tcp-proxy";
import { connect } from "./connect";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(17);
});

afterAll(() => server?.[Symbol.asyncDispose]());

test.each([0, 1, 2, 3, 4, 5, 6, 8, 10, 15])(
  "an abort after %d ms of connecting is answered at once",
  async (ms) => {
    const settings = { ...server, database: "postgres", sslMode: "Prefer" as const };
    const abort = new AbortController();
    const connecting = connect(settings, { applicationName: "aborted", signal: abort.signal });
    const ended = connecting.then((client) => client.end()).catch((error: unknown) => error);
    await sleep(ms);
    abort.abort();
    const outcome = await Promise.race([ended, sleep(2_000, "still connecting")]);
    expect(outcome === undefined || (outcome instanceof Error && outcome.name === "AbortError")).toBe(true);
  },
);

test("and leaves no session behind", async () => {
  const client = await connect({ ...server, database: "postgres", sslMode: "Prefer" });
  const sessions = "select count(*)::int as n from pg_stat_activity where application_name = 'aborted'";
  await expect.poll(async () => (await client.query(sessions)).rows[0].n).toBe(0);
  await client.end();
});

test.each([12, 17] as const)(
  "a server %i that dies before it answers the TLS request is PostgreSQL all the same",
  async (major) => {
    await using dying = await startTestServer(major);
    await using proxy = await startTcpProxy({ host: "127.0.0.1", port: dying.port });
    proxy.stall();
    const { user, password } = dying;
    const { host, port } = proxy;
    const ended = connect({ host, port, user, password, database: "postgres", sslMode: "Prefer" }).catch(
      (error: unknown) => error,
    );
    await sleep(500);
    await dying.kill();
    await sleep(500);
    proxy.resume();
    expect(await ended).toMatchObject({
      code: "CONNECTION_RESET",
      transient: true,
      message: expect.stringContaining("before it had answered"),
    });
  },
);
