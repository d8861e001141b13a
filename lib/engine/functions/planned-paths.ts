import type pg from "pg";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import { readCalledFunctions } from "./called-functions";
import { setPath } from "./search-path";

/** By tableKey(): schemas that a session needs in its search_path to query the table. */
export type PlannedPaths = ReadonlyMap<string, readonly string[]>;

/**
 * Tables that cannot be queried with an empty search_path: a planner puts the bodies of SQL functions that their indexes call in place of
 * the calls, and does not find what those mention (xfunc-sql.html, inlining). COPY of a whole table plans nothing. Throws what the
 * server reports.
 */
export async function readPlannedPaths(client: pg.Client): Promise<PlannedPaths> {
  const paths = new Map<string, readonly string[]>();
  for (const { path, planned } of await readCalledFunctions(client)) {
    if (path === null) continue;
    for (const table of planned) {
      const others = paths.get(tableKey(table)) ?? [];
      paths.set(tableKey(table), [...new Set([...others, ...path])]);
    }
  }
  return paths;
}

/** Runs `work`, which queries the table, on a session with an empty search_path. */
export async function withPlannedPath<T>(
  client: pg.Client,
  paths: PlannedPaths,
  table: TableName,
  work: () => Promise<T>,
): Promise<T> {
  const path = paths.get(tableKey(table));
  if (!path) return await work();
  await client.query(setPath(path));
  try {
    return await work();
  } finally {
    // What breaks the session, or its transaction, is told by the work.
    await client.query("set search_path = ''").catch(() => undefined);
  }
}
