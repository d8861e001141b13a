import type pg from "pg";
import { ident } from "@/lib/postgres/sql";
import { defineRule, type RuleProblem } from "../rule";

export const tablesReadable = defineRule({
  id: "tables-readable",
  type: "SchemaValidation",
  level: "database",
  severity: "Failed",
  code: "TABLE_UNREADABLE",
  title: "the source login may read every table",
  why: "Rows of a table that cannot be read do not move, and a dump of its definition is refused as well.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Grant the source login select on these tables and usage on their schemas, or make it a member of pg_read_all_data (14 and newer).",
  },
  async check({ source, filter }) {
    const answer = await source.client.query<{ name: string; schema: string; table: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema, c.relname::text as "table"
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
         and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
         and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'))
       order by 1`);
    const rows = answer.rows.filter(({ schema, table }) => filter?.moves({ schema, name: table }) ?? true);
    const { user } = source.settings;
    const unlogged = await listUnloggedOfStandby(source.client);
    const unread = unlogged.filter(({ schema, table }) => filter?.movesRows({ schema, name: table }) ?? true);
    const schemas = [...new Set(rows.map(({ schema }) => schema))];
    return {
      checked: `The source login "${user}" may read every table.`,
      problems: [
        ...unloggedProblems(unread.map(({ name }) => name)),
        ...(rows.length === 0
          ? []
          : [
              {
                message: `The source login "${user}" may not read ${rows.length} ${rows.length === 1 ? "table" : "tables"}.`,
                objects: rows.map(({ name }) => name),
                fix: [
                  ...schemas.map((schema) => ({
                    side: "source" as const,
                    sql: `grant usage on schema ${ident(schema)} to ${ident(user)};`,
                  })),
                  ...rows.map(({ name }) => ({
                    side: "source" as const,
                    sql: `grant select on ${name} to ${ident(user)};`,
                  })),
                ],
              },
            ]),
      ],
    };
  },
});

/** Their rows are on the primary alone (sql-createtable.html#SQL-CREATETABLE-UNLOGGED). */
async function listUnloggedOfStandby(client: pg.Client) {
  const { rows } = await client.query<{ name: string; schema: string; table: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema, c.relname::text as "table"
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence = 'u' and pg_is_in_recovery() order by 1`);
  return rows;
}

function unloggedProblems(names: string[]): RuleProblem[] {
  if (names.length === 0) return [];
  const count = `${names.length} unlogged ${names.length === 1 ? "table" : "tables"}`;
  return [
    {
      message: `The source is a standby, on which ${count} cannot be read.`,
      objects: names,
      remedy: "Connect to the primary, or leave the rows of these tables out (excludeTableData).",
    },
  ];
}
