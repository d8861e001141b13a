import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** Runs `use` in a session of its own, which is closed whatever happens. */
export async function withSession<T>(
  settings: ConnectionSettings,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings, { applicationName: "test" });
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Runs statements, each by itself, in one session. */
export async function runSql(settings: ConnectionSettings, ...statements: string[]): Promise<void> {
  await withSession(settings, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/** The rows of one query. */
export async function queryRows<Row extends pg.QueryResultRow>(
  settings: ConnectionSettings,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return withSession(settings, async (client) => (await client.query<Row>(sql, values)).rows);
}
