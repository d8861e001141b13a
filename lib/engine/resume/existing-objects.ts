import type pg from "pg";
import { displayIdent, displayName } from "@/lib/postgres/sql";
import type { SchemaStatement, StatementKind } from "../schema/statement";

/** Something with a name of its own in a schema, or in a table. */
interface Named {
  schema: string;
  name: string;
  table: string;
}

interface Row {
  relations: Named[];
  invalid: Named[];
  types: Named[];
  functions: (Named & { arguments: string })[];
  schemas: string[];
  publications: string[];
  statistics: Named[];
  attached: Named[];
  identities: Named[];
  constraints: Named[];
  triggers: Named[];
  rules: Named[];
  policies: Named[];
}

/** Objects that a database has already, by the names that statements of a dump have for them. */
export class ExistingObjects {
  readonly #names: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(row: Row) {
    const qualified = (list: readonly Named[]) => list.map(({ schema, name }) => displayName(schema, name));
    const onTable = (list: readonly Named[]) =>
      list.map(({ schema, table, name }) => `${displayIdent(name)} on ${displayName(schema, table)}`);
    this.#names = new Map(
      Object.entries({
        relations: qualified(row.relations),
        invalid: qualified(row.invalid),
        types: qualified(row.types),
        functions: row.functions.map((one) => `${displayName(one.schema, one.name)}(${one.arguments})`),
        schemas: row.schemas.map(displayIdent),
        publications: row.publications.map(displayIdent),
        statistics: qualified(row.statistics),
        attached: qualified(row.attached),
        columns: row.identities.map(
          (one) => `${displayName(one.schema, one.table)}.${displayIdent(one.name)}`,
        ),
        // Of primary keys and unique constraints, which have the name of their index, and of all others.
        constraints: [...qualified(row.constraints), ...onTable(row.constraints)],
        triggers: onTable(row.triggers),
        rules: onTable(row.rules),
        policies: onTable(row.policies),
      }).map(([kind, names]) => [kind, new Set(names)]),
    );
  }

  /** True when the statement has nothing left to do; false when it has, or when that cannot be told from names. */
  has(statement: SchemaStatement): boolean {
    const set = this.#setOf(statement);
    return set !== null && this.#isIn(set, statement.object);
  }

  /** True when an index of that display name is there and was never finished. */
  isInvalidIndex(object: string): boolean {
    return this.#isIn("invalid", object);
  }

  #isIn(set: string, object: string): boolean {
    return this.#names.get(set)?.has(object) ?? false;
  }

  #setOf({ kind, sql }: SchemaStatement): string | null {
    if (kind === "sequence" && /^alter table/i.test(sql)) return "columns";
    if (kind === "table-attach") return "attached";
    if (CONSTRAINTS.has(kind) && /^alter table/i.test(sql)) return "constraints";
    return CREATES.test(sql) ? (SETS[kind] ?? null) : null;
  }
}

/** CREATE OR REPLACE is right whether the object is there or not. */
const CREATES = /^create\s+(?!or\s+replace\b)/i;

const CONSTRAINTS: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "primary-key",
  "unique",
  "exclusion",
  "foreign-key",
  "check",
]);

const SETS: Partial<Record<StatementKind, string>> = {
  schema: "schemas",
  table: "relations",
  view: "relations",
  "materialized-view": "relations",
  "foreign-data": "relations",
  sequence: "relations",
  index: "relations",
  type: "types",
  function: "functions",
  trigger: "triggers",
  rule: "rules",
  policy: "policies",
  statistics: "statistics",
  publication: "publications",
};

/** Codes by which a server says that it has the object already. */
const ALREADY_THERE: ReadonlySet<string | null> = new Set(["42P06", "42P07", "42710", "42723"]);

/** Some kinds say it with a code that means other things elsewhere. */
const ALREADY_THERE_OF_KIND: Partial<Record<StatementKind, string>> = {
  // "multiple primary keys for table", "is already a partition", "is already an identity column"
  "primary-key": "42P16",
  "table-attach": "42809",
  sequence: "55000",
  // Text search objects are not looked for before they are put into the catalogue.
  "text-search": "23505",
};

/** True when the server refused the statement because an earlier run had done it. */
export function isAlreadyThere(statement: SchemaStatement, sqlState: string | null): boolean {
  return (
    ALREADY_THERE.has(sqlState) || (sqlState !== null && ALREADY_THERE_OF_KIND[statement.kind] === sqlState)
  );
}

/** Reads the catalogue of the session's database. Throws what the server reports. */
export async function readExistingObjects(client: pg.Client): Promise<ExistingObjects> {
  const columns = Object.entries(LISTS).map(
    ([name, list]) => `(select coalesce(pg_catalog.json_agg(l), '[]') from (${list}) l) as ${name}`,
  );
  const names = Object.entries(NAMES).map(
    ([name, list]) => `(select coalesce(pg_catalog.json_agg(l.name), '[]') from (${list}) l) as ${name}`,
  );
  const { rows } = await client.query<Row>(`select ${[...columns, ...names].join(",\n")}`);
  const [row] = rows;
  if (!row) throw new Error("the catalogue gave no answer");
  return new ExistingObjects(row);
}

const RELATION = `pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_toast'
                    and n.nspname not in ('pg_catalog', 'information_schema')`;

const LISTS = {
  relations: `select n.nspname as schema, c.relname as name from ${RELATION}
               where not exists (select from pg_catalog.pg_index i where i.indexrelid = c.oid and c.relkind = 'i' and not i.indisvalid)`,
  invalid: `select n.nspname as schema, c.relname as name from ${RELATION}
              join pg_catalog.pg_index i on i.indexrelid = c.oid where c.relkind = 'i' and not i.indisvalid`,
  types: `select n.nspname as schema, t.typname as name
            from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
           where t.typisdefined and n.nspname not in ('pg_catalog', 'information_schema')
          union all
          select n.nspname, l.collname from pg_catalog.pg_collation l
            join pg_catalog.pg_namespace n on n.oid = l.collnamespace where n.nspname <> 'pg_catalog'`,
  functions: `select n.nspname as schema, p.proname as name,
                     (select coalesce(pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.at), '')
                        from unnest(p.proargtypes) with ordinality a(type, at)) as arguments
                from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
               where n.nspname not in ('pg_catalog', 'information_schema')`,
  statistics: `select n.nspname as schema, s.stxname as name
                 from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace`,
  attached: `select n.nspname as schema, c.relname as name from ${RELATION} where c.relispartition and c.relkind <> 'i' and c.relkind <> 'I'`,
  identities: `select n.nspname as schema, c.relname as table, a.attname as name from ${RELATION}
                 join pg_catalog.pg_attribute a on a.attrelid = c.oid where a.attidentity <> '' and not a.attisdropped`,
  constraints: `select n.nspname as schema, c.relname as table, k.conname as name from ${RELATION}
                  join pg_catalog.pg_constraint k on k.conrelid = c.oid`,
  triggers: `select n.nspname as schema, c.relname as table, t.tgname as name from ${RELATION}
               join pg_catalog.pg_trigger t on t.tgrelid = c.oid where not t.tgisinternal`,
  rules: `select n.nspname as schema, c.relname as table, r.rulename as name from ${RELATION}
            join pg_catalog.pg_rewrite r on r.ev_class = c.oid`,
  policies: `select n.nspname as schema, c.relname as table, p.polname as name from ${RELATION}
               join pg_catalog.pg_policy p on p.polrelid = c.oid`,
};

const NAMES = {
  schemas: "select nspname as name from pg_catalog.pg_namespace",
  publications: "select pubname as name from pg_catalog.pg_publication",
};
