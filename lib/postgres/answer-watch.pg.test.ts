import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { startTcpProxy } from "@/lib/engine/testing/tcp-proxy";
import { connect } from "./connect";
import { endClient } from "./end-client";
import { ReplicationSession } from "./replication/replication-session";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(18, { settings: { wal_level: "logical" } });
});

afterAll(() => server?.[Symbol.asyncDispose]());

async function startFragile() {
  const proxy = await startTcpProxy(server);
  return { proxy, settings: { ...settingsOf(server), host: proxy.host, port: proxy.port } };
}

test.concurrent("a query on a connection that died in silence fails within seconds", async () => {
  const { proxy, settings } = await startFragile();
  await using _proxy = proxy;
  const client = await connect(settings);
  try {
    proxy.halfOpen("client");
    const began = performance.now();
    await expect(client.query("select 1")).rejects.toThrow(/terminated/);
    expect(performance.now() - began).toBeLessThan(15_000);
  } finally {
    await endClient(client);
  }
});

test.concurrent("so does one on a connection that passes nothing on any more, in either direction", async () => {
  const { proxy, settings } = await startFragile();
  await using _proxy = proxy;
  const client = await connect(settings, { applicationName: "stalled" });
  try {
    proxy.stallOnly("stalled");
    await expect(client.query("select 1")).rejects.toThrow(/terminated/);
  } finally {
    await endClient(client);
  }
});

test.concurrent("a long question on a slow network is left alone", async () => {
  const { proxy, settings } = await startFragile();
  await using _proxy = proxy;
  const client = await connect(settings);
  try {
    proxy.slowTo(64 * 1024);
    const question = `select 1 as n /* ${"long ".repeat(250_000)} */`;
    await expect(client.query(question)).resolves.toMatchObject({ rows: [{ n: 1 }] });
  } finally {
    await endClient(client);
  }
});

test.concurrent("so does a replication command", async () => {
  const { proxy, settings } = await startFragile();
  await using _proxy = proxy;
  await using session = await ReplicationSession.open(settings);
  proxy.halfOpen("client");
  await expect(session.identifySystem()).rejects.toMatchObject({ transient: true });
});

test.concurrent("a long query is left alone", async () => {
  const client = await connect(settingsOf(server));
  try {
    await expect(client.query("select 1 as n from pg_sleep(13)")).resolves.toMatchObject({
      rows: [{ n: 1 }],
    });
  } finally {
    await endClient(client);
  }
});
