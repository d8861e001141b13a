import { tmpdir } from "node:os";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { Lsn } from "@/lib/postgres/lsn";
import { ReplicationSession } from "@/lib/postgres/replication/replication-session";
import type { ReplicationStream } from "@/lib/postgres/replication/replication-stream";
import {
  DATA_HEADER_BYTES,
  KEEPALIVE,
  keepaliveLsn,
  type WalData,
  type WalRun,
} from "@/lib/postgres/replication/wal-message";
import { type ChangeReader, PgOutputReader, TestDecodingReader } from "./change-readers";
import type { Change } from "./decode/change";
import { PgOutput, pgOutputOptions } from "./decode/pgoutput";
import { TEST_DECODING_OPTIONS, TestDecoding } from "./decode/test-decoding";
import { isBytes, textReader } from "./encodings";
import { SourceCatalog } from "./source-catalog";
import { WholeTransactions } from "./whole-transactions";

export type OutputPlugin = "test_decoding" | "pgoutput";

export interface ChangeStreamOptions {
  /** The source's database the slot belongs to. */
  settings: ConnectionSettings;
  slot: string;
  plugin: OutputPlugin;
  /** Of pgoutput. */
  publications: readonly string[];
  /**
   * What the target has flushed already, the consistent point of the slot at first: only what was committed after it comes.
   * The sessions are opened while it is waited for.
   */
  startLsn: Lsn | Promise<Lsn>;
  /** Where large transactions wait for their commit; default the system's. */
  spoolFolder?: string;
  /** Bytes that may wait for the consumer; default 4 MiB. */
  bufferBytes?: number;
  /** Milliseconds after which a silent connection counts as dead; default 60,000. */
  deadAfterMs?: number;
  /** Asked after that time, with the process id of the session's backend, whether it is so; yes when absent. Never rejects. */
  isDead?: (processId: number) => Promise<boolean>;
  /** Looks at the source before it is asked for changes; what it throws ends the opening. */
  beforeStart?: (session: ReplicationSession, startLsn: Lsn) => Promise<void>;
  applicationName?: string;
  signal: AbortSignal;
}

/**
 * The changes of one database in commit order, whole transactions only: what was rolled back never shows, transactions
 * without a change are left out. The server is told to forget only what `flushed` says.
 */
export class ChangeStream implements AsyncDisposable {
  readonly #stream: ReplicationStream;
  readonly #reader: ChangeReader;
  readonly #catalog: SourceCatalog;
  /** How values are to be sent on: "latin1" stands for a database without an encoding, one character a byte. */
  readonly valueEncoding: "utf8" | "latin1";
  readonly #whole = new WholeTransactions();

  private constructor(
    stream: ReplicationStream,
    reader: ChangeReader,
    catalog: SourceCatalog,
    startLsn: Lsn,
    encoding: string,
  ) {
    this.#stream = stream;
    this.#reader = reader;
    this.#catalog = catalog;
    this.valueEncoding = isBytes(encoding) ? "latin1" : "utf8";
    stream.acknowledge(startLsn);
  }

  /** Throws CodedError: SLOT_LOST, SLOT_IN_USE (transient), ENCODING_UNREADABLE, connection errors; or the signal's reason. */
  static async open(options: ChangeStreamOptions): Promise<ChangeStream> {
    const { settings, slot, signal } = options;
    const catalog = new SourceCatalog(settings, signal);
    // A login takes several round trips: none waits for another.
    const [opened, asked, start] = await Promise.allSettled([
      ReplicationSession.open(settings, {
        signal,
        ...(options.applicationName === undefined ? {} : { applicationName: options.applicationName }),
      }),
      catalog.encoding(),
      options.startLsn,
    ]);
    try {
      const [session, encoding, startLsn] = [resultOf(opened), resultOf(asked), resultOf(start)];
      const reader = readerFor(options, catalog, encoding);
      await options.beforeStart?.(session, startLsn);
      await session.spareServer(options.plugin);
      const stream = await session.stream({
        slot,
        startLsn,
        pluginOptions:
          options.plugin === "pgoutput"
            ? pgOutputOptions(session.version, options.publications)
            : TEST_DECODING_OPTIONS,
        signal,
        ...(options.bufferBytes === undefined ? {} : { bufferBytes: options.bufferBytes }),
        ...(options.deadAfterMs === undefined ? {} : { deadAfterMs: options.deadAfterMs }),
        ...(options.isDead ? { isDead: options.isDead } : {}),
      });
      return new ChangeStream(stream, reader, catalog, startLsn, encoding);
    } catch (error) {
      if (opened.status === "fulfilled") await opened.value.end();
      await catalog.end();
      throw error;
    }
  }

  /** Bytes received that the consumer has not taken. */
  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  /** True while the consumer is so slow that the server is held back. */
  get isHeldBack(): boolean {
    return this.#stream.isPaused;
  }

  /** Bytes of large transactions that wait for their commit on the source. */
  get spooledBytes(): number {
    return this.#reader.spooledBytes;
  }

  /** The last position received from the server. */
  get receivedLsn(): Lsn {
    return this.#stream.receivedLsn;
  }

  /** What the server may forget. */
  get confirmedLsn(): Lsn {
    return this.#stream.flushedLsn;
  }

  /**
   * Batches of changes until the stream is ended. Iterate once. Throws CodedError (CHANGE_UNREADABLE, SLOT_LOST, a transient
   * connection error, ...) or the signal's reason.
   */
  async *changes(): AsyncGenerator<Change[]> {
    try {
      for (;;) {
        const runs = await this.#stream.read();
        if (runs === null) return;
        yield* this.#decode(runs);
      }
    } finally {
      await this.#reader.dispose();
    }
  }

  /**
   * The target has flushed every transaction whose commit ends at or before `lsn`, and knows that it has; also to be called
   * for those that were skipped because it had them, and for quiet places. The server is told within seconds, or at once
   * with `now`.
   */
  flushed(lsn: Lsn, now = false): void {
    this.#stream.acknowledge(lsn, now);
  }

  /** Ends the stream and its sessions in good order. Never throws. */
  async end(): Promise<void> {
    await this.#stream.end();
    await this.#reader.dispose();
    await this.#catalog.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async *#decode(runs: readonly WalRun[]): AsyncGenerator<Change[]> {
    const whole = this.#whole;
    for (const { bytes, places, placeCount } of runs) {
      // One for all: readers keep none, and there are millions.
      const data: WalData = { kind: "data", bytes, begin: 0, end: 0 };
      for (let at = 0; at < placeCount; at += 2) {
        const begin = places[at] ?? 0;
        if (bytes[begin] === KEEPALIVE) {
          whole.quiet(keepaliveLsn(bytes, begin));
          continue;
        }
        data.begin = begin + DATA_HEADER_BYTES;
        data.end = places[at + 1] ?? 0;
        const step = this.#reader.read(data, whole);
        if (step instanceof Promise) await step;
        else if (step) {
          for await (const part of step) {
            for (const change of part) whole.push(change);
            if (whole.length > 0) yield whole.take();
          }
        }
      }
    }
    if (whole.length > 0) yield whole.take();
  }
}

/** Throws what it was rejected with. */
function resultOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

function readerFor(options: ChangeStreamOptions, catalog: SourceCatalog, encoding: string): ChangeReader {
  if (options.plugin === "test_decoding")
    return new TestDecodingReader(new TestDecoding(textReader(encoding)), catalog);
  const decoder = new PgOutput(isBytes(encoding) ? "latin1" : "utf8");
  return new PgOutputReader(decoder, catalog, options.spoolFolder ?? tmpdir(), options.slot);
}
