import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { pgDumpError } from "./pg-dump-errors";

/** A pg_dump that writes its dump to standard output and what it has to say to standard error. */
export type PgDumpProcess = ChildProcess & { stdout: Readable; stderr: Readable };

export interface ProgramOutput {
  pieces: Uint8Array[];
  /** The last of it, when it is much. */
  stderr: string;
  /** null when a signal ended it. */
  status: number | null;
}

const STDERR_LIMIT = 65_536;

/** All that a pg_dump writes until it has ended. Throws CodedError when it could not be started. */
export async function outputOf(child: PgDumpProcess): Promise<ProgramOutput> {
  const pieces: Uint8Array[] = [];
  let stderr = "";
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_LIMIT);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(pgDumpError(`pg_dump could not be started: ${cause.message}`, cause)),
    );
    child.once("close", resolve);
  });
  return { pieces, stderr, status };
}
