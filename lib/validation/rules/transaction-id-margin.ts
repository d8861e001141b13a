import { defineRule } from "../rule";

/** Servers refuse writes some 3 million transactions before 2^31; below this margin a long snapshot is a risk. */
const MARGIN = 500_000_000;
const LIMIT = 2 ** 31;

export const transactionIdMargin = defineRule({
  id: "transaction-id-margin",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "WRAPAROUND_NEAR",
  alwaysChecked: false,
  title: "far from transaction id wraparound",
  why: "The copy holds a snapshot, and while it does vacuum cannot advance the oldest transaction id; a source near the limit would stop taking writes.",
  side: "source",
  mendedBy: "decision",
  fix: { general: "Run vacuum (freeze) in the databases named, and migrate afterwards." },
  async check({ source }) {
    const { rows } = await source.client.query<{ name: string; age: number }>(
      "select datname::text as name, age(datfrozenxid) as age from pg_database where datallowconn order by 2 desc",
    );
    const near = rows.filter(({ age }) => LIMIT - age < MARGIN);
    const oldest = rows[0]?.age ?? 0;
    return {
      checked: `The oldest transaction id of the source is ${oldest.toLocaleString("en")} transactions old.`,
      problems:
        near.length === 0
          ? []
          : [
              {
                message: `${near.length} ${near.length === 1 ? "database is" : "databases are"} near transaction id wraparound on the source.`,
                objects: near.map(({ name, age }) => `${name} (age ${age.toLocaleString("en")})`),
              },
            ],
    };
  },
});
