import type { Duplex } from "node:stream";
import type pg from "pg";

/** What `pg` keeps but its types leave out; the only place that relies on it. */
interface Internals {
  connection: { stream: Duplex };
  processID: number;
}

/** The session's socket, plain or TLS. */
export function streamOf(client: pg.Client): Duplex {
  return (client as unknown as Internals).connection.stream;
}

/** Process id of the session's backend, as pg_stat_activity shows it. */
export function processIdOf(client: pg.Client): number {
  return (client as unknown as Internals).processID;
}
