import { createHash } from "node:crypto";
import type { DatabaseFilter } from "../filter/database-filter";
import type { DumpedSchema } from "../schema/statement";

/** Bytes kept of a statement's digest: among 100,000 statements two agree by chance once in 50,000 schemas. */
const DIGEST_BYTES = 6;
const DIGEST_CHARACTERS = (DIGEST_BYTES * 8) / 6;

/**
 * Digests of the filter and of every statement of a dump, whose order does not matter; settings are left out. Kept statement by
 * statement, because what has been added since (a table that may be read by now, a grant) is no reason to begin anew.
 * `identities`: lines about what looks the same in a dump and is not, taken as statements. `files`: lines about the tables' files,
 * which are not compared with the rest: see newFileTest().
 */
export function digestSchema(
  dumped: Pick<DumpedSchema, "preData" | "postData">,
  filter: DatabaseFilter | undefined,
  identities: readonly string[] = [],
  files: readonly string[] = [],
): string {
  const statements = [...dumped.preData, ...dumped.postData].flatMap(({ kind, sql }) =>
    kind === "setting" ? [] : [sql],
  );
  const joined = (lines: readonly string[]) => [...new Set(lines.map(digest))].sort().join("");
  return [digest(JSON.stringify(filter ?? {})), joined([...statements, ...identities]), joined(files)].join(
    ".",
  );
}

/** Says of a line about a table's file whether it is new; never of a digest that older versions have kept, which has none. */
export function newFileTest(earlier: string): (line: string) => boolean {
  const [, , files] = earlier.split(".");
  if (files === undefined) return () => false;
  const known = new Set(cut(files));
  return (line) => !known.has(digest(line));
}

/** True when everything of the earlier schema is still there as it was, and the filter is the same. */
export function isStillThere(earlier: string, now: string): boolean {
  const [earlierFilter, earlierDigests = ""] = earlier.split(".");
  const [filter, digests = ""] = now.split(".");
  if (earlierFilter !== filter) return false;
  const known = new Set(cut(digests));
  return cut(earlierDigests).every((one) => known.has(one));
}

function cut(digests: string): string[] {
  const count = digests.length / DIGEST_CHARACTERS;
  return Array.from({ length: count }, (_, index) =>
    digests.slice(index * DIGEST_CHARACTERS, (index + 1) * DIGEST_CHARACTERS),
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, DIGEST_BYTES).toString("base64url");
}
