import { afterAll, beforeAll } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer, type TestServerOptions } from "@/lib/embedded/test-server";

/** Two servers for all tests of a file. */
export interface ServerPair {
  readonly source: TestServer;
  readonly target: TestServer;
}

/** Starts both before the first test of the file that calls it and ends them after the last; they are there within tests only. */
export function serversForFile(
  from: EmbeddedMajor,
  to: EmbeddedMajor,
  options: TestServerOptions = {},
): ServerPair {
  let servers: TestServer[] = [];
  beforeAll(async () => {
    servers = await Promise.all([startTestServer(from, options), startTestServer(to, options)]);
  });
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
  const at = (index: number): TestServer => {
    const server = servers[index];
    if (!server) throw new Error("the servers are started before the first test");
    return server;
  };
  return {
    get source() {
      return at(0);
    },
    get target() {
      return at(1);
    },
  };
}
