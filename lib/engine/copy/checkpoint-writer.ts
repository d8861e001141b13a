import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { streamOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient } from "@/lib/postgres/errors";
import type { CheckpointPart, CheckpointStore } from "../checkpoint";
import type { TableName } from "../events";
import { flushTarget } from "../finish/flush-target";

/** The checkpoint's owner could not write: what it threw is the cause, and what the move ends with. */
export class CheckpointFailure extends Error {
  constructor(cause: unknown) {
    super("The checkpoint could not be written.", { cause });
    this.name = "CheckpointFailure";
  }
}

export interface CheckpointWriterOptions {
  store: CheckpointStore;
  target: ConnectionSettings;
  /** Told once when it cannot go on. */
  onBroken: (error: unknown) => void;
  signal: AbortSignal;
}

/** Rows are committed without waiting for the disk; so often one commit that waits makes sure of all before it. */
const PERIOD_MS = 1_000;
const RETRY_PAUSES_MS = [200, 1_000, 4_000];

/** Notes copied parts in the checkpoint, each only when the target has flushed it, in batches beside the copy. */
export class CheckpointWriter implements AsyncDisposable {
  readonly #options: CheckpointWriterOptions;
  readonly #hurry = new AbortController();
  #pending: CheckpointPart[] = [];
  /** What is under way; never rejects. */
  #work: Promise<void> = Promise.resolve();
  #running = false;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #session: pg.Client | null = null;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
  }

  /** Takes parts whose transaction is committed. */
  add(parts: readonly CheckpointPart[]): void {
    this.#pending.push(...parts);
    if (this.#running || this.#pending.length === 0) return;
    this.#running = true;
    this.#work = this.#run().catch((error: unknown) => this.#options.onBroken(error));
  }

  /** To be awaited before rows of the table are taken away. Throws CheckpointFailure. */
  async forget({ schema, name }: TableName): Promise<void> {
    const isOther = (part: CheckpointPart) => part.schema !== schema || part.name !== name;
    this.#pending = this.#pending.filter(isOther);
    await this.#work;
    // What was waiting to be written may have been put off by an error of the session meanwhile.
    this.#pending = this.#pending.filter(isOther);
    await keep(this.#options.store.forget([{ schema, name }]));
  }

  /** Resolves when all that was added is written, or the writer has told that it is broken. */
  async drain(): Promise<void> {
    this.#hurry.abort();
    while (this.#running) await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hurry.abort();
    this.#pending = [];
    if (this.#options.signal.aborted && this.#session) streamOf(this.#session).destroy();
    await this.#work;
    if (this.#session) await endClient(this.#session);
  }

  async #run(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        await this.#pause();
        this.#options.signal.throwIfAborted();
        await this.#write(this.#pending.splice(0));
        this.#writtenAt = performance.now();
      }
    } finally {
      this.#running = false;
    }
  }

  async #pause(): Promise<void> {
    const left = this.#writtenAt + PERIOD_MS - performance.now();
    const signal = AbortSignal.any([this.#hurry.signal, this.#options.signal]);
    if (left > 0 && !signal.aborted) await sleep(left, undefined, { signal }).catch(() => undefined);
  }

  async #write(parts: CheckpointPart[]): Promise<void> {
    await this.#flush();
    await keep(this.#options.store.append(parts));
  }

  async #flush(): Promise<void> {
    const { target, signal } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        this.#session ??= await connectWithEmptyPath(target, {
          applicationName: "howdah checkpoint",
          signal,
        });
        await flushTarget(this.#session);
        return;
      } catch (error) {
        if (this.#session) await endClient(this.#session);
        this.#session = null;
        signal.throwIfAborted();
        const pause = RETRY_PAUSES_MS[attempt];
        if (!isTransient(error) || pause === undefined) throw error;
        await sleep(pause, undefined, { signal });
      }
    }
  }
}

/** Marks what a checkpoint's owner throws, so that it comes back to it as it was. */
export async function keep<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CheckpointFailure(error);
  }
}
