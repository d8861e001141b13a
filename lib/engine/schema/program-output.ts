import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { pgDumpError } from "./pg-dump-errors";

/** A pg_dump that writes its dump to standard output and what it has to say to standard error. */
export type PgDumpProcess = ChildProcess & { stdout: Readable; stderr: Readable };

/** Takes in a dump's text, UTF-8 in pieces, while it is written. */
export type DumpReader<T> = (pieces: AsyncIterable<Uint8Array>) => Promise<T>;

export interface ProgramOutput<T> {
  /** What the reader made of the dump. */
  dump: T;
  /** The last of it, when it is much. */
  stderr: string;
}

const STDERR_LIMIT = 65_536;

/**
 * Has `read` take in all that a pg_dump writes until it has ended. Throws the signal's reason when aborted, CodedError when pg_dump
 * could not be started or says that it failed, and else what `read` throws.
 */
export async function outputOf<T>(
  child: PgDumpProcess,
  read: DumpReader<T>,
  signal: AbortSignal,
): Promise<ProgramOutput<T>> {
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_LIMIT);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(pgDumpError(`pg_dump could not be started: ${cause.message}`, cause)),
    );
    child.once("close", resolve);
  });
  const [dump, status] = await Promise.allSettled([readWhole(child.stdout, read), ended]);
  signal.throwIfAborted();
  if (status.status === "rejected") throw status.reason;
  // A dump that broke off reads as it may; what pg_dump says of it is the cause.
  if (status.value !== 0) throw pgDumpError(stderr);
  if (dump.status === "rejected") throw dump.reason;
  return { dump: dump.value, stderr };
}

/** A program whose output nobody takes would not end. */
async function readWhole<T>(stdout: Readable, read: DumpReader<T>): Promise<T> {
  try {
    return await read(stdout.iterator({ destroyOnReturn: false }));
  } finally {
    stdout.resume();
  }
}
