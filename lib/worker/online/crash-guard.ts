import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

/** Milliseconds: so long after a crash the streams of a source are opened one after another. */
const SUSPICION_MS = 600_000;

/** Milliseconds: what has not crashed the source until then is not what does. */
const TRIAL_MS = 60_000;

/** Milliseconds between a crash and the moment its recovery is dated, and more. */
const MARGIN_MS = 5_000;

/**
 * Finds out whose changes crash a source: a crash ends all of its sessions, so that nobody knows whose it was. After one each
 * stream is opened by itself and has its trial; a crash meanwhile is its own. Shared by all migrations of a worker.
 */
export class CrashGuard {
  static readonly #guards = new Map<string, CrashGuard>();
  #crashedAt = Number.NEGATIVE_INFINITY;
  #turn: Promise<void> = Promise.resolve();

  private constructor() {}

  /** The one of a server. */
  static of({ host, port }: Pick<ConnectionSettings, "host" | "port">): CrashGuard {
    const address = JSON.stringify([host, port]);
    const guard = CrashGuard.#guards.get(address) ?? new CrashGuard();
    CrashGuard.#guards.set(address, guard);
    return guard;
  }

  /** Waits for the trials of others and begins one; null when the source has not crashed of late. */
  async enter(): Promise<Trial | null> {
    if (performance.now() - this.#crashedAt > SUSPICION_MS) return null;
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    return new Trial(resolve);
  }

  crashed(): void {
    this.#crashedAt = performance.now();
  }
}

/** The time in which one stream alone is new. */
export class Trial implements Disposable {
  readonly #done: () => void;
  readonly #timer: NodeJS.Timeout;
  #isOpen = true;

  constructor(done: () => void) {
    this.#done = done;
    this.#timer = setTimeout(() => this.end(), TRIAL_MS);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The stream has come through, or is given up. */
  end(): void {
    clearTimeout(this.#timer);
    this.#isOpen = false;
    this.#done();
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/**
 * True when the server has recovered from a crash within the last `ms`, which resets its statistics
 * (monitoring-stats.html); false when it cannot be asked.
 */
export async function hasCrashedWithin(
  settings: ConnectionSettings,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const client = await connectWithEmptyPath(settings, { applicationName: "howdah", signal });
    try {
      const { rows } = await client.query<{ crashed: boolean }>(
        "select pg_catalog.clock_timestamp() - stats_reset < $1 * interval '1 ms' as crashed from pg_catalog.pg_stat_bgwriter",
        [ms + MARGIN_MS],
      );
      return rows[0]?.crashed ?? false;
    } finally {
      await endClient(client);
    }
  } catch {
    return false;
  }
}
