import "./spare-wasm-memory";

import { existsSync } from "node:fs";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { streamOf } from "@/lib/postgres/driver-internals";
import { CodedError } from "@/lib/util/coded-error";
import { decodeDump } from "./decode-dump";
import { endSession } from "./end-session";
import { type PgDumpRequest, pgDumpArguments } from "./pg-dump-arguments";
import { pgDumpError } from "./pg-dump-errors";

/** Major version of the pg_dump inside @electric-sql/pglite-tools; it reads servers up to this one. */
export const WASM_PG_DUMP_MAJOR = 18;

const FAILURE_PREFIX = /^pg_dump failed with exit code -?\d+\.\s*Error message:\s*/;

type WorkerMessage = { piece: Uint8Array } | { ok: true } | { ok: false; message: string };

/** The worker holds no more than a few pieces of text itself; young objects of many megabytes would only fill memory. */
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 4 };

/**
 * Dumps with the WebAssembly pg_dump, over a session opened here, so that every TLS mode and login works.
 * Returns the SQL text. Throws CodedError, and the signal's reason when aborted; the session on the
 * source is gone then.
 */
export async function wasmDump(
  settings: ConnectionSettings,
  request: PgDumpRequest,
  signal: AbortSignal,
): Promise<string> {
  const client = await connect(settings, { applicationName: "howdah pg_dump", signal });
  let pid = 0;
  try {
    const session = await prepareSession(client);
    pid = session.pid;
    return decodeDump(await runWorker(client, session.parameters, pgDumpArguments(request), signal));
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
  await client.query("set statement_timeout = 0");
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

function runWorker(
  client: pg.Client,
  parameters: Record<string, string>,
  args: string[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const { port1, port2 } = new MessageChannel();
  const posted = new SharedArrayBuffer(4);
  const release = relay(takeStream(client), port1, new Int32Array(posted));
  const worker = new Worker(workerFile(), {
    workerData: { args, parameters, port: port2, posted },
    transferList: [port2],
    resourceLimits: WORKER_LIMITS,
    env: {},
    stdout: true,
    stderr: true,
  });
  let onAbort = () => {};
  const pieces: Uint8Array[] = [];
  return new Promise<Uint8Array[]>((resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    worker.on("message", (message: WorkerMessage) => {
      if ("piece" in message) pieces.push(message.piece);
      else if (message.ok) resolve(pieces);
      else reject(pgDumpError(message.message.replace(FAILURE_PREFIX, "")));
    });
    worker.once("error", (error) => reject(pgDumpError(String(error), error)));
    worker.once("exit", () => reject(pgDumpError("")));
  }).finally(async () => {
    signal.removeEventListener("abort", onAbort);
    release();
    port1.close();
    await worker.terminate();
  });
}

/** Passes bytes between socket and worker; returns the function that stops it. */
function relay(stream: Duplex, port: MessagePort, posted: Int32Array): () => void {
  const post = (message: Uint8Array<ArrayBuffer> | null) => {
    port.postMessage(message, message ? [message.buffer] : []);
    Atomics.add(posted, 0, 1);
    Atomics.notify(posted, 0);
  };
  // Copied, because a read is a view on memory that is used again; the copy moves to the worker.
  const onData = (chunk: Buffer) => post(new Uint8Array(chunk));
  const onClose = () => post(null);
  stream.on("data", onData).once("close", onClose);
  port.on("message", (bytes: Uint8Array) => stream.write(bytes));
  return () => {
    stream.off("data", onData).off("close", onClose);
  };
}

/** The socket of a session that is ready for queries, with `pg`'s own reader taken off. */
function takeStream(client: pg.Client): Duplex {
  const stream = streamOf(client);
  stream.removeAllListeners("data");
  return stream;
}

/** Beside this module: the TypeScript source, or the bundle that was built next to the worker's own. */
function workerFile(): URL {
  for (const name of ["./pg-dump-worker.mjs", "./pg-dump-worker.ts"]) {
    const url = new URL(name, import.meta.url);
    if (existsSync(fileURLToPath(url))) return url;
  }
  throw new CodedError("INTERNAL", "The worker file of the built-in pg_dump is missing.");
}
