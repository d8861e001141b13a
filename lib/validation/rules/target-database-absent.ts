import { countNoun, formatBytes } from "@/lib/migrations/format-quantity";
import { endClient } from "@/lib/postgres/end-client";
import { defineRule, type RuleProblem, type ServerContext } from "../rule";
import { openSession } from "./authentication-and-connectivity";

interface Content {
  tables: number;
  rows: string;
  keys: number;
}

/** What is in the target's database of that name; null when the login may not look. */
async function readContent({ target, signal }: ServerContext, name: string): Promise<Content | null> {
  try {
    const session = await openSession(
      { ...target.settings, database: name },
      signal ?? AbortSignal.timeout(20_000),
    );
    try {
      const { rows } = await session.client.query<Content>(`
        select count(*)::int as tables, coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint::text as rows,
               (select count(*)::int from pg_constraint where contype = 'f' and oid >= 16384) as keys
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`);
      return rows[0] ?? null;
    } finally {
      await endClient(session.client);
    }
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

function describe(content: Content | null, bytes: string | null): string {
  const size = bytes === null ? "" : formatBytes(Number(bytes));
  if (!content) return size;
  const { tables, rows, keys } = content;
  const inside = [
    countNoun(tables, "table"),
    Number(rows) > 0 ? `about ${countNoun(Number(rows), "row")}` : "",
    keys > 0 ? countNoun(keys, "foreign key") : "",
    size,
  ];
  return inside.filter(Boolean).join(", ");
}

export const targetDatabaseAbsent = defineRule({
  id: "target-database-absent",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "DATABASE_EXISTS",
  title: "the target has no database of that name yet",
  why: "Nothing is merged into a database that is there: it is replaced with everything in it when overwriting was allowed, and otherwise the migration waits for a decision.",
  side: "target",
  mendedBy: "decision",
  fix: {
    general:
      "Drop or rename the database on the target, give the migrated one another name there, or allow overwriting when what it holds is not needed.",
  },
  async check(context) {
    const { target, database, targetNames, overwrite } = context;
    const name = targetNames?.get(database) ?? database;
    const { rows } = await target.client.query<{ bytes: string | null }>(
      `select case when has_database_privilege(oid, 'connect') then pg_database_size(oid)::text end as bytes
         from pg_database where datname = $1`,
      [name],
    );
    const [row] = rows;
    if (!row) return { checked: `The target has no database "${name}" yet.`, problems: [] };
    const content = await readContent(context, name);
    const consequence = overwrite
      ? "it is replaced, and what it holds is lost"
      : "the migration will wait until overwriting is allowed";
    const problem: RuleProblem = {
      message: `The target already has a database "${name}"; ${consequence}.`,
      objects: [`${name} (${describe(content, row.bytes)})`],
    };
    return { checked: "", problems: [problem] };
  },
});
