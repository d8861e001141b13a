import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { literal, qualified } from "@/lib/postgres/sql";
import type { Move } from "./movers";
import { runToEnd } from "./shell";

/** Milliseconds the servers need for the rows alone, without a network, a relay or an index. */
export interface CopyLimit {
  /** Reading: COPY to nowhere on the source. */
  readMs: number;
  /** Writing: COPY from files on the target. */
  writeMs: number;
}

interface Table {
  schema: string;
  name: string;
}

/** Both limits over `jobs` sessions, biggest table first. The target gets the tables and keeps the rows. */
export async function measureCopyLimit({ source, target }: Move, jobs: number): Promise<CopyLimit> {
  const folder = mkdtempSync(join(tmpdir(), "howdah-bench-copy-"));
  try {
    // The servers run as another user than the bench when that is root.
    chmodSync(folder, 0o777);
    const tables = await listTables(source);
    await createTables({ source, target }, folder);
    const file = (table: Table) => literal(join(folder, String(tables.indexOf(table))));
    const copy = (table: Table, where: string) => `copy ${qualified(table.schema, table.name)} ${where}`;
    await overSessions(source, jobs, tables, (table) => copy(table, `to ${file(table)} (format binary)`));
    const reading = performance.now();
    await overSessions(source, jobs, tables, (table) => copy(table, "to '/dev/null' (format binary)"));
    const writing = performance.now();
    await overSessions(target, jobs, tables, (table) => copy(table, `from ${file(table)} (format binary)`));
    return { readMs: writing - reading, writeMs: performance.now() - writing };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function listTables(settings: ConnectionSettings): Promise<Table[]> {
  const client = await connect(settings);
  try {
    const { rows } = await client.query<Table>(
      "select 'public' as schema, relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by pg_table_size(oid) desc",
    );
    return rows;
  } finally {
    await client.end();
  }
}

async function createTables({ source, target }: Pick<Move, "source" | "target">, folder: string) {
  const env = (settings: ConnectionSettings) => ({
    ...process.env,
    PGHOST: settings.host,
    PGPORT: String(settings.port),
    PGUSER: settings.user,
    PGPASSWORD: settings.password,
    PGDATABASE: settings.database,
  });
  const script = join(folder, "schema.sql");
  await runToEnd("pg_dump", ["--schema-only", "--section=pre-data", "-f", script], env(source));
  await runToEnd("psql", ["-q", "-X", "-f", script], env(target));
}

async function overSessions(
  settings: ConnectionSettings,
  jobs: number,
  tables: readonly Table[],
  statement: (table: Table) => string,
): Promise<void> {
  const queue = tables.values();
  const work = async (client: pg.Client) => {
    for (const table of queue) await client.query(statement(table));
  };
  const clients = await Promise.all(Array.from({ length: jobs }, () => connect(settings)));
  try {
    await Promise.all(clients.map(work));
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
