import { spawn } from "node:child_process";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { NativePgDump } from "./find-pg-dump";
import { nativeEnvironment } from "./native-environment";
import { type PgDumpRequest, pgDumpArguments } from "./pg-dump-arguments";
import { type DumpReader, outputOf, type PgDumpProcess } from "./program-output";

export interface NativeDumpResult<T> {
  /** What `read` made of it. */
  dump: T;
  /** What pg_dump warned of although it succeeded. */
  warnings: string[];
}

/** Milliseconds between SIGTERM, on which pg_dump cancels its query on the server, and SIGKILL. */
const KILL_AFTER_MS = 3_000;

/**
 * Dumps with an installed pg_dump, without a shell and with nothing about the connection in its
 * arguments. `startSettings`: what its session is told at its start.
 * Throws CodedError, what `read` throws, and the signal's reason when aborted; the process has ended either way.
 */
export async function nativeDump<T>(
  program: NativePgDump,
  settings: ConnectionSettings,
  request: PgDumpRequest & { startSettings: readonly string[] },
  read: DumpReader<T>,
  signal: AbortSignal,
): Promise<NativeDumpResult<T>> {
  signal.throwIfAborted();
  using environment = nativeEnvironment(settings, program.major, request.startSettings);
  const child = spawn(program.path, [...pgDumpArguments(request), "--no-password"], {
    cwd: "/",
    env: environment.variables,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = stopOnAbort(child, signal);
  try {
    const { dump, stderr } = await outputOf(child, read, signal);
    return { dump, warnings: warningsOf(stderr) };
  } finally {
    stop();
  }
}

function stopOnAbort(child: PgDumpProcess, signal: AbortSignal): () => void {
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGTERM");
    killer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  return () => {
    signal.removeEventListener("abort", stop);
    clearTimeout(killer);
  };
}

function warningsOf(stderr: string): string[] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("pg_dump: "))
    .map((line) => line.slice("pg_dump: ".length));
}
