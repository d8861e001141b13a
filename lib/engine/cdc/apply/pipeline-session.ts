import { readBackendState } from "@/lib/postgres/backend-state";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { RawSession } from "@/lib/postgres/raw-session";
import { parseErrorResponse } from "@/lib/postgres/server-message";
import { CodedError } from "@/lib/util/coded-error";
import { prepareTarget } from "../../session-settings";
import { FrameWriter } from "./frame-writer";
import { StatementNames } from "./statement-names";

/** What a statement did. */
export interface StatementResult {
  /** Of the command tag; 0 of commands without rows. */
  rows: number;
  tag: string;
  /** Rows it returned. */
  values: (string | null)[][];
}

/** The server refused the statement of this index among those since the last `sync`; the ones after it did not run. */
export class StatementError extends Error {
  readonly index: number;
  /** Of the statements before it. */
  readonly results: readonly StatementResult[];

  constructor(index: number, results: readonly StatementResult[], cause: Error) {
    super(cause.message, { cause });
    this.name = "StatementError";
    this.index = index;
    this.results = results;
  }
}

export interface PipelineOptions {
  /** "latin1": each character stands for a byte. */
  encoding: "utf8" | "latin1";
  applicationName: string;
  signal: AbortSignal;
  /** Milliseconds in which the server neither answers nor takes anything, until it is asked whether it works for us; default 6,000. */
  stallMs?: number;
}

/**
 * Rows are found by keys: plans made while a table was small must not read all of it once it has grown. They are made once,
 * whatever the arrays hold; servers before 12 do not know that setting.
 */
const PLANNING = `
select pg_catalog.set_config(name, case name when 'plan_cache_mode' then 'force_generic_plan' else 'off' end, false)
  from pg_catalog.pg_settings where name in ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'plan_cache_mode')`;

interface Waiting {
  results: StatementResult[];
  /** Rows of the statement that runs. */
  values: (string | null)[][];
  error: StatementError | null;
  resolve: (results: StatementResult[]) => void;
  reject: (error: unknown) => void;
}

const STALL_MS = 6_000;

/** Sent in one piece at least this often, so that the server works while more is prepared. */
const SEND_BYTES = 64 * 1024;

/**
 * A session of the target that sends statements without waiting for their answers, and answers them together at `sync`
 * (protocol-flow.html#PROTOCOL-FLOW-PIPELINING). Statements are prepared once each. One user at a time.
 */
export class PipelineSession implements AsyncDisposable {
  readonly processId: number;
  readonly #raw: RawSession;
  readonly #writer: FrameWriter;
  readonly #encoding: BufferEncoding;
  readonly #options: PipelineOptions;
  readonly #names = new StatementNames();
  readonly #abort: () => void;
  readonly #watch: NodeJS.Timeout;
  readonly #ended = new AbortController();
  /** What the socket has not been given yet, and whether it has taken what it was given. */
  #outgoing: Buffer[] = [];
  #isWriting = false;
  #sent = 0;
  /** Who is to be told of the result of a statement, in their order. */
  #told: { index: number; tell: (result: StatementResult) => void }[] = [];
  #waiting: Waiting | null = null;
  #lost: unknown = null;
  #askedAt = 0;
  #fastestMs = Number.POSITIVE_INFINITY;
  #heard = performance.now();

