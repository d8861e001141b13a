import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { EmbeddedMajor } from "./binaries";
import { copyCluster } from "./cluster-template";
import { type PostgresServer, type PostgresServerOptions, startPostgres } from "./postgres-server";
import { giveToServer } from "./unprivileged";

export type TestServerOptions = Partial<Omit<PostgresServerOptions, "major" | "dataDirectory">> & {
  /** Settings that tests have but this one does not, so that alter system can change them. */
  without?: readonly string[];
  /** Writes as safely, and buffers as much, as PostgreSQL does by default; for measurements. */
  durable?: boolean;
};

export interface TestServer extends PostgresServer, AsyncDisposable {
  /** Starts the same cluster on the same port again, after stop() or kill(). */
  restart(settings?: Record<string, string>): Promise<TestServer>;
}

const USUAL = { wal_level: "logical", max_connections: "100" };

/** For servers whose machine will not crash and of which many run side by side. */
const CHEAP = { fsync: "off", full_page_writes: "off", wal_init_zero: "off", shared_buffers: "32MB" };

/** A throw-away server for tests, samples and benches: no fsync unless durable, C locale, deleted when disposed. */
export async function startTestServer(
  major: EmbeddedMajor,
  { without = [], durable = false, ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), `howdah-pg${major}-`));
  chmodSync(folder, 0o755);
  giveToServer(folder);
  const defaults = Object.entries(durable ? USUAL : { ...CHEAP, ...USUAL });
  const usual = Object.fromEntries(defaults.filter(([name]) => !without.includes(name)));
  const full: PostgresServerOptions = {
    password: randomBytes(12).toString("hex"),
    ...options,
    major,
    dataDirectory: join(folder, "data"),
    settings: { ...usual, ...options.settings },
  };
  // The first password is set over a connection, which only the usual pg_hba.conf is known to let in.
  const copyable = !options.hba && !options.initdbArguments && !options.home;
  const inherited = copyable ? await copyCluster(major, full.user ?? "postgres", full.dataDirectory) : null;
  const server = await startPostgres(full);
  if (inherited !== null) await setPassword(server, inherited);
  return wrap(folder, full, server);
}

/** Servers do not share a password: a test would not see that one was taken for the other. */
async function setPassword(server: PostgresServer, inherited: string): Promise<void> {
  const { host, port, user } = server;
  // As initdb does it: a SCRAM verifier, and nothing of it in the log, whatever the server's settings.
  const options =
    "-c password_encryption=scram-sha-256 -c log_statement=none -c log_min_duration_statement=-1";
  const client = new pg.Client({ host, port, user, password: inherited, database: "postgres", options });
  try {
    await client.connect();
    const [role, password] = [pg.escapeIdentifier(user), pg.escapeLiteral(server.password)];
    await client.query(`alter role ${role} password ${password}`);
    await client.end();
  } catch (error) {
    await server.stop();
    throw error;
  }
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
