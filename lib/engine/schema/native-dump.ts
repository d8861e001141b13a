import { spawn } from "node:child_process";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { decodeDump } from "./decode-dump";
import type { NativePgDump } from "./find-pg-dump";
import { nativeEnvironment } from "./native-environment";
import { type PgDumpRequest, pgDumpArguments } from "./pg-dump-arguments";
import { pgDumpError } from "./pg-dump-errors";
import { outputOf, type PgDumpProcess } from "./program-output";

export interface NativeDumpResult {
  text: string;
  /** What pg_dump warned of although it succeeded. */
  warnings: string[];
}

/** Milliseconds between SIGTERM, on which pg_dump cancels its query on the server, and SIGKILL. */
const KILL_AFTER_MS = 3_000;

/**
 * Dumps with an installed pg_dump, without a shell and with nothing about the connection in its
 * arguments. `startSettings`: what its session is told at its start.
 * Throws CodedError, and the signal's reason when aborted; the process has ended either way.
 */
export async function nativeDump(
  program: NativePgDump,
  settings: ConnectionSettings,
  request: PgDumpRequest & { startSettings: readonly string[] },
  signal: AbortSignal,
): Promise<NativeDumpResult> {
  signal.throwIfAborted();
  using environment = nativeEnvironment(settings, program.major, request.startSettings);
  const child = spawn(program.path, [...pgDumpArguments(request), "--no-password"], {
    cwd: "/",
    env: environment.variables,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = stopOnAbort(child, signal);
  try {
    const { pieces, stderr, status } = await outputOf(child);
    signal.throwIfAborted();
    if (status !== 0) throw pgDumpError(stderr);
    return { text: decodeDump(pieces), warnings: warningsOf(stderr) };
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
