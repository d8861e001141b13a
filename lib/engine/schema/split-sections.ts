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
 * Statements of grants, each with the SET SESSION AUTHORIZATION around it when another than the owner gave them, by
 * whether what they are on is made in post-data: a view that rests on a primary key, for example.
 */
function splitGrants(
  before: readonly SchemaStatement[],
  behind: readonly SchemaStatement[],
): { early: SchemaStatement[]; late: SchemaStatement[] } {
  const creates = ({ sql }: SchemaStatement) => /^create\b/i.test(sql);
  const there = new Set(before.filter(creates).map(({ object }) => object));
  const coming = new Set(behind.filter(creates).map(({ object }) => object));
  const early: SchemaStatement[] = [];
  const late: SchemaStatement[] = [];
  let group: SchemaStatement[] = [];
  for (const statement of behind.filter(({ kind }) => kind === "grant")) {
    group.push(statement);
    if (/^set session authorization (?!default)/i.test(statement.sql)) continue;
    const isOpen = /^set session authorization (?!default)/i.test(group[0]?.sql ?? "");
    const isClosing = /^(?:re)?set session authorization/i.test(statement.sql);
    if (isOpen && !isClosing) continue;
    const isLate = group.some(({ object }) => coming.has(object) && !there.has(object));
    (isLate ? late : early).push(...group);
    group = [];
  }
  early.push(...group);
  return { early, late };
}

/**
 * Tells the two sections of one dump apart: the post-data one begins with the first statement of its kinds. Grants follow
 * both in the dump and are needed with what they are on, so they end the section that makes it. The settings at the head hold for both.
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
  const before = statements.slice(0, boundary);
  const { early, late } = splitGrants(before, behind);
  return {
    preData: [...before, ...early],
    postData: [...head, ...behind.filter(({ kind }) => kind !== "grant"), ...late],
  };
}
