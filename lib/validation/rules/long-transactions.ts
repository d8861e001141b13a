import type pg from "pg";
import { defineRule } from "../rule";

const NEEDS = "grant pg_monitor, or pg_read_all_stats, to the source login.";

/** Sessions whose times the login may not see; it sees of them who they are and where. */
async function countHidden(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ hidden: number }>(`
    select count(*)::int as hidden from pg_stat_activity
     where datname is not null and usename is not null and query = '<insufficient privilege>'`);
  return rows[0]?.hidden ?? 0;
}

export const longTransactions = defineRule({
  id: "long-transactions",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "TRANSACTIONS_LONG",
  alwaysChecked: false,
  title: "no transaction open for long on the source",
  why: "A slot is only created when the transactions that were open have ended, and a transaction that holds a lock on a table keeps the copy waiting.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general: "Let these transactions end, or end their sessions: select pg_terminate_backend(pid).",
  },
  needs: NEEDS,
  async check({ source }) {
    const { rows } = await source.client.query<{
      pid: number;
      who: string | null;
      where: string | null;
      age: string;
    }>(`
      select pid, usename::text as who, datname::text as where, date_trunc('second', now() - xact_start)::text as age
        from pg_stat_activity
       where xact_start < now() - interval '5 minutes' and pid <> pg_backend_pid() and datname is not null
       order by xact_start limit 1000`);
    const hidden = await countHidden(source.client);
    if (rows.length === 0 && hidden > 0) {
      const because = `the source login may not see when ${hidden} ${hidden === 1 ? "session" : "sessions"} of other roles began ${hidden === 1 ? "its transaction" : "their transactions"}.`;
      return { checked: "", problems: [], notChecked: { because, remedy: NEEDS } };
    }
    return {
      checked: "No transaction has been open for more than 5 minutes on the source.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "transaction has" : "transactions have"} been open for more than 5 minutes on the source.`,
                objects: rows.map(
                  ({ pid, who, where, age }) => `pid ${pid} (${who ?? "?"} in ${where ?? "?"}, ${age})`,
                ),
                fix: rows.map(({ pid }) => ({
                  side: "source" as const,
                  sql: `select pg_terminate_backend(${pid});`,
                })),
              },
            ],
    };
  },
});
