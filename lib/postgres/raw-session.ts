import type { Duplex } from "node:stream";
import type pg from "pg";
import { streamOf } from "./driver-internals";
import { FrameScanner, type FrameSink } from "./frame-scanner";

type DataListener = (chunk: Buffer) => void;

export interface RawHandlers extends FrameSink {
  /** The connection is gone. */
  onClose(error: Error): void;
}

/**
 * A logged-in `pg` session whose socket is read directly for as long as a COPY lasts. The driver is idle meanwhile and
 * gets its socket back by `release`, which is only right after ReadyForQuery; otherwise `destroy`.
 */
export class RawSession {
  readonly stream: Duplex;
  readonly #scanner: FrameScanner;
  readonly #listeners: DataListener[];
  readonly #onData: DataListener;
  readonly #onClose: () => void;
  readonly #onError: (error: Error) => void;

  constructor(client: pg.Client, handlers: RawHandlers) {
    this.stream = streamOf(client);
    this.#scanner = new FrameScanner(handlers);
    this.#onData = (chunk) => this.#scanner.scan(chunk);
    this.#onClose = () => handlers.onClose(new Error("Connection terminated unexpectedly"));
    this.#onError = (error) => handlers.onClose(error);
    this.#listeners = this.stream.listeners("data") as DataListener[];
    this.stream.removeAllListeners("data");
    this.stream.on("data", this.#onData).on("close", this.#onClose).on("error", this.#onError);
    if (this.stream.destroyed) queueMicrotask(this.#onClose);
  }

  /** CopyData messages begun so far. */
  get copyDataSeen(): number {
    return this.#scanner.copyDataSeen;
  }

  /** Sends a simple query. */
  query(sql: string): void {
    const text = Buffer.from(`${sql}\0`, "utf8");
    const header = Buffer.alloc(5);
    header.write("Q");
    header.writeUInt32BE(text.length + 4, 1);
    this.stream.write(Buffer.concat([header, text]));
  }

  /** Says that all rows were sent. */
  copyDone(): void {
    this.stream.write(Buffer.from([0x63, 0, 0, 0, 4]));
  }

  /** Gives the socket back to the driver. */
  release(): void {
    this.#detach();
    for (const listener of this.#listeners) this.stream.on("data", listener);
    this.stream.resume();
  }

  /** Closes the connection: the server ends the session and rolls back. */
  destroy(): void {
    this.#detach();
    this.stream.on("error", () => undefined);
    this.stream.destroy();
  }

  #detach(): void {
    this.stream.off("data", this.#onData).off("close", this.#onClose).off("error", this.#onError);
  }
}
