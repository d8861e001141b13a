import { connect as connectSocket, createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { connectWithEmptyPath } from "./connect-with-empty-path";
import { endClient } from "./end-client";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(18);
});

afterAll(() => server?.[Symbol.asyncDispose]());

test("the session has no search_path", async () => {
  const client = await connectWithEmptyPath(settingsOf(server));
  const { rows } = await client.query("select current_setting('search_path') as path");
  await endClient(client);
  expect(rows).toEqual([{ path: "" }]);
});

test("a look whose network dies behind the login is given up with its signal", async () => {
  const READY = Buffer.from("Z\0\0\0\x05I");
  const proxy = createServer((client) => {
    const upstream = connectSocket(server.port, server.host);
    client.on("data", (chunk: Buffer) => upstream.write(chunk));
    upstream.on("data", (chunk: Buffer) => {
      client.write(chunk);
      if (chunk.subarray(-READY.length).equals(READY)) client.removeAllListeners("data");
    });
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  const signal = AbortSignal.timeout(1_500);
  const opening = connectWithEmptyPath({ ...settingsOf(server), port }, { isLook: true, signal });
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, "hangs"));
  await expect(Promise.race([opening, late])).rejects.toMatchObject({ name: "TimeoutError" });
  proxy.close();
});
