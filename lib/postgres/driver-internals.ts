import type { Duplex } from "node:stream";
import type pg from "pg";

/** What `pg` and Node.js keep but their types leave out; the only place that relies on it. */
interface Internals {
  connection: { stream: Duplex };
  processID: number;
  readyForQuery: boolean;
}

/** The session's socket, plain or TLS. */
export function streamOf(client: pg.Client): Duplex {
  return (client as unknown as Internals).connection.stream;
}

/** Process id of the session's backend, as pg_stat_activity shows it. */
export function processIdOf(client: pg.Client): number {
  return (client as unknown as Internals).processID;
}

/** True while the driver waits for the answer to a query. */
export function isWaiting(client: pg.Client): boolean {
  return !(client as unknown as Internals).readyForQuery;
}

interface Handle {
  reading?: boolean;
  readStop?: () => void;
}

/** Reads no more from the socket, at once: a stream that is paused reads on until its buffer is full. */
export function stopReading(stream: Duplex): void {
  const handle = (stream as unknown as { _handle?: Handle | null })._handle;
  if (!handle?.reading || !handle.readStop) return;
  handle.reading = false;
  handle.readStop();
}

/** Undoes `stopReading`; of no effect otherwise, or when the socket is closed. */
export function goOnReading(stream: Duplex): void {
  if (!stream.destroyed) stream._read(0);
}
