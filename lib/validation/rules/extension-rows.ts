import type pg from "pg";
import {
  type ConfigurationTable,
  hasOwnRows,
  listConfigurationTables,
} from "@/lib/engine/schema/configuration-tables";
import { displayName } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

/** Whoever created it, what a trusted extension makes belongs to a superuser (extend-extensions.html). */
async function isSuperuser(target: pg.Client): Promise<boolean> {
  const { rows } = await target.query<{ superuser: boolean }>(
    "select rolsuper as superuser from pg_roles where rolname = current_user",
  );
  return rows[0]?.superuser === true;
}

export const extensionRows = defineRule({
  id: "extension-rows",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Warning",
  code: "EXTENSION_ROWS_REFUSED",
  title: "no rows in tables of extensions that the target login may not write",
  why: "Rows put into an extension's tables (spatial_ref_sys of PostGIS, cron.job) move with the database; on the target these tables belong to a superuser once the extension is created, and another login may write them only when it was allowed to.",
  side: "target",
  mendedBy: "decision",
  fix: {
    general:
      "Migrate with a superuser where the target has one; or, when the tables have failed, have the grants made that the migration prints and retry it; or put the rows there by the extension's own functions.",
    azure:
      "Azure offers no superuser: put the rows there by the extension's own functions after the migration, or leave the data of these tables out by a filter.",
  },
  async check({ source, target }) {
    const none = { checked: "No extension has rows that the target login could not write.", problems: [] };
    if (await isSuperuser(target.client)) return none;
    const filled: ConfigurationTable[] = [];
    // Those that cannot be read are told by another rule.
    for (const table of await listConfigurationTables(source.client))
      if (table.readable && !table.rowSecurity && (await hasOwnRows(source.client, table)))
        filled.push(table);
    if (filled.length === 0) return none;
    const problem = {
      message: `${filled.length} ${filled.length === 1 ? "table" : "tables"} of extensions ${filled.length === 1 ? "has" : "have"} rows that the target login may not be allowed to write.`,
      objects: filled.map(({ schema, name, extension }) => `${displayName(schema, name)} (${extension})`),
    };
    return { ...none, problems: [problem] };
  },
});
