import { literal } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const preparedTransactions = defineRule({
  id: "prepared-transactions",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "TRANSACTIONS_PREPARED",
  alwaysChecked: false,
  title: "no prepared transaction on the source",
  why: "A prepared transaction keeps its locks for ever: tables it changed cannot be locked, slots cannot be created, and what it changed is in no copy until it is committed.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general:
      "Commit or roll back each of them, from its own database: commit prepared 'gid'; rollback prepared 'gid'.",
  },
  async check({ source }) {
    const { rows } = await source.client.query<{ gid: string; database: string; prepared: string }>(`
      select gid, database::text, date_trunc('second', prepared)::text as prepared from pg_prepared_xacts order by 1`);
    return {
      checked: "There is no prepared transaction on the source.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} prepared ${rows.length === 1 ? "transaction is" : "transactions are"} open on the source.`,
                objects: rows.map(({ gid, database, prepared }) => `${gid} (${database}, since ${prepared})`),
                remedy: `Decide for each, in its own database: commit prepared ${literal(rows[0]?.gid ?? "gid")}; or rollback prepared ...;`,
              },
            ],
    };
  },
});
