import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { slotHealth } from "@/lib/engine/cdc/slots";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { CodedError } from "@/lib/util/coded-error";

const LOOK_MS = 5_000;
/** Part of the limit at which is warned. */
export const WARN_AT = 0.75;

export interface WalGuardOptions {
  source: ConnectionSettings;
  /** Of the slot, which need not exist yet. */
  name: string;
  limitBytes: number;
  /** Called once. */
  onWarning: (retainedBytes: number, limitBytes: number) => void;
}

/**
 * Watches what the source keeps for a slot that nobody reads yet, while rows are copied; `exceeded` is aborted with CodedError
 * WAL_BUDGET_EXCEEDED beyond the limit. A source that cannot be asked is asked again.
 */
export function guardWal(options: WalGuardOptions): { exceeded: AbortSignal } & AsyncDisposable {
  const exceeded = new AbortController();
  const stop = new AbortController();
  const watching = watch(options, exceeded, stop.signal);
  return {
    exceeded: exceeded.signal,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}

async function watch(options: WalGuardOptions, exceeded: AbortController, stop: AbortSignal): Promise<void> {
  let client: pg.Client | null = null;
  let warned = false;
  while (!stop.aborted && !exceeded.signal.aborted) {
    try {
      client ??= await connectWithEmptyPath(options.source, {
        signal: stop,
        applicationName: "howdah WAL guard",
      });
      const retained = Number((await slotHealth(client, options.name))?.retainedBytes ?? 0);
      if (!warned && retained >= options.limitBytes * WARN_AT) {
        warned = true;
        options.onWarning(retained, options.limitBytes);
      }
      if (retained > options.limitBytes) exceeded.abort(walExceeded(retained, options.limitBytes));
    } catch {
      if (client) await endClient(client);
      client = null;
    }
    await sleep(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  if (client) await endClient(client);
}

/** The error a database ends with whose slot has become too expensive for its source. */
function walExceeded(retainedBytes: number, limitBytes: number): CodedError {
  return new CodedError(
    "WAL_BUDGET_EXCEEDED",
    `The source keeps ${formatBytes(retainedBytes)} of WAL for the migration; ${formatBytes(limitBytes)} were allowed.`,
  );
}
