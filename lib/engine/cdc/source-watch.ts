import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import type { Lsn } from "@/lib/postgres/lsn";
import { overrideDefaults } from "../session-settings";
import { SessionWatch } from "../session-watch";
import { type SlotHealth, slotHealth } from "./slots";

export interface SourceSample {
  /** The source's clock, milliseconds since 1970, read before `lsn`. */
  atMs: number;
  lsn: Lsn;
  /** null: there is no such slot. */
  slot: SlotHealth | null;
}

/** An ordinary session of the source beside the stream, with an empty search_path, opened again whenever it was lost. */
export class SourceWatch implements AsyncDisposable {
  readonly #settings: ConnectionSettings;
  readonly #slot: string;
  readonly #signal: AbortSignal;
  #client: pg.Client | null = null;
  #watch: SessionWatch | null = null;
  #opening: Promise<pg.Client> | null = null;
  #preparing: pg.Client | null = null;
  #isLost = false;

  constructor(settings: ConnectionSettings, slot: string, signal: AbortSignal) {
    this.#settings = settings;
    this.#slot = slot;
    this.#signal = signal;
  }

  /** Asks how the source stands. Throws what goes wrong; the next call opens a new session then. */
  async sample(): Promise<SourceSample> {
    return await this.use(async (client) => {
      const { rows } = await client.query<{ at: number; lsn: string }>(
        "select pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000 as at",
      );
      const slot = await slotHealth(client, this.#slot);
      return { atMs: rows[0]?.at ?? 0, lsn: slot?.currentLsn ?? 0n, slot };
    });
  }

  /** Runs `work` in the session. Throws what it throws. */
  async use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    if (this.#isLost) await this.#end();
    const client = await this.#open();
    try {
      return await work(client);
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  /** Ends the session; a query that is under way fails. The next call opens another one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  /** Several callers share one session, also while it is being opened. */
  async #open(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = null;
    });
    this.#client = await this.#opening;
    return this.#client;
  }

  async #connect(): Promise<pg.Client> {
    const options = { applicationName: "howdah watch", signal: this.#signal, connectTimeoutMs: 5_000 };
    const client = await connect(this.#settings, options);
    client.once("end", () => {
      if (this.#client === client) this.#isLost = true;
    });
    this.#isLost = false;
    // Whoever ends the watch ends a session that is not ready yet, too.
    this.#preparing = client;
    this.#watch = new SessionWatch(client);
    try {
      await overrideDefaults(client);
      return client;
    } catch (error) {
      await endClient(client);
      throw error;
    } finally {
      this.#preparing = null;
    }
  }

  async #end(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#isLost = false;
    this.#watch?.[Symbol.dispose]();
    for (const one of [client, this.#preparing]) if (one) await endClient(one);
  }
}

/** Looks at the source are remembered until the target has passed them; more than these are not needed. */
const MAX_LOOKS = 600;

/** How far behind in time the target is: what was committed before a look at the source has come when its position is passed. */
export class Lag {
  #looks: Pick<SourceSample, "atMs" | "lsn">[] = [];
  #asOfMs: number | null = null;
  #latest: { sample: SourceSample; at: number } | null = null;

  /** The latest look; null before the first. */
  get sample(): SourceSample | null {
    return this.#latest?.sample ?? null;
  }

  look(sample: SourceSample): void {
    this.#latest = { sample, at: performance.now() };
    if (sample.lsn === 0n) return;
    if (this.#looks.length >= MAX_LOOKS) this.#looks = this.#looks.filter((_, at) => at % 2 === 0);
    this.#looks.push({ atMs: sample.atMs, lsn: sample.lsn });
  }

  /** Everything committed before `lsn` is on the target; the last one was committed at that time of the source's clock. */
  reached(lsn: Lsn, committedAtMs: number | null): void {
    const passed = this.#looks.filter((look) => look.lsn <= lsn);
    this.#looks = this.#looks.filter((look) => look.lsn > lsn);
    const times = [this.#asOfMs, committedAtMs, ...passed.map(({ atMs }) => atMs)];
    this.#asOfMs = times.reduce<number | null>(
      (latest, time) => (time !== null && (latest === null || time > latest) ? time : latest),
      null,
    );
  }

  /** True once the target is known to be as the source was at some look or commit. */
  get isKnown(): boolean {
    return this.#asOfMs !== null;
  }

  /** Milliseconds by the source's clock; 0 when the latest look was passed. */
  get ms(): number {
    if (!this.#latest || this.#looks.length === 0) return 0;
    const now = this.#latest.sample.atMs + (performance.now() - this.#latest.at);
    const since = this.#asOfMs ?? this.#looks[0]?.atMs ?? now;
    return Math.max(0, Math.round(now - since));
  }
}
