import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { processIdOf } from "../driver-internals";
import { endClient } from "../end-client";
import { formatLsn, type Lsn, maxLsn, NO_LSN } from "../lsn";
import { RawSession } from "../raw-session";
import { parseErrorResponse } from "../server-message";
import { ident, literal } from "../sql";
import { CopyDataAssembler } from "./copy-data-assembler";
import { GatheredReads } from "./gathered-reads";
import { slotError } from "./slot-errors";
import {
  KEEPALIVE,
  readMicros,
  SENT_AT,
  statusUpdate,
  type WalRun,
  wantsReply,
  XLOG_DATA,
} from "./wal-message";

export interface StreamOptions {
  slot: string;
  /** Stream transactions that were committed after it; the server never goes back behind what was confirmed to it. */
  startLsn: Lsn;
  /** Options of the output plugin. */
  pluginOptions: Readonly<Record<string, string>>;
  /** Milliseconds of silence after which the server ends the session; 0 = never. */
  senderTimeoutMs: number;
  /** Bytes that may wait for the consumer before the server is held back; default 4 MiB. */
  bufferBytes?: number;
  /** Milliseconds without a sign of the server after which the connection counts as dead; default 60,000. */
  deadAfterMs?: number;
  /**
   * Asked then, with the process id of the session's backend, whether it is so: a server that decodes what nobody wants is
   * silent too. Never rejects; yes when absent.
   */
  isDead?: (processId: number) => Promise<boolean>;
  signal: AbortSignal;
}

const STATUS_EVERY_MS = 10_000;
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Handed out at a time, or what there is: what is decoded of it is to die young. */
const READ_BYTES = 64 * 1024;
/** Lists of places that are kept to be used again: a queue of 64 KiB each. */
const KEPT_PLACES = 64;
const DEAD_AFTER_MS = 60_000;
/** How long the server may go on sending the transaction it is in when it was asked to end. */
const GOOD_BYE_MS = 5_000;

type State = "starting" | "streaming" | "ending" | "ended";

/**
 * The stream of one logical slot. Status goes to the server from a timer, however slow the consumer is; only `acknowledge`
 * moves what the server may forget. What is not consumed holds the server back by the socket.
 */
export class ReplicationStream {
  readonly #client: pg.Client;
  readonly #options: StreamOptions;
  readonly #raw: RawSession;
  readonly #gathered: GatheredReads;
  readonly #deadAfterMs: number;
  readonly #bufferBytes: number;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  readonly #abort: () => void;
  #state: State = "starting";
  #failure: { error: unknown } | null = null;
  #serverError: CodedError | null = null;
  #queue: WalRun[] = [];
  /** What was handed out last, and lists of places to be used again: new ones would be most of what is thrown away here. */
  #handedOut: WalRun[] = [];
  readonly #oldPlaces: number[][] = [];
  #queuedBytes = 0;
  #paused = false;
  #wake: (() => void) | null = null;
  /** The last position received, in two halves: a bigint for each message would cost more than all else here. */
  #receivedHigh = 0;
  #receivedLow = 0;
  #flushed: Lsn = NO_LSN;
  #applied: Lsn = NO_LSN;
  #heardAt = performance.now();
  #asked = false;
  #isLooking = false;

  private constructor(client: pg.Client, options: StreamOptions) {
    this.#client = client;
    this.#options = options;
    this.#deadAfterMs = options.deadAfterMs ?? DEAD_AFTER_MS;
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    // Nobody may be waiting when it breaks.
    this.#started.promise.catch(() => undefined);
    const assembler = new CopyDataAssembler((bytes, begin, end) => this.#onPayload(bytes, begin, end));
    this.#raw = new RawSession(client, {
      onCopyData: (bytes) => {
        this.#heard();
        assembler.push(bytes);
        this.#gathered.took(bytes.length);
      },
      onMessage: (type, payload) => this.#onMessage(type, payload),
      onClose: (error) => this.#fail(this.#serverError ?? slotError(error, options.slot)),
    });
    this.#gathered = new GatheredReads(this.#raw.stream);
    this.#abort = () => this.#fail(options.signal.reason);
    options.signal.addEventListener("abort", this.#abort, { once: true });
    this.#timer = setInterval(() => this.#onTimer(), this.#interval());
  }

