import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { runWriter, type WriterReport } from "./writer";

export interface WritersOptions {
  source: ConnectionSettings;
  seed: number;
  count: number;
  bulkRows: number;
  pauseMs?: number;
  without?: readonly string[];
}

/** Writers at work; disposing stops them. */
export interface Writers extends AsyncDisposable {
  /** From now on, between two transactions of each. */
  pauseMs: number;
  /** Lets each finish its transaction; what they did altogether. Throws what a writer met that no fault explains. */
  stop(): Promise<WriterReport>;
}

/** Starts `count` writers on the source, each with its own session. */
export function startWriters({ pauseMs = 0, count, source, ...options }: WritersOptions): Writers {
  const stop = new AbortController();
  const writers: Writers = {
    pauseMs,
    async stop() {
      stop.abort();
      const reports = await Promise.all(running);
      return reports.reduce((sum, report) => ({
        committed: sum.committed + report.committed,
        rolledBack: sum.rolledBack + report.rolledBack,
        connectionsLost: sum.connectionsLost + report.connectionsLost,
      }));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(running);
    },
  };
  const running = Array.from({ length: count }, (_, at) =>
    runWriter({
      ...options,
      settings: source,
      number: at + 1,
      pauseMs: () => writers.pauseMs,
      signal: stop.signal,
    }),
  );
  // Whoever stops them is told; until then nobody listens.
  for (const writer of running) writer.catch(() => undefined);
  return writers;
}
