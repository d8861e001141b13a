import pg from "pg";

/**
 * Runs one query and hands each row to `see`, which must not throw, as it comes: the process never holds all of them. Throws what
 * the server reports, as client.query() does.
 */
export async function eachRow<Row extends pg.QueryResultRow>(
  client: pg.Client,
  sql: string,
  values: readonly unknown[],
  see: (row: Row) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const query = new pg.Query<Row>(sql, [...values]);
  query.on("row", see);
  query.once("end", () => resolve());
  query.once("error", reject);
  client.query(query);
  await promise;
}
