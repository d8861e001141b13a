import { createHash } from "node:crypto";
import type { DatabaseFilter } from "../filter/database-filter";
import type { DumpedSchema } from "../schema/statement";

/** Bytes kept of a statement's digest: among 100,000 statements two agree by chance once in 50,000 schemas. */
const DIGEST_BYTES = 6;
const DIGEST_CHARACTERS = (DIGEST_BYTES * 8) / 6;

/**
 * Digests of the filter and of every statement of a dump, whose order does not matter; settings are left out. Kept statement by
 * statement, because what has been added since (a table that may be read by now, a grant) is no reason to begin anew.
 * `identities`: lines about what looks the same in a dump and is not, taken as statements.
 */
export function digestSchema(
  dumped: Pick<DumpedSchema, "preData" | "postData">,
  filter: DatabaseFilter | undefined,
  identities: readonly string[] = [],
): string {
  const statements = [...dumped.preData, ...dumped.postData].flatMap(({ kind, sql }) =>
    kind === "setting" ? [] : [sql],
  );
  const digests = new Set([...statements, ...identities].map(digest));
  return `${digest(JSON.stringify(filter ?? {}))}.${[...digests].sort().join("")}`;
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
