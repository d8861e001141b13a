import { defineRule } from "../rule";

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
  fix: {
    general: "Let these transactions end, or end their sessions: select pg_terminate_backend(pid).",
  },
  needs: "grant pg_monitor, or pg_read_all_stats, to the source login.",
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
