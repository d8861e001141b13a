import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Report } from "../events";

/** Ordinary transactions end sooner. */
const PATIENCE_MS = 5_000;
const AGAIN_MS = 60_000;
/** Lines of one note. */
const SHOWN = 10;

interface Waiting {
  pid: number | null;
  seconds: number;
  /** Login, application and database, or the id of a prepared transaction. */
  who: string;
}

/** Transactions with an id of their own hold up a new slot, those of other databases too; prepared ones have no session. */
const WAITED_FOR = `
select a.pid, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::int as seconds,
       pg_catalog.concat_ws(' ', a.usename, nullif(a.application_name, ''), 'in', a.datname) as who
  from pg_catalog.pg_stat_activity a
 where a.backend_xid is not null and a.xact_start is not null
union all
select null, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared)::int,
       pg_catalog.concat_ws(' ', 'prepared transaction', p.gid, 'in', p.database)
  from pg_catalog.pg_prepared_xacts p
 order by 2 desc nulls last limit ${SHOWN}`;

/**
 * Tells, while a slot is being made, which transactions it waits for; the first time after 5 s. Ends when aborted; never
 * throws, because it only explains.
 */
export async function reportWaiting(client: pg.Client, report: Report, until: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  try {
    for (let pause = PATIENCE_MS; ; pause = AGAIN_MS) {
      await sleep(pause, undefined, { signal: until });
      const { rows } = await client.query<Waiting>(WAITED_FOR);
      if (until.aborted) return;
      const waited = Math.round((performance.now() - startedAt) / 1_000);
      const list = rows.map(
        ({ pid, seconds, who }) => `${pid === null ? who : `process ${pid} (${who})`}, ${seconds} s`,
      );
      const text = list.length > 0 ? list.join("; ") : "none that this login can see";
      report({
        type: "note",
        message: `Waiting for ${waited} s to begin the capture of changes: the source first ends every transaction that is under way. Open ones: ${text}.`,
        data: { transactions: rows },
        isUrgent: true,
      });
    }
  } catch {
    // Aborted, or the session is gone, which the slot's own session tells better.
  }
}
