/** Libraries of extensions that are to be loaded at the start of the server, by name of extension. */
const LIBRARY_OF: ReadonlyMap<string, string> = new Map([
  ["pg_cron", "pg_cron"],
  ["pg_hint_plan", "pg_hint_plan"],
  ["pg_partman", "pg_partman_bgw"],
  ["pg_prewarm", "pg_prewarm"],
  ["pg_stat_statements", "pg_stat_statements"],
  ["pgaudit", "pgaudit"],
  ["pglogical", "pglogical"],
  ["timescaledb", "timescaledb"],
  ["wal2json", "wal2json"],
]);

/** Those whose extension is created, and its functions work, without them: they add a background worker, a hook or figures. */
const OPTIONAL: ReadonlySet<string> = new Set([
  "pg_hint_plan",
  "pg_partman_bgw",
  "pg_prewarm",
  "pg_stat_statements",
  "wal2json",
]);

/** Libraries that shared_preload_libraries has to name for these extensions. */
export function librariesOf(extensions: readonly string[]): string[] {
  return [...new Set(extensions.flatMap((name) => LIBRARY_OF.get(name) ?? []))];
}

/** True of a library without which its extension cannot be created. */
export function isIndispensable(library: string): boolean {
  return !OPTIONAL.has(library);
}
