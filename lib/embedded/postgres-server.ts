import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type EmbeddedMajor, postgresHome } from "./binaries";
import { findFreePort } from "./free-port";
import { disownLock, stopPostmaster } from "./postmaster";
import { giveToServer, unprivilegedIdentity } from "./unprivileged";

export interface PostgresServerOptions {
  major: EmbeddedMajor;
  /** Folder with bin/postgres and bin/initdb of that major; default: that of the npm package. */
  home?: string;
  /** Created by initdb when it does not exist; its parent must be reachable by the server's user. */
  dataDirectory: string;
  /** Superuser's name and password; the password is only used when the cluster is created. */
  user?: string;
  password: string;
  /** 0 or absent: a free port is chosen. */
  port?: number;
  /** Server parameters, e.g. { fsync: "off" }. */
  settings?: Record<string, string>;
  /** PEM texts; turns ssl on. */
  tls?: { certificate: string; key: string };
  /** Replaces pg_hba.conf; default: scram-sha-256 on loopback. */
  hba?: string[];
  /** Extra initdb arguments, e.g. ["--locale=C", "-E", "UTF8"]. */
  initdbArguments?: string[];
  /** Variables of the server's environment beside those it always has. */
  environment?: Readonly<Record<string, string>>;
  /** Out of the terminal's process group: Ctrl-C then reaches the caller alone, who stops the server when it is done with it. */
  detached?: boolean;
}

export interface PostgresServer {
  host: string;
  port: number;
  user: string;
  password: string;
  major: EmbeddedMajor;
  dataDirectory: string;
  pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  exited: Promise<void>;
  /** Fast shutdown: sessions are ended, a checkpoint is written. Idempotent. */
  stop(): Promise<void>;
  /** kill -9 of the postmaster; its children end by themselves. */
  kill(): Promise<void>;
  /** What the server wrote to its log so far (last 64 KB). */
  log(): string;
}

const LOG_LIMIT = 65_536;
const START_TIMEOUT_MS = 60_000;
/** A standby accepts sessions that only read. */
const READY = /database system is ready to accept (?:read[- ]only )?connections/;
const LAUNCH_ATTEMPTS = 40;

/**
 * Starts a real PostgreSQL from the npm binaries on loopback, creating the cluster first when needed.
 * A server left over in the same directory by a killed parent is shut down first.
 * Throws an Error with the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresServerOptions): Promise<PostgresServer> {
  const home = options.home ?? postgresHome(options.major);
  const user = options.user ?? "postgres";
  if (!existsSync(join(options.dataDirectory, "PG_VERSION"))) await createCluster(home, user, options);
  await stopPostmaster(options.dataDirectory);
  disownLock(options.dataDirectory);
  writeAccess(options);

  const port = options.port || (await findFreePort());
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    ...(options.tls ? { ssl: "on", ssl_cert_file: "server.crt", ssl_key_file: "server.key" } : {}),
    ...options.settings,
  };
  const args = [
    "-D",
    options.dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const { child, exited, log } = await launch(join(home, "bin", "postgres"), args, options);

  return {
    host: "127.0.0.1",
    port,
    user,
    password: options.password,
    major: options.major,
    dataDirectory: options.dataDirectory,
    pid: child.pid ?? 0,
    exited,
    log,
    async stop() {
      child.ref();
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
      await exited;
    },
    async kill() {
      child.ref();
      child.kill("SIGKILL");
      await exited;
    },
  };
}

interface Launched {
  child: ChildProcess;
  exited: Promise<void>;
  log(): string;
}

/** Backends of a postmaster killed a moment ago hold its shared memory until they notice; the server is begun again then. */
async function launch(command: string, args: string[], options: PostgresServerOptions): Promise<Launched> {
  for (let attempt = 1; ; attempt += 1) {
    const child = spawn(command, args, {
      ...childOptions(options.environment),
      detached: options.detached ?? false,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    const log = () => text;
    child.stderr.setEncoding("utf8").on("data", (more: string) => {
      text = (text + more).slice(-LOG_LIMIT);
    });
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    try {
      await waitUntilReady(child, log, options.major);
      if (options.detached) letOutlive(child);
      return { child, exited, log };
    } catch (error) {
      if (!text.includes("pre-existing shared memory block") || attempt === LAUNCH_ATTEMPTS) throw error;
      await sleep(250);
    }
  }
}

/** The server may serve others after its starter has ended, so it does not keep the starter running either. */
function letOutlive(child: ChildProcess): void {
  child.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
}

function childOptions(more: Readonly<Record<string, string>> = {}) {
  // Next's typings demand a NODE_ENV of every environment; a server has no use for it.
  const env = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin", ...more } as unknown as NodeJS.ProcessEnv;
  return { cwd: "/", env, ...unprivilegedIdentity() };
}

/** Makes a cluster at `options.dataDirectory` with initdb of `home`; it is there completely or not at all. Throws an Error with what initdb said. */
export async function createCluster(
  home: string,
  user: string,
  options: PostgresServerOptions,
): Promise<void> {
  const building = `${options.dataDirectory}.initdb`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(dirname(building), { recursive: true, mode: 0o755 });
  mkdirSync(building, { mode: 0o700 });
  giveToServer(building);
  const secrets = mkdtempSync(join(tmpdir(), "howdah-initdb-"));
  giveToServer(secrets);
  const passwordFile = join(secrets, "password");
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  giveToServer(passwordFile);
  const args = ["-D", building, "-U", user, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  args.push(...(options.initdbArguments ?? ["-E", "UTF8", "--locale=C"]));
  if (options.settings?.["fsync"] === "off") args.push("--no-sync");
  try {
    await run(join(home, "bin", "initdb"), args);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
  // Renamed only when complete: an interrupted initdb is begun again next time.
  rmSync(options.dataDirectory, { recursive: true, force: true });
  renameSync(building, options.dataDirectory);
}

function writeAccess(options: PostgresServerOptions): void {
  const lines = options.hba ?? [
    "host all all 127.0.0.1/32 scram-sha-256",
    "host replication all 127.0.0.1/32 scram-sha-256",
  ];
  const files: [string, string][] = [["pg_hba.conf", `${lines.join("\n")}\n`]];
  if (options.tls) files.push(["server.crt", options.tls.certificate], ["server.key", options.tls.key]);
  for (const [name, text] of files) {
    const path = join(options.dataDirectory, name);
    writeFileSync(path, text, { mode: 0o600 });
    giveToServer(path);
  }
}

async function waitUntilReady(child: ChildProcess, log: () => string, major: number): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`PostgreSQL ${major} ended with code ${code}:\n${log()}`)));
  });
  failed.catch(() => undefined);
  const ready = (async () => {
    for (let waited = 0; waited < START_TIMEOUT_MS; waited += 20) {
      if (READY.test(log())) return;
      await sleep(20);
    }
    child.kill("SIGKILL");
    throw new Error(`PostgreSQL ${major} was not ready after ${START_TIMEOUT_MS / 1000} s:\n${log()}`);
  })();
  await Promise.race([ready, failed]);
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...childOptions(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-LOG_LIMIT);
      });
    }
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with code ${code}:\n${output}`)),
    );
  });
}
