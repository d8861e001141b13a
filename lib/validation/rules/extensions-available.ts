import type pg from "pg";
import { defineRule } from "../rule";

async function listInstalled(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select extname as name from pg_extension where extname <> 'plpgsql' order by extname",
  );
  return rows.map((row) => row.name);
}

async function listAvailable(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>("select name from pg_available_extensions");
  return new Set(rows.map((row) => row.name));
}

/** The allow-list of Azure Database for PostgreSQL; null on servers without that parameter. */
async function readAllowList(client: pg.Client): Promise<Set<string> | null> {
  const { rows } = await client.query<{ list: string | null }>(
    "select current_setting('azure.extensions', true) as list",
  );
  const list = rows[0]?.list;
  if (list === null || list === undefined) return null;
  return new Set(list.split(",").map((name) => name.trim().toLowerCase()));
}

export const extensionsAvailable = defineRule({
  id: "extensions-available",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Failed",
  code: "EXTENSION_UNAVAILABLE",
  title: "extensions available on the target",
  why: "Objects that need a missing extension (types, indexes, functions) cannot be created, nor the tables that use them.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general:
      "Install the extension's package on the target, or drop the extension on the source when nothing uses it.",
    azure:
      "Add the extension to the server parameter azure.extensions; for a target that was found in Azure Howdah offers to do so. One that the service does not offer has to be dropped on the source.",
  },
  async check({ source, target }) {
    const installed = await listInstalled(source.client);
    const available = await listAvailable(target.client);
    const allowed = await readAllowList(target.client);
    const problems = [];
    const missing = installed.filter((name) => !available.has(name));
    if (missing.length > 0) {
      problems.push({
        message: `Not available on the target: ${missing.join(", ")}.`,
        objects: missing,
      });
    }
    const blocked = installed.filter(
      (name) => available.has(name) && allowed && !allowed.has(name.toLowerCase()),
    );
    if (blocked.length > 0) {
      problems.push({
        message: `Not in azure.extensions on the target: ${blocked.join(", ")}.`,
        remedy: `Add to the server parameter azure.extensions on the target: ${blocked.join(", ").toUpperCase()}.`,
        objects: blocked,
      });
    }
    const checked =
      installed.length === 0
        ? "No extensions are in use."
        : `Available on the target: ${installed.join(", ")}.`;
    return { checked, problems };
  },
});
