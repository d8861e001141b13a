import { checksumDatabase, type TableChecksum } from "@/lib/engine/verify/table-checksums";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** One table on both sides; a side is null where the table is missing. */
export interface TableComparison {
  database: string;
  table: string;
  source: TableChecksum | null;
  target: TableChecksum | null;
  equal: boolean;
}

export interface Sides {
  source: ConnectionSettings;
  target: ConnectionSettings;
}

/** Counts and checksums every table and materialised view of a database on both servers. Throws CodedError when a side is missing. */
export async function compareDatabase(
  database: string,
  { source, target }: Sides,
  signal: AbortSignal,
): Promise<TableComparison[]> {
  const [before, after] = await Promise.all(
    [source, target].map(async (side) => {
      const tables = await checksumDatabase({ ...side, database }, { signal });
      return new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]));
    }),
  );
  const names = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort();
  return names.map((table) => {
    const [left, right] = [before?.get(table) ?? null, after?.get(table) ?? null];
    const equal = left !== null && left.rows === right?.rows && left.checksum === right.checksum;
    return { database, table, source: left, target: right, equal };
  });
}
