import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident, literal, qualified } from "@/lib/postgres/sql";

export interface TableChecksum {
  schema: string;
  name: string;
  /** Exact, as decimal text. */
  rows: string;
  /** Sum of 64-bit hashes over all rows: equal for equal sets of rows in any order. */
  checksum: string;
}

export interface ChecksumOptions {
  signal: AbortSignal;
  /** Parallel sessions; default 2. */
  jobs?: number;
}

/**
 * Row count and order-independent checksum of every table and materialised view, as of one snapshot. Knows nothing of the
 * mover: rows are hashed by the server from their text, with every setting fixed that changes how a value is printed, so
 * that any two majors agree on equal rows. Sorted by name.
 */
export async function checksumDatabase(
  settings: ConnectionSettings,
  options: ChecksumOptions,
): Promise<TableChecksum[]> {
  const { signal } = options;
  const holder = await openSession(settings, signal);
  try {
    await holder.query("begin transaction isolation level repeatable read read only");
    const snapshot = await holder.query<{ id: string }>("select pg_catalog.pg_export_snapshot() as id");
    const tables = await listTables(holder);
    const queue = [...tables];
    const results: TableChecksum[] = [];
    const workers = Array.from({ length: Math.min(options.jobs ?? 2, queue.length) }, async () => {
      const client = await openSession(settings, signal);
      try {
        await client.query(
          `begin transaction isolation level repeatable read read only; set transaction snapshot ${literal(snapshot.rows[0]?.id ?? "")}`,
        );
        for (let table = queue.shift(); table; table = queue.shift()) {
          signal.throwIfAborted();
          results.push(await checksumTable(client, table));
        }
      } finally {
        await client.end().catch(() => undefined);
      }
    });
    await Promise.all(workers);
    return results.sort((one, other) => compare(one.schema, other.schema) || compare(one.name, other.name));
  } finally {
    await holder.end().catch(() => undefined);
  }
}

interface HashedTable {
  schema: string;
  name: string;
  columns: string[];
}

async function listTables(client: pg.Client): Promise<HashedTable[]> {
  const { rows } = await client.query<HashedTable>(`
    select n.nspname as schema, c.relname as name,
           coalesce((select pg_catalog.array_agg(a.attname::text order by a.attnum) from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}') as columns
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where (c.relkind = 'r' or c.relkind = 'm' and c.relispopulated) and c.relpersistence <> 't'
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by pg_catalog.pg_table_size(c.oid) desc`);
  return rows;
}

/** The first 16 digits of an MD5 as a number; summed as numeric, because a sum of bigint could overflow. */
async function checksumTable(
  client: pg.Client,
  { schema, name, columns }: HashedTable,
): Promise<TableChecksum> {
  const row = columns.length === 0 ? "''" : `row(${columns.map((column) => ident(column)).join(", ")})::text`;
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `select pg_catalog.count(*)::text as rows,
            coalesce(pg_catalog.sum(('x' || pg_catalog.substr(pg_catalog.md5(${row}), 1, 16))::bit(64)::bigint::numeric), 0)::text as checksum
       from only ${qualified(schema, name)}`,
  );
  return { schema, name, rows: rows[0]?.rows ?? "0", checksum: rows[0]?.checksum ?? "0" };
}

async function openSession(settings: ConnectionSettings, signal: AbortSignal): Promise<pg.Client> {
  const client = await connect(settings, { applicationName: "howdah checksum", signal });
  await client.query(
    "set statement_timeout = 0; set search_path = ''; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set extra_float_digits = 3; set bytea_output = 'hex'; set client_encoding = 'UTF8'; set row_security = off",
  );
  return client;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
