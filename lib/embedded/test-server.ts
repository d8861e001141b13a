import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedMajor } from "./binaries";
import { type PostgresServer, type PostgresServerOptions, startPostgres } from "./postgres-server";
import { giveToServer } from "./unprivileged";

export type TestServerOptions = Partial<Omit<PostgresServerOptions, "major" | "dataDirectory">> & {
  /** Settings that tests have but this one does not, so that alter system can change them. */
  without?: readonly string[];
};

export interface TestServer extends PostgresServer, AsyncDisposable {
  /** Starts the same cluster on the same port again, after stop() or kill(). */
  restart(settings?: Record<string, string>): Promise<TestServer>;
}

const USUAL = { fsync: "off", wal_level: "logical", max_connections: "100" };

/** A throw-away server for tests, samples and benches: no fsync, C locale, deleted when disposed. */
export async function startTestServer(
  major: EmbeddedMajor,
  { without = [], ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), `howdah-pg${major}-`));
  chmodSync(folder, 0o755);
  giveToServer(folder);
  const usual = Object.fromEntries(Object.entries(USUAL).filter(([name]) => !without.includes(name)));
  const full: PostgresServerOptions = {
    password: randomBytes(12).toString("hex"),
    ...options,
    major,
    dataDirectory: join(folder, "data"),
    settings: { ...usual, ...options.settings },
  };
  return wrap(folder, full, await startPostgres(full));
}

function wrap(folder: string, options: PostgresServerOptions, server: PostgresServer): TestServer {
  return {
    ...server,
    async restart(settings) {
      await server.stop();
      const again = { ...options, port: server.port, settings: { ...options.settings, ...settings } };
      return wrap(folder, again, await startPostgres(again));
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
