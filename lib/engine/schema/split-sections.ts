import type { SchemaStatement, StatementKind } from "./statement";

/**
 * What pg_dump puts behind its post-data boundary and nothing before it; constraints that tables were created with are
 * no statements of their own. Grants are written last of all, whatever they are on.
 * https://www.postgresql.org/docs/current/app-pgdump.html (--section)
 */
const POST_DATA: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "index",
  "index-attach",
  "primary-key",
  "unique",
  "exclusion",
  "check",
  "foreign-key",
  "trigger",
  "event-trigger",
  "rule",
  "policy",
  "statistics",
  "publication",
  "subscription",
  "default-privileges",
  "cluster-on",
]);

/** Row security is forced with the table and enabled with its policies. */
function isPostData({ kind, sql }: SchemaStatement): boolean {
  return POST_DATA.has(kind) || (kind === "row-security" && !/\bFORCE ROW LEVEL SECURITY$/.test(sql));
}

/**
 * Tells the two sections of one dump apart: the post-data one begins with the first statement of its kinds. Grants follow
 * both in the dump and are needed with what they are on, so they end the first. The settings at the head hold for both.
 */
export function splitSections(statements: readonly SchemaStatement[]): {
  preData: SchemaStatement[];
  postData: SchemaStatement[];
} {
  const firstOther = statements.findIndex(({ kind }) => kind !== "setting");
  const head = statements.slice(0, firstOther === -1 ? statements.length : firstOther);
  const found = statements.findIndex(isPostData);
  const boundary = found === -1 ? statements.length : found;
  const behind = statements.slice(boundary);
  return {
    preData: [...statements.slice(0, boundary), ...behind.filter(({ kind }) => kind === "grant")],
    postData: [...head, ...behind.filter(({ kind }) => kind !== "grant")],
  };
}
