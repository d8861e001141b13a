import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { qualified } from "@/lib/postgres/sql";

/** One table on both sides; a side is null where the table is missing. */
export interface TableComparison {
  database: string;
  table: string;
  source: TableContents | null;
  target: TableContents | null;
  equal: boolean;
}

/** Rows and an order-independent checksum of all their columns. */
export interface TableContents {
  rows: number;
  checksum: string;
}

/** Reads every table and materialised view of a database on both servers and compares rows and checksums. */
export async function compareDatabase(
  database: string,
  source: ConnectionSettings,
  target: ConnectionSettings,
): Promise<TableComparison[]> {
  const [before, after] = await Promise.all([
    readContents({ ...source, database }),
    readContents({ ...target, database }),
  ]);
  const tables = [...new Set([...before.keys(), ...after.keys()])].sort();
  return tables.map((table) => {
    const [left, right] = [before.get(table) ?? null, after.get(table) ?? null];
    const equal = left !== null && left.rows === right?.rows && left.checksum === right.checksum;
    return { database, table, source: left, target: right, equal };
  });
}

async function readContents(settings: ConnectionSettings): Promise<Map<string, TableContents>> {
  const client = await connect(settings, { applicationName: "howdah demo" });
  try {
    // The text of a value must not depend on the server's defaults.
    await client.query("set timezone = 'UTC'");
    await client.query("set datestyle = 'ISO, YMD'");
    await client.query("set intervalstyle = 'postgres'");
    await client.query("set extra_float_digits = 3");
    const contents = new Map<string, TableContents>();
    for (const { schema, name } of await listTables(client)) {
      contents.set(`${schema}.${name}`, await readTable(client, qualified(schema, name)));
    }
    return contents;
  } finally {
    await client.end();
  }
}

async function listTables(client: pg.Client): Promise<{ schema: string; name: string }[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(`
    select n.nspname as schema, c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence <> 't'
       and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
     order by 1, 2`);
  return rows;
}

async function readTable(client: pg.Client, table: string): Promise<TableContents> {
  const { rows } = await client.query<{ rows: string; checksum: string }>(`
    select count(*) as rows,
           to_hex(coalesce(sum(hashtextextended(t::text, 0)::numeric % 2147483647), 0)::bigint) as checksum
      from only ${table} t`);
  const [row] = rows;
  return { rows: Number(row?.rows ?? 0), checksum: row?.checksum ?? "" };
}