  private constructor(
    settings: ConnectionSettings,
    client: Awaited<ReturnType<typeof connect>>,
    options: PipelineOptions,
  ) {
    this.processId = processIdOf(client);
    this.#options = options;
    this.#encoding = options.encoding;
    this.#writer = new FrameWriter(options.encoding);
    this.#raw = new RawSession(client, {
      onCopyData: () => undefined,
      onMessage: (type, payload) => this.#onMessage(type, payload),
      onClose: (error) => this.#lose(error),
    });
    this.#abort = () => {
      this.#lose(options.signal.reason);
      this.#raw.destroy();
    };
    options.signal.addEventListener("abort", this.#abort, { once: true });
    const stallMs = options.stallMs ?? STALL_MS;
    this.#watch = setInterval(() => void this.#look(settings, stallMs), stallMs / 4);
    this.#watch.unref();
  }

  /** Logs in and prepares the session for writing. Throws CodedError or the signal's reason. */
  static async open(settings: ConnectionSettings, options: PipelineOptions): Promise<PipelineSession> {
    const { applicationName, signal } = options;
    const client = await connect(settings, { applicationName, signal });
    try {
      await prepareTarget(client);
      await client.query(PLANNING);
      signal.throwIfAborted();
      return new PipelineSession(settings, client, options);
    } catch (error) {
      await endClient(client);
      throw error;
    }
  }

  /** Queues a statement; its result comes with the next `sync`, and `tell` is given it too, unless it or one before it fails. */
  send(sql: string, values: readonly (string | null)[] = [], tell?: (result: StatementResult) => void): void {
    const { name, isNew, evicted } = this.#names.take(sql, this.#sent);
    if (evicted !== null) this.#writer.closeStatement(evicted);
    if (isNew) this.#writer.parse(name, sql);
    this.#writer.bind(name, values);
    this.#writer.execute();
    if (tell) this.#told.push({ index: this.#sent, tell });
    this.#sent++;
    if (this.#writer.bytes >= SEND_BYTES) this.flush();
  }

  /** Hands what is queued to the server, which begins with it; its answers still come with `sync`, which must follow soon. */
  flush(): void {
    if (this.#lost || this.#writer.bytes === 0) return;
    if (!this.#waiting) {
      this.#waiting = fresh();
      this.#heard = performance.now();
    }
    const bytes = this.#writer.take();
    for (let at = 0; at < bytes.length; at += SEND_BYTES)
      this.#outgoing.push(bytes.subarray(at, at + SEND_BYTES));
    this.#write();
  }

  /** Milliseconds of the quickest answer so far: little more than the way to the server and back. */
  get fastestMs(): number {
    return this.#fastestMs;
  }

  /** Statements queued since the last `sync`. */
  get queued(): number {
    return this.#sent;
  }

  /**
   * Results of all statements since the last call. Throws StatementError when the server refused one, a connection error,
   * or the signal's reason.
   */
  async sync(): Promise<StatementResult[]> {
    if (this.#lost) throw this.#lost;
    const { promise, resolve, reject } = Promise.withResolvers<StatementResult[]>();
    this.#waiting = { ...(this.#waiting ?? fresh()), resolve, reject };
    this.#sent = 0;
    this.#askedAt = performance.now();
    this.#heard = this.#askedAt;
    this.#writer.sync();
    this.flush();
    return await promise;
  }

  /** One statement by itself, with everything queued before it; returns its rows. Throws as `sync`. */
  async query(sql: string, values: readonly (string | null)[] = []): Promise<(string | null)[][]> {
    this.send(sql, values);
    return (await this.sync()).at(-1)?.values ?? [];
  }

  /** Ends the session: the server rolls back what is not committed, and a `sync` under way throws. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watch);
    this.#ended.abort();
    this.#options.signal.removeEventListener("abort", this.#abort);
    const isIdle = this.#lost === null && this.#waiting === null;
    // Whoever waits for an answer gets none from a socket that we close ourselves.
    this.#lose(new Error("the session was ended"));
    if (isIdle) await this.#terminate();
    this.#raw.destroy();
  }

  /** Waits until the server has closed: an origin is free only then. */
  async #terminate(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    const timer = setTimeout(closed.resolve, 1_000);
    this.#raw.stream.once("close", closed.resolve);
    this.#raw.stream.end(Buffer.from([0x58, 0, 0, 0, 4]));
    await closed.promise;
    clearTimeout(timer);
  }

  /** One piece after the other: a slow network shows that it lives by each that it takes. */
  #write(): void {
    if (this.#isWriting) return;
    const next = this.#outgoing.shift();
    if (!next) return;
    this.#isWriting = true;
    this.#raw.stream.write(next, (error) => {
      if (error) return;
      this.#isWriting = false;
      this.#heard = performance.now();
      this.#write();
    });
  }

  #lose(error: unknown): void {
    this.#lost ??= error;
    this.#waiting?.reject(this.#lost);
    this.#waiting = null;
    this.#outgoing = [];
  }

  #onMessage(type: string, payload: Buffer): void {
    this.#heard = performance.now();
    const waiting = this.#waiting;
    switch (type) {
      case "C":
        if (waiting) this.#onResult(waiting, payload.toString("latin1", 0, payload.length - 1));
        return;
      case "D":
        waiting?.values.push(readRow(payload, this.#encoding));
        return;
      case "E":
        this.#onError(parseErrorResponse(payload));
        return;
      case "Z":
        this.#waiting = null;
        this.#fastestMs = Math.min(this.#fastestMs, performance.now() - this.#askedAt);
        this.#told = [];
        this.#names.settle(waiting?.error?.index ?? null);
        if (waiting?.error) waiting.reject(waiting.error);
        else waiting?.resolve(waiting.results);
        return;
      default:
    }
  }

  #onResult(waiting: Waiting, tag: string): void {
    const result = resultOf(tag, waiting.values);
    waiting.values = [];
    const index = waiting.results.push(result) - 1;
    if (this.#told[0]?.index === index) this.#told.shift()?.tell(result);
  }

  #onError(error: Error): void {
    // Ends of the session are told outside of statements too; the socket's close follows.
    if (this.#waiting)
      this.#waiting.error ??= new StatementError(this.#waiting.results.length, this.#waiting.results, error);
    else this.#lost ??= error;
  }

  async #look(settings: ConnectionSettings, stallMs: number): Promise<void> {
    if (!this.#waiting || performance.now() - this.#heard < stallMs) return;
    const state = await readBackendState(settings, this.processId, this.#ended.signal);
    if (this.#ended.signal.aborted || !this.#waiting || performance.now() - this.#heard < stallMs) return;
    if (state !== "gone" && state !== "network") return;
    this.#lose(
      new CodedError("CONNECTION_LOST", "The target's session does not answer.", { transient: true }),
    );
    this.#raw.destroy();
  }
}

function fresh(): Waiting {
  return { results: [], values: [], error: null, resolve: () => undefined, reject: () => undefined };
}

function resultOf(tag: string, values: (string | null)[][]): StatementResult {
  return { tag, values, rows: Number(/ (\d+)$/.exec(tag)?.[1] ?? 0) };
}

function readRow(payload: Buffer, encoding: BufferEncoding): (string | null)[] {
  const row: (string | null)[] = [];
  for (let at = 2, count = payload.readUInt16BE(0); count > 0; count--) {
    const length = payload.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : payload.toString(encoding, at, at + length));
    if (length > 0) at += length;
  }
  return row;
}
