import type pg from "pg";
import { displayIdent } from "@/lib/postgres/sql";
import type { VerifyRun } from "./verify-run";

/**
 * Notes extensions that have another version on the target. No difference by itself: the target creates its own default version;
 * one that is missing is among the differences of the schema.
 */
export async function noteExtensionVersions(run: VerifyRun): Promise<void> {
  const [ours, theirs] = await Promise.all([run.source.read(readVersions), run.target.read(readVersions)]);
  const other = [...ours].flatMap(([name, version]) => {
    const there = theirs.get(name) ?? version;
    return there === version ? [] : [`${displayIdent(name)} (source ${version}, target ${there})`];
  });
  if (other.length > 0)
    run.report({
      type: "note",
      message: `Extensions in another version on the target: ${other.join(", ")}.`,
    });
}

async function readVersions(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; version: string }>(
    "select extname as name, extversion as version from pg_catalog.pg_extension where extname <> 'plpgsql' order by extname",
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
}
