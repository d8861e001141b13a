import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { RawSession } from "./raw-session";
import { firstColumn, parseErrorResponse, rowsOfCopyTag } from "./server-message";

/** One COPY on both sides, in the same format and with the same columns. */
export interface CopyStatements {
  /** `copy ... to stdout` */
  copyOut: string;
  /** `copy ... from stdin` */
  copyIn: string;
}

export interface CopyRelayOptions {
  /** Sessions with nothing under way; a failed relay closes both. */
  source: pg.Client;
  target: pg.Client;
  /** Relayed one after the other in a single round trip. */
  copies: readonly CopyStatements[];
  /** Statements without rows that the target runs before the first copy, in the same message; for example `begin`. */
  prepareTarget?: readonly string[];
  /** Called with what was relayed so far of the copy of that index. */
  onProgress: (progress: CopyProgress, index: number) => void;
  /** Called with the first column of each row that a statement of `prepareTarget` gives. */
  onPrepared?: (value: string) => void;
  /** Holds the source back; unlimited when absent. */
  pace?: Pace;
  signal: AbortSignal;
}

export interface CopyProgress {
  /** CopyData headers included. */
  bytes: number;
  /** Rows begun, counted by their messages: near enough to show, not to rely on. */
  rows: number;
}

/** A limit to how fast bytes pass, which several relays may share. */
export interface Pace {
  /** Counts bytes that pass. False when no more may be sent until `resume` is called. */
  spend(bytes: number, resume: () => void): boolean;
  /** Takes back a `resume` that is not wanted any more. */
  forget(resume: () => void): void;
}

export interface CopyRelayResult {
  bytes: number;
  /** Rows the target stored, equal to those the source sent. */
  rows: number;
}

/**
 * Moves the rows of COPYs from socket to socket; one result for each. Chunks are forwarded as they come, and the
 * target's back-pressure holds the source. Throws what a server reported, a connection error, CodedError
 * ROW_COUNT_DIFFERS or the signal's reason; both sessions are closed then, so the target rolls back what it has not
 * committed. Without a `begin` in `prepareTarget` the target commits by itself before the rows are compared.
 */
export async function relayCopies(options: CopyRelayOptions): Promise<CopyRelayResult[]> {
  options.signal.throwIfAborted();
  const relay = new CopyRelay(options);
  try {
    const results = await relay.run();
    relay.release();
    return results;
  } catch (error) {
    relay.destroy();
    options.signal.throwIfAborted();
    throw error;
  }
}

const SIDES = new WeakMap<Error, "source" | "target">();

/** Which server reported an error that relayCopies() threw; null when none did. */
export function errorSideOf(error: unknown): "source" | "target" | null {
  return error instanceof Error ? (SIDES.get(error) ?? null) : null;
}

function reported(payload: Buffer, side: "source" | "target"): Error {
  const error = parseErrorResponse(payload);
  SIDES.set(error, side);
  return error;
}

class CopyRelay {
  readonly #options: CopyRelayOptions;
  readonly #source: RawSession;
  readonly #target: RawSession;
  readonly #outcome = Promise.withResolvers<void>();
  readonly #abort: () => void;
  readonly #bytes: number[];
  readonly #sourceRows: number[] = [];
  readonly #targetRows: number[] = [];
  /** Index of the copy the source is sending. */
  #current = 0;
  /** CopyData messages of the copies before it. */
  #messagesBefore = 0;
  #started = false;
  #paced = false;
  #ready = 0;
  #sourceError: Error | null = null;

