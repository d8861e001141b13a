import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { RawSession } from "./raw-session";
import { parseErrorResponse, rowsOfTag } from "./server-message";

export interface CopyRelayOptions {
  /** Sessions with nothing under way; a failed relay closes both. */
  source: pg.Client;
  target: pg.Client;
  /** `copy ... to stdout` and `copy ... from stdin` in the same format. */
  copyOut: string;
  copyIn: string;
  /** Called with the bytes relayed so far, CopyData headers included. */
  onProgress: (bytes: number) => void;
  signal: AbortSignal;
}

export interface CopyRelayResult {
  bytes: number;
  /** Rows the target stored, equal to those the source sent. */
  rows: number;
}

/**
 * Moves the rows of one COPY from socket to socket. Chunks are forwarded as they come, and the target's back-pressure
 * holds the source. Throws what a server reported, a connection error, CodedError ROW_COUNT_DIFFERS or the signal's
 * reason; both sessions are closed then and the target has rolled back.
 */
export async function relayCopy(options: CopyRelayOptions): Promise<CopyRelayResult> {
  options.signal.throwIfAborted();
  const relay = new CopyRelay(options);
  try {
    const result = await relay.run();
    relay.release();
    return result;
  } catch (error) {
    relay.destroy();
    options.signal.throwIfAborted();
    throw error;
  }
}

class CopyRelay {
  readonly #options: CopyRelayOptions;
  readonly #source: RawSession;
  readonly #target: RawSession;
  readonly #outcome = Promise.withResolvers<void>();
  readonly #abort: () => void;
  #bytes = 0;
  #sourceRows = 0;
  #targetRows = 0;
  #ready = 0;
  #sourceError: Error | null = null;

  constructor(options: CopyRelayOptions) {
    this.#options = options;
    const fail = this.#outcome.reject;
    this.#source = new RawSession(options.source, {
      onCopyData: (bytes) => this.#forward(bytes),
      onMessage: (type, payload) => this.#onSource(type, payload),
      onClose: fail,
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

  async run(): Promise<CopyRelayResult> {
    this.#target.query(this.#options.copyIn);
    await this.#outcome.promise;
    if (this.#sourceRows !== this.#targetRows) {
      const text = `The source sent ${this.#sourceRows} rows, the target stored ${this.#targetRows}.`;
      throw new CodedError("ROW_COUNT_DIFFERS", text);
    }
    return { bytes: this.#bytes, rows: this.#targetRows };
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
  }

  readonly #resume = (): void => {
    this.#source.stream.resume();
  };

  #forward(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (!this.#target.stream.write(bytes)) this.#source.stream.pause();
    this.#options.onProgress(this.#bytes);
  }

  #onSource(type: string, payload: Buffer): void {
    if (type === "c") this.#target.copyDone();
    else if (type === "C") this.#sourceRows = rowsOfTag(payload);
    else if (type === "E") this.#sourceError = parseErrorResponse(payload);
    else if (type === "Z") this.#onReady(this.#sourceError);
    // A session that is ended says why (57P01) and closes without ReadyForQuery.
    if (type === "E" && payload.includes("FATAL")) this.#onReady(this.#sourceError);
  }

  #onTarget(type: string, payload: Buffer): void {
    // CopyInResponse: the target waits for rows, so the source may begin.
    if (type === "G") this.#source.query(this.#options.copyOut);
    else if (type === "C") this.#targetRows = rowsOfTag(payload);
    // At once, not at ReadyForQuery: the source would go on sending to a target that no longer stores.
    else if (type === "E") this.#outcome.reject(parseErrorResponse(payload));
    else if (type === "Z") this.#onReady(null);
  }

  #onReady(error: Error | null): void {
    if (error) this.#outcome.reject(error);
    else if (++this.#ready === 2) this.#outcome.resolve();
  }
}
