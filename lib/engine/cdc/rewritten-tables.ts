import type pg from "pg";
import { qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import { type PlannedPaths, readPlannedPaths, withPlannedPath } from "../functions/planned-paths";
import { tableKey } from "../schema/restore-plan";
import type { FollowedTable } from "./follow-options";
import { eachTableIdentity } from "./table-identities";

/** Rows looked at, in the order in which they lie in the table: those a rewrite has kept come first. */
const LOOKED_AT = 10_000;

/**
 * Tables that have another file than when they were copied, and in which no row older than the copy was found. ALTER TABLE
 * writes all rows anew when it rewrites a table, also to make it unlogged and logged again, and the stream tells nothing of
 * that, nor of what was written in between; VACUUM FULL and CLUSTER keep each row's age (sql-altertable.html). A table that was
 * emptied and filled again, which the stream tells of, is among them too: only comparing the rows can tell them apart. The
 * session's search_path is empty. Throws what the source reports.
 */
export async function listRewritten(
  source: pg.Client,
  tables: readonly FollowedTable[],
): Promise<FollowedTable[]> {
  const known = new Map(tables.map((table) => [tableKey(table), table]));
  const moved: FollowedTable[] = [];
  await eachTableIdentity(source, (key, { filenode }) => {
    const table = known.get(key);
    if (table?.identity && table.identity.filenode !== filenode) moved.push(table);
  });
  const rewritten: FollowedTable[] = [];
  let paths: PlannedPaths | null = null;
  for (const table of moved) {
    const endedBefore = table.identity?.endedBefore;
    if (endedBefore === undefined) continue;
    paths ??= await readPlannedPaths(source);
    if (!(await hasOlderRow(source, paths, table, endedBefore))) rewritten.push(table);
  }
  return rewritten;
}

/** True when a row is found that a transaction before the xid `endedBefore` has written. Throws what the source reports. */
export async function hasOlderRow(
  source: pg.Client,
  paths: PlannedPaths,
  table: TableName,
  endedBefore: string,
): Promise<boolean> {
  const { rowCount } = await withPlannedPath(source, paths, table, () =>
    source.query(
      `select from (select xmin from only ${qualified(table.schema, table.name)} limit ${LOOKED_AT}) r
        where pg_catalog.age(r.xmin) > pg_catalog.age($1::text::xid) limit 1`,
      [endedBefore],
    ),
  );
  return rowCount !== 0;
}
