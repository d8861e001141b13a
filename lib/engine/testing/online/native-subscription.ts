import { setTimeout as sleep } from "node:timers/promises";
import type { TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { queryRows, runSql } from "../with-session";
import { createOnlineSource } from "./online-source";
import { ONLINE_TABLES } from "./online-tables";
import { LEDGER } from "./tally";

/** PostgreSQL's own logical replication between two servers, by which the checker itself is tried. */
export interface NativeSubscription extends AsyncDisposable {
  target: ConnectionSettings;
  /** Resolves when the target has what the source has committed by now. */
  caughtUp(): Promise<void>;
}

/**
 * Subscribes a new database to a source that was filled and not written to since. It is filled in the same way, not copied: a
 * worker of PostgreSQL's takes seconds for each table, and refuses a TRUNCATE of two of which only one is copied.
 */
export async function subscribe(
  source: ConnectionSettings,
  server: TestServer,
  database: string,
): Promise<NativeSubscription> {
  const target = await createOnlineSource(server, database);
  const followed = ONLINE_TABLES.filter((table) => table.followed === "exact");
  const relations = followed.flatMap(({ relation, leaves }) => leaves ?? [relation]);
  await runSql(source, `create publication native for table ${[LEDGER, ...relations].join(", ")}`);
  const { host, port, user, password } = source;
  const conninfo = `host=${host} port=${port} user=${user} password=${password} dbname=${source.database}`;
  await runSql(
    target,
    `create subscription native connection '${conninfo}' publication native with (slot_name = '${database}', copy_data = false)`,
  );
  const until = async (sql: string) => {
    while (!(await queryRows<{ done: boolean }>(target, sql))[0]?.done) await sleep(20);
  };
  return {
    target,
    async caughtUp() {
      const [row] = await queryRows<{ n: string }>(source, `select max(n) as n from ${LEDGER}`);
      await until(`select coalesce(max(n), 0) >= ${row?.n ?? 0} as done from ${LEDGER}`);
    },
    [Symbol.asyncDispose]: () => runSql(target, "drop subscription if exists native"),
  };
}