  constructor(options: CopyRelayOptions) {
    this.#options = options;
    this.#bytes = options.copies.map(() => 0);
    const fail = this.#outcome.reject;
    this.#source = new RawSession(options.source, {
      onCopyData: (bytes) => this.#forward(bytes),
      onMessage: (type, payload) => this.#onSource(type, payload),
      onClose: (error) => fail(this.#sourceError ?? error),
    });
    this.#target = new RawSession(options.target, {
      onCopyData: () => undefined,
      onMessage: (type, payload) => this.#onTarget(type, payload),
      onClose: fail,
    });
    this.#abort = () => fail(options.signal.reason);
    options.signal.addEventListener("abort", this.#abort, { once: true });
    this.#target.stream.on("drain", this.#resume);
  }

  async run(): Promise<CopyRelayResult[]> {
    const { copies, prepareTarget = [] } = this.#options;
    this.#target.query([...prepareTarget, ...copies.map((copy) => copy.copyIn)].join("; "));
    await this.#outcome.promise;
    return copies.map((_, index) => this.#result(index));
  }

  #result(index: number): CopyRelayResult {
    const sent = this.#sourceRows[index];
    const rows = this.#targetRows[index];
    if (rows === undefined || sent !== rows) {
      const text = `The source sent ${sent} rows, the target stored ${rows}.`;
      throw new CodedError("ROW_COUNT_DIFFERS", text);
    }
    return { bytes: this.#bytes[index] ?? 0, rows };
  }

  release(): void {
    this.#unlisten();
    this.#source.release();
    this.#target.release();
  }

  destroy(): void {
    this.#unlisten();
    this.#source.destroy();
    this.#target.destroy();
  }

  #unlisten(): void {
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#target.stream.off("drain", this.#resume);
    this.#options.pace?.forget(this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#paced = false;
    this.#resume();
  };

  /** Only when neither the target nor the pace holds the source back. */
  readonly #resume = (): void => {
    if (!this.#paced && !this.#target.stream.writableNeedDrain) this.#source.stream.resume();
  };

  #forward(bytes: Buffer): void {
    const total = (this.#bytes[this.#current] ?? 0) + bytes.length;
    this.#bytes[this.#current] = total;
    if (!this.#target.stream.write(bytes, () => release(bytes))) this.#source.stream.pause();
    if (this.#options.pace?.spend(bytes.length, this.#goOn) === false) {
      this.#paced = true;
      this.#source.stream.pause();
    }
    const rows = this.#source.copyDataSeen - this.#messagesBefore;
    this.#options.onProgress({ bytes: total, rows }, this.#current);
  }

  #onSource(type: string, payload: Buffer): void {
    if (type === "c") {
      // The target reads on from its socket, so the rows of the next copy may follow without waiting for it.
      this.#target.copyDone();
      this.#current++;
      this.#messagesBefore = this.#source.copyDataSeen;
    } else if (type === "C") note(this.#sourceRows, payload);
    else if (type === "E") this.#sourceError = reported(payload, "source");
    else if (type === "Z") this.#onReady(this.#sourceError);
  }

  #onTarget(type: string, payload: Buffer): void {
    if (type === "G") this.#startSource();
    else if (type === "D") this.#options.onPrepared?.(firstColumn(payload));
    else if (type === "C") note(this.#targetRows, payload);
    // At once, not at ReadyForQuery: the source would go on sending to a target that no longer stores.
    else if (type === "E") this.#outcome.reject(reported(payload, "target"));
    else if (type === "Z") this.#onReady(null);
  }

  /** CopyInResponse: the target has its locks and waits for rows. */
  #startSource(): void {
    if (!this.#started) this.#source.query(this.#options.copies.map((copy) => copy.copyOut).join("; "));
    this.#started = true;
  }

  #onReady(error: Error | null): void {
    if (error) this.#outcome.reject(error);
    else if (++this.#ready === 2) this.#outcome.resolve();
  }
}

/**
 * Gives the memory of a chunk that was sent on back at once. Left to the garbage collector hundreds of megabytes pile up: the
 * chunks lie outside of its heap, and nothing in it grows. A chunk that is but a piece of a larger buffer is left alone.
 * Before Node 21 there is no way to do it.
 */
function release({ buffer, byteLength }: Buffer): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  if (typeof buffer.transfer === "function" && byteLength > 0) buffer.transfer(0);
}

function note(rows: number[], tag: Buffer): void {
  const count = rowsOfCopyTag(tag);
  if (count !== null) rows.push(count);
}
