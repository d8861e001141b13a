import { defineRule } from "../rule";

export const timescaleOffline = defineRule({
  id: "timescale-offline",
  type: "ExtensionsValidation",
  level: "database",
  mode: "Online",
  severity: "Failed",
  code: "TIMESCALE_ONLINE",
  title: "no TimescaleDB in an online migration",
  why: "TimescaleDB makes and drops tables of its own all the time, and changes of the catalogue are in no stream of changes.",
  side: "source",
  mendedBy: "decision",
  fix: { general: "Choose migration mode Offline for this database, with writes stopped on the source." },
  async check({ source }) {
    const { rows } = await source.client.query<{ version: string }>(
      "select extversion as version from pg_extension where extname = 'timescaledb'",
    );
    const [row] = rows;
    return {
      checked: "The database does not use TimescaleDB.",
      problems: row
        ? [{ message: `The database uses TimescaleDB ${row.version}.`, objects: ["timescaledb"] }]
        : [],
    };
  },
});
