import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient, sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { refusePooler } from "@/lib/postgres/refuse-pooler";
import { literal } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import { prepareSource } from "../session-settings";
import { endSessions } from "./end-sessions";

export type SideName = "source" | "target";

/** A reader whose connection broke is replaced this often; the snapshot's holder keeps the moment meanwhile. */
const ATTEMPTS = 3;

/** A reader is one process, not several. */
const READER = `set max_parallel_workers_per_gather = 0; set work_mem = '32MB'; set lock_timeout = '60s'`;

interface Waiter {
  start(): void;
}

/**
 * One server of a verification: a session that holds the exported snapshot, and readers that import it for each piece of work, so
 * that locks (ACCESS SHARE) last no longer than that piece (functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION).
 */
export class VerifySide implements AsyncDisposable {
  private readonly pids = new Set<number>();
  private readonly idle: pg.Client[] = [];
  private readonly open = new Set<pg.Client>();
  private readonly waiting: Waiter[] = [];
  private active = 0;
  private ending: Promise<void> | null = null;
  private poll: NodeJS.Timeout | null = null;
  private snapshot = "";
  private serverVersion = 0;
  private holder: pg.Client | null = null;

  readonly name: SideName;
  readonly settings: ConnectionSettings;
  readonly signal: AbortSignal;
  private readonly limit: () => number;

  private constructor(
    name: SideName,
    settings: ConnectionSettings,
    limit: () => number,
    signal: AbortSignal,
  ) {
    this.name = name;
    this.settings = settings;
    this.limit = limit;
    this.signal = signal;
    signal.addEventListener("abort", this.abort, { once: true });
  }

  /** Opens the holder. `limit` tells how many readers there may be at the moment, at least 1. Throws CodedError. */
  static async start(
    name: SideName,
    settings: ConnectionSettings,
    limit: () => number,
    signal: AbortSignal,
  ): Promise<VerifySide> {
    const side = new VerifySide(name, settings, limit, signal);
    try {
      const holder = await side.session();
      side.holder = holder;
      await holder.query("begin transaction isolation level repeatable read read only");
      const { rows } = await holder.query<{ id: string; version: number }>(
        "select pg_catalog.pg_export_snapshot() as id, pg_catalog.current_setting('server_version_num')::int as version",
      );
      side.snapshot = rows[0]?.id ?? "";
      side.serverVersion = rows[0]?.version ?? 0;
      return side;
    } catch (error) {
      await side[Symbol.asyncDispose]();
      signal.throwIfAborted();
      throw toCodedError(error, "INTERNAL", `${settings.host}:${settings.port}`);
    }
  }

  /** Name of the exported snapshot, for pg_dump. */
  get snapshotId(): string {
    return this.snapshot;
  }

  /** 170005 */
  get version(): number {
    return this.serverVersion;
  }

  get major(): number {
    return Math.trunc(this.serverVersion / 10_000);
  }

  /**
   * Runs `work` in a reader's transaction on the snapshot, when its turn has come. `work` is repeated on another connection when its
   * own broke while the snapshot stands, so it must not have effects of its own. Throws what the server reports, and CodedError
   * when the snapshot is lost.
   */
  async read<T>(work: (client: pg.Client) => Promise<T>, { first = false } = {}): Promise<T> {
    await this.turn(first);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.readOnce(work);
        } catch (error) {
          this.signal.throwIfAborted();
          if (sqlStateOf(error) !== null && !isTransient(error)) throw error;
          await this.checkSnapshot(error);
          if (attempt === ATTEMPTS || !isTransient(error)) throw error;
        }
      }
    } finally {
      this.active -= 1;
      this.pump();
    }
  }

  private async readOnce<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = this.idle.pop() ?? (await this.session());
    try {
      await client.query(
        `begin transaction isolation level repeatable read read only; set transaction snapshot ${literal(this.snapshot)}`,
      );
      const result = await work(client);
      await client.query("commit");
      this.idle.push(client);
      return result;
    } catch (error) {
      await this.putBack(client);
      throw error;
    }
  }

  /** A session that still answers is used again. */
  private async putBack(client: pg.Client): Promise<void> {
    try {
      await client.query("rollback");
      this.idle.push(client);
    } catch {
      await this.discard(client);
    }
  }

  private async session(): Promise<pg.Client> {
    const client = await connect(this.settings, { applicationName: "howdah verify", signal: this.signal });
    this.open.add(client);
    this.pids.add(processIdOf(client));
    try {
      // Once is enough. What is set here would be other clients' of a pooler, too.
      if (this.holder === null) await refusePooler(client, this.settings, this.signal);
      await prepareSource(client);
      await client.query(READER);
      this.signal.throwIfAborted();
      return client;
    } catch (error) {
      await this.discard(client);
      throw error;
    }
  }

  private async discard(client: pg.Client): Promise<void> {
    this.open.delete(client);
    if (!this.signal.aborted) this.pids.delete(processIdOf(client));
    await endClient(client);
  }

  private async checkSnapshot(cause: unknown): Promise<void> {
    try {
      await this.holder?.query("select");
    } catch {
      throw new CodedError(
        "CONNECTION_LOST",
        `The connection that held the ${this.name}'s snapshot broke, so what was not read yet cannot be compared as of the same moment.`,
        { cause, remedy: "Verify again." },
      );
    }
  }

  /** Waits until fewer readers are at work than the limit allows; the limit may change meanwhile. */
  private async turn(first: boolean): Promise<void> {
    this.signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const waiter: Waiter = { start: resolve };
      if (first) this.waiting.unshift(waiter);
      else this.waiting.push(waiter);
      this.pump();
    });
    if (this.signal.aborted) {
      this.active -= 1;
      this.pump();
      this.signal.throwIfAborted();
    }
  }

  private pump(): void {
    const limit = this.signal.aborted ? Number.POSITIVE_INFINITY : Math.max(1, this.limit());
    while (this.active < limit) {
      const next = this.waiting.shift();
      if (!next) break;
      this.active += 1;
      next.start();
    }
    if (this.waiting.length > 0) this.poll ??= setInterval(() => this.pump(), 250);
    else if (this.poll) {
      clearInterval(this.poll);
      this.poll = null;
    }
  }

  /** Closing the sockets alone would leave the servers reading on to the end of their tables. */
  private readonly abort = () => {
    this.ending ??= endSessions(this.settings, [...this.pids]);
    this.pump();
  };

  /** Ends every session; after an abort also on the server, before this resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal.removeEventListener("abort", this.abort);
    if (this.poll) clearInterval(this.poll);
    await this.ending;
    await Promise.all([...this.open].map((client) => endClient(client)));
    // A session that was being opened when the abort came was not in the list then.
    if (this.signal.aborted) await endSessions(this.settings, [...this.pids]);
  }
}
