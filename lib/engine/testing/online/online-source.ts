import type { TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { settingsOf } from "../settings-of";
import { runSql } from "../with-session";
import { createTables, ONLINE_TABLES } from "./online-tables";
import { createTally, TEXT_SETTINGS } from "./tally";

/** Makes a database with the tables of a round, their tally, and their first rows, which are transaction 1. */
export async function createOnlineSource(
  server: Pick<TestServer, "host" | "port" | "user" | "password">,
  database: string,
): Promise<ConnectionSettings> {
  const settings = settingsOf(server, database);
  await runSql(settingsOf(server), `create database ${database}`);
  const fills = ONLINE_TABLES.flatMap(({ fill }) => (fill ? [fill] : []));
  await runSql(
    settings,
    TEXT_SETTINGS,
    ...createTables(ONLINE_TABLES),
    ...createTally(ONLINE_TABLES),
    ["begin", ...fills, "select s.book(0, 1, 'fill')", "commit"].join("; "),
  );
  return settings;
}
