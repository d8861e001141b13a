import type pg from "pg";
import { displayIdent } from "@/lib/postgres/sql";
import type { RowDifference, VerifiedItem, VerifiedResult } from "./verify-events";
import { resultOf, type VerifyRun } from "./verify-run";

export const EXTENSIONS: VerifiedItem = { kind: "extensions", schema: "", name: "versions of extensions" };

/** An extension that both sides have, with the version of each. */
export interface ExtensionPair {
  name: string;
  source: string;
  target: string;
}

/** Extensions of both sides; one that is missing is among the differences of the schema. Throws what the servers report. */
export async function readExtensions(run: VerifyRun): Promise<ExtensionPair[]> {
  const [ours, theirs] = await Promise.all([run.source.read(readVersions), run.target.read(readVersions)]);
  return [...ours].flatMap(([name, source]) => {
    const target = theirs.get(name);
    return target === undefined ? [] : [{ name, source, target }];
  });
}

/**
 * Compares the major versions and reports the item: with another one functions may answer otherwise and values be stored in another
 * form, though every row is the same. A smaller step is only noted: the target creates its own default version.
 */
export function verifyExtensions(run: VerifyRun, extensions: readonly ExtensionPair[]): VerifiedResult {
  const startedAt = performance.now();
  run.report({ type: "item-started", item: EXTENSIONS });
  const other = extensions.filter(({ source, target }) => source !== target);
  const different = other.filter(({ source, target }) => majorOf(source) !== majorOf(target));
  const near = other.filter((one) => !different.includes(one));
  if (near.length > 0) {
    const message = `Extensions in another version on the target: ${near.map(describe).join(", ")}.`;
    run.report({ type: "note", message });
  }
  const result = resultOf(
    EXTENSIONS,
    different.length > 0 ? "different" : "equal",
    messageOf(different),
    startedAt,
    {
      differences: different.length,
    },
  );
  if (different.length > 0)
    run.report({ type: "rows-differ", item: EXTENSIONS, rows: different.map(differenceOf) });
  run.report({ type: "item-ended", result });
  return result;
}

function messageOf(different: readonly ExtensionPair[]): string | null {
  if (different.length === 0) return null;
  const [verb, whose] = different.length === 1 ? ["has", "its"] : ["have", "their"];
  return `${different.map(describe).join(", ")} ${verb} another major version on the target: read ${whose} release notes, and test what uses ${different.length === 1 ? "it" : "them"}.`;
}

/** "3" of "3.4.2"; of a version that begins with no number all of it. */
function majorOf(version: string): string {
  return /^\d+/.exec(version)?.[0] ?? version;
}

function describe({ name, source, target }: ExtensionPair): string {
  return `${displayIdent(name)} (source ${source}, target ${target})`;
}

function differenceOf({ name, source, target }: ExtensionPair): RowDifference {
  return {
    kind: "changed",
    key: { name },
    source: { name, version: source },
    target: { name, version: target },
    repair: null,
  };
}

async function readVersions(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; version: string }>(
    "select extname as name, extversion as version from pg_catalog.pg_extension where extname <> 'plpgsql' order by extname",
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
}
