import type pg from "pg";
import { ident, literal } from "@/lib/postgres/sql";
import { defineRule, type RuleProblem } from "../rule";

interface Update {
  name: string;
  from: string;
  to: string;
}

/** Names of the extensions that the source's own scripts bring from one version to the other. */
async function findUpdates(client: pg.Client, updates: readonly Update[]): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `select w.name from unnest($1::text[], $2::text[], $3::text[]) as w (name, "from", "to")
      where exists (select from pg_extension_update_paths(w.name) p
                     where p.source = w."from" and p.target = w."to" and p.path is not null)`,
    [updates.map(({ name }) => name), updates.map(({ from }) => from), updates.map(({ to }) => to)],
  );
  return new Set(rows.map(({ name }) => name));
}

export const extensionVersions = defineRule({
  id: "extension-versions",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Warning",
  code: "EXTENSION_VERSION_DIFFERS",
  title: "extensions come in the same version on the target",
  why: "The target creates its own default version; objects and values that only the source's version knows may not fit.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general:
      "Update the extension on the source first (alter extension ... update), or test the application against the target's version.",
  },
  async check({ source, target }) {
    const [here, there] = await Promise.all([
      source.client.query<{ name: string; version: string }>(
        "select extname::text as name, extversion as version from pg_extension where extname <> 'plpgsql' order by 1",
      ),
      target.client.query<{ name: string; version: string }>(
        "select name::text, default_version as version from pg_available_extensions",
      ),
    ]);
    const offered = new Map(there.rows.map(({ name, version }) => [name, version]));
    const other = here.rows.flatMap(({ name, version: from }) => {
      const to = offered.get(name) ?? from;
      return from === to ? [] : [{ name, from, to }];
    });
    const checked = "The target offers the same version of every extension in use.";
    if (other.length === 0) return { checked, problems: [] };
    const reachable = await findUpdates(source.client, other);
    const problem: RuleProblem = {
      message: `${other.length} ${other.length === 1 ? "extension comes" : "extensions come"} in another version on the target.`,
      objects: other.map(({ name, from, to }) => `${name} (source ${from}, target ${to})`),
      fix: other
        .filter(({ name }) => reachable.has(name))
        .map(({ name, to }) => ({
          side: "source",
          sql: `alter extension ${ident(name)} update to ${literal(to)};`,
        })),
    };
    return { checked, problems: [problem] };
  },
});
