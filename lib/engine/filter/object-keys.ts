import type pg from "pg";
import { displayIdent, displayName } from "@/lib/postgres/sql";
import { COMMON_TYPES } from "../schema/syntax-names";
import { type Catalogue, CLASS, classOf, type Node, oidOf } from "./catalogue";

/** What an object is called: in messages, and as the statement that creates it calls it. */
export interface ObjectName {
  /** For people: "foreign key", "materialised view". */
  kind: string;
  /** As SchemaStatement.object has it. */
  display: string;
  /** As statement-keys.ts makes them of statements. */
  keys: string[];
}

export function relationKey(schema: string, name: string): string {
  return `relation ${displayName(schema, name)}`;
}

const RELATION_KINDS: Readonly<Record<string, string>> = {
  r: "table",
  p: "partitioned table",
  v: "view",
  m: "materialised view",
  f: "foreign table",
  S: "sequence",
  i: "index",
  I: "index",
  c: "type",
};

const CONSTRAINT_KINDS: Readonly<Record<string, string>> = {
  c: "check",
  f: "foreign key",
  p: "primary key",
  u: "unique constraint",
  x: "exclusion constraint",
  t: "constraint trigger",
};

/** Name of a relation, constraint or default, which the catalogue holds; null for all else. */
export function nameInCatalogue(catalogue: Catalogue, node: Node): ObjectName | null {
  const oid = oidOf(node);
  if (classOf(node) === CLASS.relation) {
    const relation = catalogue.relations.get(oid);
    if (!relation) return null;
    const { schema, name, kind } = relation;
    return {
      kind: RELATION_KINDS[kind] ?? "relation",
      display: displayName(schema, name),
      keys: [relationKey(schema, name)],
    };
  }
  const constraint = classOf(node) === CLASS.constraint ? catalogue.constraints.get(oid) : undefined;
  const table = catalogue.relations.get(
    constraint?.table ?? (classOf(node) === CLASS.columnDefault ? (catalogue.defaults.get(oid) ?? 0) : 0),
  );
  if (!table) return null;
  const on = displayName(table.schema, table.name);
  if (!constraint) return { kind: "default", display: on, keys: [] };
  const display = `${displayIdent(constraint.name)} on ${on}`;
  const kind = CONSTRAINT_KINDS[constraint.kind] ?? "constraint";
  // Keys that rest on an index are called as that is.
  const keys = [`constraint ${display}`, relationKey(table.schema, constraint.name)];
  return {
    kind,
    display,
    keys: constraint.kind === "f" || constraint.kind === "c" ? keys.slice(0, 1) : keys,
  };
}

interface NamedRow {
  oid: number;
  schema: string;
  name: string;
  /** Argument types of a function. */
  types: { schema: string; name: string; array: boolean }[] | null;
  /** Table of a trigger, rule or policy. */
  table: string | null;
}

const SCHEMA_OBJECT = "n.nspname as schema, null as types, null as table";
const ON_TABLE = `
    join pg_catalog.pg_class c on c.oid = x.relation join pg_catalog.pg_namespace n on n.oid = c.relnamespace`;

/** `where`: more than that the object is asked for. */
function onTable(catalogue: string, name: string, relation: string, where = "true"): string {
  return `select x.oid, n.nspname as schema, x.name, null as types, c.relname as table
    from (select oid, ${name} as name, ${relation} as relation from pg_catalog.${catalogue} where ${where}) x ${ON_TABLE} where x.oid = any ($1)`;
}

const NAMED: readonly { classId: number; kind: string; sql: string }[] = [
  {
    classId: CLASS.function,
    kind: "function",
    sql: `select p.oid, n.nspname as schema, p.proname as name, null as table,
            (select pg_catalog.json_agg(pg_catalog.json_build_object('schema', tn.nspname, 'name', e.typname, 'array', e.oid <> t.oid)
                                        order by a.position)
               from pg_catalog.unnest(p.proargtypes) with ordinality as a(type, position)
               join pg_catalog.pg_type t on t.oid = a.type
               join pg_catalog.pg_type e on e.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typstorage <> 'p'
                                                         then t.typelem else t.oid end
               join pg_catalog.pg_namespace tn on tn.oid = e.typnamespace) as types
       from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where p.oid = any ($1)`,
  },
  {
    classId: CLASS.type,
    kind: "type",
    // Row types and array types come and go with what they are made of.
    sql: `select t.oid, t.typname as name, ${SCHEMA_OBJECT}
            from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
            left join pg_catalog.pg_class c on c.oid = t.typrelid
           where t.oid = any ($1) and (t.typrelid = 0 or c.relkind = 'c') and not (t.typelem <> 0 and t.typlen = -1)`,
  },
  {
    classId: CLASS.statistics,
    kind: "statistics",
    sql: `select s.oid, s.stxname as name, ${SCHEMA_OBJECT}
            from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace where s.oid = any ($1)`,
  },
  {
    classId: CLASS.operator,
    kind: "operator",
    sql: `select o.oid, o.oprname as name, ${SCHEMA_OBJECT}
            from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace where o.oid = any ($1)`,
  },
  {
    classId: CLASS.trigger,
    kind: "trigger",
    sql: onTable("pg_trigger", "tgname", "tgrelid", "not tgisinternal"),
  },
  { classId: CLASS.policy, kind: "policy", sql: onTable("pg_policy", "polname", "polrelid") },
  { classId: CLASS.rule, kind: "rule", sql: onTable("pg_rewrite", "rulename", "ev_class") },
];

/** Asks the names of all other objects. Of what is not in the answer nothing need be said. */
export async function readNames(client: pg.Client, nodes: Iterable<Node>): Promise<Map<Node, ObjectName>> {
  const byClass = Map.groupBy(nodes, classOf);
  const names = new Map<Node, ObjectName>();
  for (const { classId, kind, sql } of NAMED) {
    const found = byClass.get(classId);
    if (!found) continue;
    const byOid = new Map(found.map((node) => [oidOf(node), node]));
    const { rows } = await client.query<NamedRow>(sql, [[...byOid.keys()]]);
    for (const row of rows) {
      const node = byOid.get(row.oid);
      if (node !== undefined) names.set(node, nameOf(kind, row));
    }
  }
  return names;
}

function nameOf(kind: string, { schema, name, types, table }: NamedRow): ObjectName {
  if (table !== null) {
    const display = `${displayIdent(name)} on ${displayName(schema, table)}`;
    return { kind, display, keys: [`${kind} ${display}`] };
  }
  const display = displayName(schema, name);
  if (kind !== "function") return { kind, display, keys: [`${kind} ${display}`] };
  const list = (types ?? []).map(displayTypeName).join(", ");
  // An aggregate without arguments is created as f(*) and commented on as f().
  const lists = list === "" ? ["", "*"] : [list];
  return { kind, display: `${display}(${list})`, keys: lists.map((args) => `function ${display}(${args})`) };
}

function displayTypeName({ schema, name, array }: { schema: string; name: string; array: boolean }): string {
  const base =
    schema === "pg_catalog" ? (COMMON_TYPES[name] ?? displayIdent(name)) : displayName(schema, name);
  return array ? `${base}[]` : base;
}
