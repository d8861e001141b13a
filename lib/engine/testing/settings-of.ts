import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** How to log in to a test server as its superuser, at one of its databases. */
export function settingsOf(
  server: { host: string; port: number; user: string; password: string },
  database = "postgres",
): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database, sslMode: "Prefer" };
}
