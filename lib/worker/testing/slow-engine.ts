import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@/lib/postgres/connect";
import { ident, literal } from "@/lib/postgres/sql";
import type { Engine } from "../engine";

export interface SlowEngineOptions {
  /** Rows of the one table it "copies", and the pause after each. */
  rows: number;
  pauseMs: number;
  /** Databases whose move throws. */
  failing?: readonly string[];
}

/**
 * An engine for tests of the worker around it: real servers and real databases, but one table "items", copied row by row at a
 * chosen pace, so that a test can kill, cancel or take over in the middle. A lock on the target fails the move when two workers
 * ever work on one database at the same time.
 */
export function slowEngine({ rows, pauseMs, failing = [] }: SlowEngineOptions): Engine {
  return {
    async targetDatabaseExists({ target, name, signal }) {
      const client = await connect(target, { signal });
      try {
        const found = await client.query("select 1 from pg_database where datname = $1", [name]);
        return found.rows.length > 0;
      } finally {
        await client.end();
      }
    },
    async createTargetDatabase({ target, name, signal }) {
      const client = await connect(target, { signal });
      await client.query(`create database ${ident(name)} template template0`).finally(() => client.end());
    },
    async dropTargetDatabase({ target, name, signal }) {
      const client = await connect(target, { signal });
      await client.query(`drop database if exists ${ident(name)} with (force)`).finally(() => client.end());
    },
    async moveDatabase({ source, target, report, signal }) {
      if (failing.includes(target.database)) throw new Error(`cannot move ${target.database}`);
      // Nothing is read from it: it only has to be there, and connected to.
      await (await connect(source, { signal })).end();
      const to = await connect(target, { signal, applicationName: "howdah slow engine" });
      const table = { schema: "public", name: "items" };
      const stop = () => void to.end().catch(() => undefined);
      signal.addEventListener("abort", stop, { once: true });
      try {
        const lock = await to.query<{ free: boolean }>(
          `select pg_try_advisory_lock(hashtext(${literal(target.database)})) as free`,
        );
        if (!lock.rows[0]?.free) throw new Error("two workers at once");
        report({ type: "phase-started", phase: "schema" });
        await to.query("create table items (id int primary key, worker_pid int)");
        report({ type: "phase-ended", phase: "schema" });
        report({
          type: "planned",
          tables: [{ ...table, bytesEstimated: rows * 10, rowsEstimated: rows }],
          indexes: 1,
        });
        report({ type: "phase-started", phase: "copy" });
        report({ type: "table-started", table, format: "text", attempt: 1 });
        for (let row = 1; row <= rows; row++) {
          signal.throwIfAborted();
          await to.query("insert into items values ($1, $2)", [row, process.pid]);
          report({ type: "table-progress", table, bytes: row * 10, rows: row });
          await sleep(pauseMs, undefined, { signal });
        }
        report({ type: "table-completed", table, bytes: rows * 10, rows, ms: rows * pauseMs, parts: 1 });
        report({ type: "phase-ended", phase: "copy" });
        return { failures: [] };
      } finally {
        signal.removeEventListener("abort", stop);
        await to.end().catch(() => undefined);
      }
    },
  };
}
