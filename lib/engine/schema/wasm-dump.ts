import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { streamOf } from "@/lib/postgres/driver-internals";
import { endSession } from "@/lib/postgres/end-session";
import { CodedError } from "@/lib/util/coded-error";
import { WITHOUT_UNWANTED } from "../session-settings";
import { inheritedEnvironment } from "./native-environment";
import { type PgDumpRequest, pgDumpArguments } from "./pg-dump-arguments";
import { type DumpReader, outputOf, type PgDumpProcess } from "./program-output";

/** Major version of the pg_dump inside @electric-sql/pglite-tools; it reads servers up to this one. */
export const WASM_PG_DUMP_MAJOR = 18;

/** Its compiler and heap as a worker's (spare-wasm-memory.ts); what Node warns of is no message of pg_dump. */
const PROGRAM_FLAGS = ["--liftoff-only", "--max-semi-space-size=1", "--no-warnings"];

/**
 * Dumps with the WebAssembly pg_dump, over a session opened here, so that every TLS mode and login works.
 * Returns what `read` makes of it. Throws CodedError, what `read` throws, and the signal's reason when aborted; the session on
 * the source is gone then.
 */
export async function wasmDump<T>(
  settings: ConnectionSettings,
  request: PgDumpRequest,
  read: DumpReader<T>,
  signal: AbortSignal,
): Promise<T> {
  const client = await connectWithEmptyPath(settings, { applicationName: "howdah pg_dump", signal });
  let pid = 0;
  try {
    const session = await prepareSession(client);
    pid = session.pid;
    const order = { args: pgDumpArguments(request), parameters: session.parameters };
    return await runProgram(client, order, read, signal);
  } catch (error) {
    // pg_dump may be in the middle of a query or waiting for a lock: closing the socket alone would not end that.
    if (pid !== 0) await endSession(settings, pid);
    signal.throwIfAborted();
    throw error;
  } finally {
    streamOf(client).destroy();
  }
}

interface PreparedSession {
  pid: number;
  parameters: Record<string, string>;
}

/** The parameters a server reports at login, asked for again, because `pg` does not keep them. */
async function prepareSession(client: pg.Client): Promise<PreparedSession> {
  await client.query("set role none");
  await client.query(WITHOUT_UNWANTED);
  await client.query("set standard_conforming_strings = on");
  const { rows } = await client.query<{ pid: number; parameters: Record<string, string> }>(
    `select pg_catalog.pg_backend_pid() as pid, pg_catalog.json_object_agg(name, setting) as parameters
     from pg_catalog.pg_settings
     where name = any($1)`,
    [
      [
        "server_version",
        "server_encoding",
        "client_encoding",
        "is_superuser",
        "DateStyle",
        "IntervalStyle",
        "TimeZone",
        "integer_datetimes",
        "standard_conforming_strings",
      ],
    ],
  );
  const row = rows[0];
  if (!row) throw new CodedError("INTERNAL", "The source did not report its parameters.");
  return row;
}

/** What is asked of pg_dump, and what the server told at login. */
interface Order {
  args: string[];
  parameters: Record<string, string>;
}

/** A program that reads what the server sends, and writes what it is to get. */
type RelayedProcess = PgDumpProcess & { stdin: Writable; stdio: { 3: Readable } };

/**
 * Has a program of its own take the dump over a session. The program's memory, 64 MB and more with many tables, goes back to
 * the system with it. The password stays here.
 */
async function runProgram<T>(
  client: pg.Client,
  order: Order,
  read: DumpReader<T>,
  signal: AbortSignal,
): Promise<T> {
  const child = startProgram();
  const abort = () => child.kill("SIGKILL");
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const output = outputOf(child, read, signal);
    relay(takeStream(client), child, order);
    return (await output).dump;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Passes bytes between server and program until one of them closes, the order first. */
function relay(stream: Duplex, { stdin, stdio }: RelayedProcess, order: Order): void {
  const text = Buffer.from(JSON.stringify(order));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  // A program that has ended takes no more and gives no more; its status says why.
  for (const pipe of [stdin, stdio[3]]) pipe.on("error", () => undefined);
  stdin.write(Buffer.concat([length, text]));
  // A server that goes away need not have ended its side before.
  stream.once("close", () => stdin.end());
  stream.pipe(stdin);
  stdio[3].pipe(stream, { end: false });
}

/** The socket of a session that is ready for queries, with `pg`'s own reader taken off. */
function takeStream(client: pg.Client): Duplex {
  const stream = streamOf(client);
  stream.removeAllListeners("data");
  return stream;
}

/** Of a session of its own: what ends its starter from a terminal is the starter's to decide on. It ends with its starter. */
function startProgram(): RelayedProcess {
  return spawn(process.execPath, [...PROGRAM_FLAGS, programFile()], {
    cwd: "/",
    env: inheritedEnvironment(),
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  }) as RelayedProcess;
}

/** Beside this module: the TypeScript source, or the bundle that was built next to the worker's own. */
function programFile(): string {
  for (const name of ["./pg-dump-process.mjs", "./pg-dump-process.ts"]) {
    const file = fileURLToPath(new URL(name, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new CodedError("INTERNAL", "The program file of the built-in pg_dump is missing.");
}
