import { connect as connectSocket, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { streamOf } from "@/lib/postgres/driver-internals";
import { overrideDefaults, prepareSource, prepareTarget } from "./session-settings";
import { settingsOf } from "./testing/settings-of";
import { runSql, withSession } from "./testing/with-session";

/** Type, length and state of ReadyForQuery. */
const READY_BYTES = 6;
const READY_TYPE = 0x5a;
const DELAY_MS = 100;

let server: TestServer;
let proxy: Server;

beforeAll(async () => {
  server = await startTestServer(17);
  await runSql(settingsOf(server), "create role plain login password 'plain'");
  proxy = createServer((client) => {
    const upstream = connectSocket(server.port, server.host);
    client.pipe(upstream);
    let sent = Promise.resolve();
    upstream.on("data", (chunk: Buffer) => {
      const cut = chunk.length - READY_BYTES;
      const isCut = cut > 0 && chunk[cut] === READY_TYPE;
      sent = sent.then(async () => {
        client.write(isCut ? chunk.subarray(0, cut) : chunk);
        if (!isCut) return;
        await sleep(DELAY_MS);
        client.write(chunk.subarray(cut));
      });
    });
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  proxy?.close();
  await server?.[Symbol.asyncDispose]();
});

test("a refused setting leaves nothing to come, even when ReadyForQuery is late", async () => {
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const login = { user: "plain", password: "plain", host: "127.0.0.1", port: address.port };
  const client = await connect({ ...settingsOf(server), ...login });
  try {
    await prepareTarget(client);
    const late: Buffer[] = [];
    streamOf(client).on("data", (chunk: Buffer) => late.push(chunk));
    await sleep(3 * DELAY_MS);
    expect(Buffer.concat(late).length).toBe(0);
  } finally {
    await client.end();
  }
});

test.each([
  ["reads", prepareSource],
  ["writes", prepareTarget],
  ["works beside", overrideDefaults],
])("a session that %s compiles no plans and is not ended for taking long", async (_, prepare) => {
  const { rows } = await withSession(settingsOf(server), async (client) => {
    await client.query("set jit = on; set statement_timeout = '1h'");
    await prepare(client);
    return client.query(
      "select pg_catalog.current_setting('jit') as jit, pg_catalog.current_setting('statement_timeout') as timeout",
    );
  });
  expect(rows).toEqual([{ jit: "off", timeout: "0" }]);
});
