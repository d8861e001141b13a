import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf, streamOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { sqlStateOf } from "@/lib/postgres/errors";
import { literal } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import { prepareSource, prepareTarget } from "../session-settings";

export interface PairOptions {
  source: ConnectionSettings;
  target: ConnectionSettings;
  snapshotId: string;
  signal: AbortSignal;
}

/** A session on either side, the source's inside the shared snapshot. */
export interface CopyPair {
  source: pg.Client;
  target: pg.Client;
  /** Ends both sessions in good order. */
  close(): Promise<void>;
  /** Ends both sessions whatever they do, and does not leave before the servers know. */
  terminate(): Promise<void>;
}

/** Milliseconds to open a pair in; a network that takes bytes and passes none on would let it wait for ever. */
const OPEN_TIMEOUT_MS = 30_000;

/** Opens a pair. Throws CodedError; nothing stays open then. */
export async function openPair(options: PairOptions): Promise<CopyPair> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLate()), OPEN_TIMEOUT_MS);
  try {
    return await open({ ...options, signal: AbortSignal.any([options.signal, late.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(): CodedError {
  const message = `No session could be prepared within ${OPEN_TIMEOUT_MS / 1_000} s.`;
  return new CodedError("CONNECTION_TIMED_OUT", message, { transient: true });
}

async function open(options: PairOptions): Promise<CopyPair> {
  const { signal } = options;
  const opened: pg.Client[] = [];
  const destroy = () => {
    for (const client of opened) streamOf(client).destroy();
  };
  signal.addEventListener("abort", destroy, { once: true });
  try {
    const source = await connect(options.source, { applicationName: "howdah copy", signal });
    opened.push(source);
    await prepareSource(source);
    await enterSnapshot(source, options.snapshotId);
    const target = await connect(options.target, { applicationName: "howdah copy", signal });
    opened.push(target);
    await prepareTarget(target);
    return pairOf(options, source, target);
  } catch (error) {
    await Promise.all(opened.map(endClient));
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", destroy);
  }
}

/** Codes by which the majors say that no session holds that snapshot any more; nothing consistent with it can be read then. */
const SNAPSHOT_GONE: ReadonlySet<string | null> = new Set(["22023", "42704", "55000"]);

async function enterSnapshot(client: pg.Client, snapshotId: string): Promise<void> {
  try {
    await client.query(
      `begin transaction isolation level repeatable read read only; set transaction snapshot ${literal(snapshotId)}`,
    );
  } catch (error) {
    if (!SNAPSHOT_GONE.has(sqlStateOf(error))) throw error;
    const message = "The session that held the source's snapshot was lost.";
    throw new CodedError("CONNECTION_LOST", message, { cause: error, transient: true });
  }
}

function pairOf(options: PairOptions, source: pg.Client, target: pg.Client): CopyPair {
  return {
    source,
    target,
    async close() {
      await Promise.all([endClient(source), endClient(target)]);
    },
    async terminate() {
      streamOf(source).destroy();
      streamOf(target).destroy();
      await Promise.all([
        endSession(options.source, processIdOf(source)),
        endSession(options.target, processIdOf(target)),
      ]);
    },
  };
}
