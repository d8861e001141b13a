import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { startPostgres } from "./postgres-server";
import { findPostmaster, stopPostmaster } from "./postmaster";
import { withStartLock } from "./start-lock";
import { prepareStoreCredentials, readStoreCredentials, type StoreCredentials } from "./store-credentials";

/** The embedded store as one process holds it; the server may be shared with other processes of the same data directory. */
export interface EmbeddedStore {
  /** For Prisma, pg and pg-boss. Holds the password: goes into the environment of children, never into argv or a log. */
  databaseUrl: string;
  /** Resolves when the server went away although nobody here let go of it. */
  lost: Promise<void>;
  /** Lets go. The last holder shuts the server down. Idempotent. */
  release(): Promise<void>;
}

export interface OpenStoreOptions {
  /** Allow no second process that asks for this, e.g. a second `howdah start`; sharing with others stays possible. */
  exclusive?: boolean;
  signal?: AbortSignal;
}

const USER = "howdah";
const DATABASE = "howdah";
/** Advisory locks are how holders see each other: the server lets go of a killed process's lock by itself. */
const HOLDER_LOCK = 727_001;
const EXCLUSIVE_LOCK = 727_002;
/** Crash recovery of a store this small takes seconds at most; a postmaster that refuses longer is broken. */
const RECOVERY_TIMEOUT_MS = 60_000;

const SETTINGS = {
  max_connections: "100",
  // The store holds rows of progress, not data: small buffers keep an idle Howdah small.
  shared_buffers: "32MB",
  idle_session_timeout: "0",
} as const;

/**
 * Opens the embedded store of a prepared data directory: attaches to its server when one runs (left by a killed launcher or
 * used by another command), else creates and starts it. Throws CodedError ALREADY_RUNNING when `exclusive` is held
 * elsewhere, STORE_UNAVAILABLE when the server does not come up.
 */
export async function openEmbeddedStore(
  folder: string,
  options: OpenStoreOptions = {},
): Promise<EmbeddedStore> {
  const { signal } = options;
  const running = await attach(folder, signal);
  if (running) return await hold(folder, running, options);
  const started = await withStartLock(
    join(folder, "store.starting"),
    async () => (await attach(folder, signal)) ?? (await start(folder)),
    signal,
  );
  return await hold(folder, started, options);
}

interface Session {
  client: pg.Client;
  credentials: StoreCredentials;
}

function clusterOf(folder: string): string {
  return join(folder, "store");
}

/** A session that counts as a holder, on the server that runs already; null when none runs. */
async function attach(folder: string, signal?: AbortSignal): Promise<Session | null> {
  const credentials = readStoreCredentials(folder);
  if (!credentials) return null;
  for (let waited = 0; waited < RECOVERY_TIMEOUT_MS; waited += 100) {
    signal?.throwIfAborted();
    // The lock file is asked first, so that the password is never offered to a stranger on the same port.
    if (findPostmaster(clusterOf(folder))?.port !== credentials.port) return null;
    const client = await tryOpenSession(credentials);
    if (client) return { client, credentials };
    await sleep(100, undefined, signal ? { signal } : {});
  }
  throw new CodedError("STORE_UNAVAILABLE", "The embedded store's server runs but accepts no connection.");
}

async function start(folder: string): Promise<Session> {
  const credentials = await prepareStoreCredentials(folder);
  try {
    await startPostgres({
      major: 18,
      dataDirectory: clusterOf(folder),
      user: USER,
      password: credentials.password,
      port: credentials.port,
      settings: SETTINGS,
      detached: true,
    });
    await createDatabase(credentials);
    const client = await tryOpenSession(credentials);
    if (client) return { client, credentials };
    throw new Error("the server ended right after its start");
  } catch (cause) {
    // It may have come up and failed later; nobody would be there to stop it.
    await stopPostmaster(clusterOf(folder)).catch(() => undefined);
    throw new CodedError("STORE_UNAVAILABLE", `The embedded store does not start: ${text(cause)}`, { cause });
  }
}

/** null while the server starts, recovers or shuts down. */
async function tryOpenSession(credentials: StoreCredentials): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: urlOf(credentials, DATABASE),
    application_name: "howdah holder",
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select pg_advisory_lock_shared($1)", [HOLDER_LOCK]);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const { code } = error as { code?: unknown };
    // The launcher before was killed between the server's start and this.
    if (code === "3D000") await createDatabase(credentials);
    if (code === "28P01" || code === "28000") {
      throw new CodedError(
        "STORE_UNAVAILABLE",
        `The embedded store refuses its own password: ${text(error)}`,
        {
          cause: error,
        },
      );
    }
    return null;
  }
}

async function createDatabase(credentials: StoreCredentials): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(credentials, "postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function hold(
  folder: string,
  { client, credentials }: Session,
  options: OpenStoreOptions,
): Promise<EmbeddedStore> {
  if (options.exclusive) await takeExclusive(client);
  let released: Promise<void> | undefined;
  const lost = new Promise<void>((resolve) => {
    client.once("end", () => {
      if (!released) resolve();
    });
  });
  return {
    databaseUrl: urlOf(credentials, DATABASE),
    lost,
    release() {
      released ??= letGo(client, folder);
      return released;
    },
  };
}

async function takeExclusive(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [
    EXCLUSIVE_LOCK,
  ]);
  if (rows[0]?.taken) return;
  await client.end();
  throw new CodedError("ALREADY_RUNNING", "Howdah already runs on this data directory.");
}

async function letGo(client: pg.Client, folder: string): Promise<void> {
  const last = await isLastHolder(client);
  if (last) await stopPostmaster(clusterOf(folder));
  await client.end().catch(() => undefined);
}

/** A server that has gone has no holders to ask, and stopping it again does no harm. */
async function isLastHolder(client: pg.Client): Promise<boolean> {
  try {
    await client.query("select pg_advisory_unlock_shared($1)", [HOLDER_LOCK]);
    const { rows } = await client.query<{ last: boolean }>("select pg_try_advisory_lock($1) as last", [
      HOLDER_LOCK,
    ]);
    return rows[0]?.last === true;
  } catch {
    return false;
  }
}

function urlOf({ port, password }: StoreCredentials, database: string): string {
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