  /** Sends START_REPLICATION. Throws CodedError (SLOT_LOST, SLOT_IN_USE, ...) or the signal's reason; the session is closed then. */
  static async start(client: pg.Client, options: StreamOptions): Promise<ReplicationStream> {
    if (options.signal.aborted) await endClient(client);
    options.signal.throwIfAborted();
    const stream = new ReplicationStream(client, options);
    const given = Object.entries(options.pluginOptions).map(
      ([name, value]) => `${ident(name)} ${literal(value)}`,
    );
    const list = given.length > 0 ? ` (${given.join(", ")})` : "";
    stream.#raw.query(
      `START_REPLICATION SLOT ${ident(options.slot)} LOGICAL ${formatLsn(options.startLsn)}${list}`,
    );
    await stream.#started.promise;
    return stream;
  }

  /** Bytes that wait for the consumer. */
  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  /** True while the server is held back. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The last position that was received. */
  get receivedLsn(): Lsn {
    return (BigInt(this.#receivedHigh) << 32n) | BigInt(this.#receivedLow);
  }

  /** What the server was told that it may forget. */
  get flushedLsn(): Lsn {
    return this.#flushed;
  }

  /**
   * What came next, at least one message and little more than 64 KiB, the caller's until it reads again; null when the stream
   * has ended in good order. One caller at a time. Throws CodedError or the signal's reason when it broke.
   */
  async read(): Promise<readonly WalRun[] | null> {
    for (const { places } of this.#handedOut)
      if (this.#oldPlaces.length < KEPT_PLACES) this.#oldPlaces.push(places);
    this.#handedOut = [];
    while (this.#queue.length === 0) {
      if (this.#failure) throw this.#failure.error;
      if (this.#state === "ended") return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    // What waits is of no use to a consumer that was told to stop.
    if (this.#failure) throw this.#failure.error;
    let [count, bytes] = [0, 0];
    while (count < this.#queue.length && bytes < READ_BYTES) bytes += this.#queue[count++]?.payloadBytes ?? 0;
    this.#handedOut = this.#queue.splice(0, count);
    this.#queuedBytes -= bytes;
    if (this.#paused && this.#queuedBytes < this.#bufferBytes / 2) this.#goOn();
    return this.#handedOut;
  }

  /**
   * The target has flushed everything up to here: the server may forget it. Never moves back. It is told with the next
   * status, or at once with `now`.
   */
  acknowledge(flushed: Lsn, now = false): void {
    this.#flushed = maxLsn(this.#flushed, flushed);
    this.#applied = this.#flushed;
    if (now) this.#sendStatus(false);
  }

  /**
   * Ends the stream in good order: the server is told the last position, and the session ends. What was not read is dropped.
   * A server that is in the middle of a large transaction is cut off. Never throws.
   */
  async end(): Promise<void> {
    if (this.#state === "streaming") {
      this.#sendStatus(false);
      this.#state = "ending";
      this.#drop();
      this.#raw.copyDone();
      if (this.#paused) this.#goOn();
    }
    const timer = setTimeout(() => this.destroy(), GOOD_BYE_MS);
    try {
      if (this.#state === "ending") await this.#ended.promise;
    } finally {
      clearTimeout(timer);
    }
    this.destroy();
    await endClient(this.#client);
  }

  /** Cuts the connection at once. A reader that waits gets an error. */
  destroy(): void {
    this.#fail(new CodedError("CONNECTION_LOST", "The stream of changes was cut off.", { transient: true }));
  }

  /** Often enough for the server not to give up, and to find a dead connection in time. */
  #interval(): number {
    const { senderTimeoutMs } = this.#options;
    const limits = [STATUS_EVERY_MS, this.#deadAfterMs / 4];
    if (senderTimeoutMs > 0) limits.push(senderTimeoutMs / 4);
    return Math.max(50, Math.min(...limits));
  }

  #onTimer(): void {
    if (this.#state !== "streaming") return;
    const silentMs = performance.now() - this.#heardAt;
    // A server that is held back by us cannot be heard.
    if (!this.#paused && silentMs > this.#deadAfterMs && this.#asked) void this.#onSilence();
    const ask = !this.#paused && silentMs > this.#deadAfterMs / 2;
    this.#asked ||= ask;
    this.#sendStatus(ask);
  }

  async #onSilence(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const heardAt = this.#heardAt;
    const isDead = (await this.#options.isDead?.(processIdOf(this.#client))) ?? true;
    this.#isLooking = false;
    if (this.#state !== "streaming" || this.#heardAt !== heardAt) return;
    if (!isDead) {
      this.#heard();
      return;
    }
    const text = `The source has not been heard of for ${Math.round((performance.now() - heardAt) / 1000)} s.`;
    this.#fail(new CodedError("CONNECTION_LOST", text, { transient: true, subject: this.#options.slot }));
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#asked = false;
  }

  #sendStatus(wantsReply: boolean): void {
    if (this.#state !== "streaming") return;
    const positions = {
      written: maxLsn(this.receivedLsn, this.#flushed),
      flushed: this.#flushed,
      applied: this.#applied,
    };
    this.#raw.stream.write(statusUpdate(positions, wantsReply, Date.now()));
  }

  #onPayload(bytes: Buffer, begin: number, end: number): void {
    if (this.#state !== "streaming") return;
    const type = bytes[begin];
    if (type !== XLOG_DATA && type !== KEEPALIVE) {
      const text = "The source sent a replication message that is not understood.";
      this.#fail(new CodedError("CHANGE_UNREADABLE", text));
      return;
    }
    this.#receive(bytes.readUInt32BE(begin + 1), bytes.readUInt32BE(begin + 5));
    if (type === XLOG_DATA) this.#gathered.sent(readMicros(bytes, begin + SENT_AT) / 1000);
    if (type === KEEPALIVE && wantsReply(bytes, begin)) this.#sendStatus(false);
    const last = this.#queue.at(-1);
    if (last?.bytes === bytes) {
      last.places[last.placeCount++] = begin;
      last.places[last.placeCount++] = end;
      last.payloadBytes += end - begin;
    } else this.#queue.push(this.#startRun(bytes, begin, end));
    this.#queuedBytes += end - begin;
    if (!this.#paused && this.#queuedBytes >= this.#bufferBytes) {
      this.#paused = true;
      this.#raw.stream.pause();
    }
    this.#notify();
  }

  #startRun(bytes: Buffer, begin: number, end: number): WalRun {
    const places = this.#oldPlaces.pop() ?? [];
    places[0] = begin;
    places[1] = end;
    return { bytes, places, placeCount: 2, payloadBytes: end - begin };
  }

  #receive(high: number, low: number): void {
    if (high < this.#receivedHigh || (high === this.#receivedHigh && low <= this.#receivedLow)) return;
    this.#receivedHigh = high;
    this.#receivedLow = low;
  }

  #onMessage(type: string, payload: Buffer): void {
    this.#heard();
    if (type === "W") {
      this.#state = "streaming";
      this.#started.resolve();
    } else if (type === "E") {
      this.#serverError = slotError(parseErrorResponse(payload), this.#options.slot);
      // After ending, ReadyForQuery follows; a FATAL one is followed by the end of the connection.
      if (this.#state !== "ending") this.#fail(this.#serverError);
    } else if (type === "c" && this.#state === "streaming") {
      // The server ends by itself, for example when it is shut down.
      this.#state = "ending";
      this.#raw.copyDone();
    } else if (type === "Z" && this.#state === "ending") this.#finish();
  }

  #finish(): void {
    this.#state = "ended";
    this.#release();
    this.#raw.release();
    this.#ended.resolve();
    this.#notify();
  }

  #fail(error: unknown): void {
    if (this.#state === "ended" || this.#failure) return;
    this.#failure = { error };
    this.#state = "ended";
    this.#release();
    this.#drop();
    this.#raw.destroy();
    this.#started.reject(error);
    this.#ended.resolve();
    this.#notify();
  }

  #release(): void {
    clearInterval(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#abort);
  }

  #drop(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #goOn(): void {
    this.#paused = false;
    this.#heard();
    this.#raw.stream.resume();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
