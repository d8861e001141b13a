import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

/** A server may crash once for reasons of its own, and all streams are to go on at once then. */
const CRASHES_TOLERATED = 1;

/** Milliseconds without a crash after which those before are forgotten. */
const SUSPICION_MS = 600_000;

/** Milliseconds: what has not crashed the source until then is not what does. */
const TRIAL_MS = 20_000;

/** Milliseconds between a crash and the moment its recovery is dated, and more. */
const MARGIN_MS = 5_000;

/**
 * Finds out whose changes crash a source: a crash ends all of its sessions, so that nobody knows whose it was. After the second
 * each stream is opened by itself and has its trial; a crash meanwhile is its own. Shared by all migrations of a worker.
 */
export class CrashGuard {
  static readonly #guards = new Map<string, CrashGuard>();
  #crashedAt = Number.NEGATIVE_INFINITY;
  /** Moments of the server's clock. */
  #crashes = new Set<string>();
  #turn: Promise<void> = Promise.resolve();

  private constructor() {}

  /** The one of a server. */
  static of({ host, port }: Pick<ConnectionSettings, "host" | "port">): CrashGuard {
    const address = JSON.stringify([host, port]);
    const guard = CrashGuard.#guards.get(address) ?? new CrashGuard();
    CrashGuard.#guards.set(address, guard);
    return guard;
  }

  /** Waits for the trials of others and begins one; null when the source has not crashed again and again of late. */
  async enter(): Promise<Trial | null> {
    this.#forgetOld();
    if (this.#crashes.size <= CRASHES_TOLERATED) return null;
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    return new Trial(new Set(this.#crashes), resolve);
  }

  /** `crash` is from readCrash(): everyone tells of the same one. */
  crashed(crash: string): void {
    this.#forgetOld();
    this.#crashes.add(crash);
    this.#crashedAt = performance.now();
  }

  #forgetOld(): void {
    if (performance.now() - this.#crashedAt > SUSPICION_MS) this.#crashes.clear();
  }
}

/** The time in which one stream alone is new. */
export class Trial implements Disposable {
  readonly #crashesBefore: ReadonlySet<string>;
  readonly #done: () => void;
  readonly #timer: NodeJS.Timeout;
  #isOpen = true;

  constructor(crashesBefore: ReadonlySet<string>, done: () => void) {
    this.#crashesBefore = crashesBefore;
    this.#done = done;
    this.#timer = setTimeout(() => this.end(), TRIAL_MS);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True of a crash that came after the trial had begun. */
  isOwn(crash: string): boolean {
    return !this.#crashesBefore.has(crash);
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
 * The moment at which the server recovered from a crash within the last `ms`, which resets its statistics
 * (monitoring-stats.html); null when it did not, or cannot be asked.
 */
export async function readCrash(
  settings: ConnectionSettings,
  ms: number,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const client = await connectWithEmptyPath(settings, { applicationName: "howdah", signal });
    try {
      const { rows } = await client.query<{ crash: string }>(
        `select pg_catalog.date_part('epoch', stats_reset)::text as crash from pg_catalog.pg_stat_bgwriter
          where pg_catalog.clock_timestamp() - stats_reset < $1 * interval '1 ms'`,
        [ms + MARGIN_MS],
      );
      return rows[0]?.crash ?? null;
    } finally {
      await endClient(client);
    }
  } catch {
    return null;
  }
}
