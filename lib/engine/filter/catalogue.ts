import type pg from "pg";

/** OIDs of the system catalogues an object can lie in; PostgreSQL never changes them. */
export const CLASS = {
  type: 1247,
  function: 1255,
  relation: 1259,
  columnDefault: 2604,
  cast: 2605,
  constraint: 2606,
  namespace: 2615,
  rule: 2618,
  trigger: 2620,
  operator: 2617,
  operatorMember: 2602,
  operatorSupport: 2603,
  extension: 3079,
  policy: 3256,
  statistics: 3381,
  transform: 3576,
  defaultPrivileges: 826,
} as const;

/** An object by catalogue and OID in one number: a database has hundreds of thousands of dependencies. */
export type Node = number;

const OID_SPACE = 2 ** 32;

export function nodeOf(classId: number, oid: number): Node {
  return classId * OID_SPACE + oid;
}

export function relationNode(oid: number): Node {
  return nodeOf(CLASS.relation, oid);
}

export function classOf(node: Node): number {
  return Math.floor(node / OID_SPACE);
}

export function oidOf(node: Node): number {
  return node % OID_SPACE;
}

/** r table, p partitioned table, v view, m materialised view, f foreign table, S sequence, i/I index, c composite type. */
export type RelationKind = "r" | "p" | "v" | "m" | "f" | "S" | "i" | "I" | "c";

export interface CatalogueRelation {
  oid: number;
  schema: string;
  name: string;
  kind: RelationKind;
  isPartition: boolean;
  /** Made by CREATE EXTENSION. */
  isMember: boolean;
  /** Of an index: its table. */
  table: number | null;
}

export interface CatalogueConstraint {
  oid: number;
  name: string;
  /** c check, f foreign key, p primary key, u unique, x exclusion, n not null, t constraint trigger. */
  kind: string;
  /** 0 for a domain's. */
  table: number;
  /** What a foreign key refers to, else 0. */
  references: number;
  index: number;
  domain: number;
  /** The same constraint of the partitioned table above, else 0. */
  parent: number;
}

/** `node` cannot be without `on`. */
export interface Dependency {
  node: Node;
  on: Node;
  /** pg_depend.deptype: n normal, a automatic, i internal, P and S of partitions. */
  type: string;
}

/** What a filter is resolved against: all user relations, and what depends on what. */
export interface Catalogue {
  schemas: { oid: number; name: string }[];
  relations: Map<number, CatalogueRelation>;
  constraints: Map<number, CatalogueConstraint>;
  /** Tables of column defaults, by the default. */
  defaults: Map<number, number>;
  /** Relations of rules, by the rule; `isView` when the rule is what makes the view. */
  rules: Map<number, { relation: number; isView: boolean }>;
  /** Inheritance children, partitions and indexes of partitions, by their parent. */
  children: Map<number, number[]>;
  dependencies: Dependency[];
}

/** Reads it in the session's transaction. Throws what the server reports. */
export async function readCatalogue(client: pg.Client): Promise<Catalogue> {
  const relations = await client.query<CatalogueRelation>(RELATIONS);
  const constraints = await client.query<CatalogueConstraint>(constraintStatement(await readVersion(client)));
  const defaults = await client.query<{ oid: number; relation: number }>(
    "select oid, adrelid as relation from pg_catalog.pg_attrdef where oid >= 16384",
  );
  const rules = await client.query<{ oid: number; relation: number; isView: boolean }>(
    `select oid, ev_class as relation, rulename = '_RETURN' as "isView" from pg_catalog.pg_rewrite where oid >= 16384`,
  );
  const schemas = await client.query<{ oid: number; name: string }>(SCHEMAS);
  return {
    schemas: schemas.rows,
    relations: new Map(relations.rows.map((row) => [row.oid, row])),
    constraints: new Map(constraints.rows.map((row) => [row.oid, row])),
    defaults: new Map(defaults.rows.map(({ oid, relation }) => [oid, relation])),
    rules: new Map(rules.rows.map(({ oid, ...rule }) => [oid, rule])),
    children: await readChildren(client),
    dependencies: await readDependencies(client),
  };
}

async function readVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    "select pg_catalog.current_setting('server_version_num')::int as version",
  );
  return rows[0]?.version ?? 0;
}

async function readChildren(client: pg.Client): Promise<Map<number, number[]>> {
  const { rows } = await client.query<{ parent: number; child: number }>(
    "select inhparent as parent, inhrelid as child from pg_catalog.pg_inherits",
  );
  const children = new Map<number, number[]>();
  for (const { parent, child } of rows) addTo(children, parent, child);
  return children;
}

async function readDependencies(client: pg.Client): Promise<Dependency[]> {
  const { rows } = await client.query<[number, number, number, number, string]>({
    text: DEPENDENCIES,
    rowMode: "array",
  });
  return rows.map(([classId, oid, onClass, onOid, type]) => ({
    node: nodeOf(classId, oid),
    on: nodeOf(onClass, onOid),
    type,
  }));
}

/** Appends to the list under `key`. */
export function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

const SCHEMAS = `
  select oid, nspname as name from pg_catalog.pg_namespace
   where nspname !~ '^pg_' and nspname <> 'information_schema' order by 2`;

const RELATIONS = `
  select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relispartition as "isPartition",
         exists (select 1 from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = coalesce(i.indrelid, c.oid)
                    and d.deptype = 'e') as "isMember",
         i.indrelid as "table"
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index i on i.indexrelid = c.oid
   where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 'c') and c.relpersistence <> 't'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   order by 2, 3`;

function constraintStatement(version: number): string {
  return `
  select oid, conname as name, contype as kind, conrelid as "table", confrelid as "references", conindid as index,
         contypid as domain, ${version >= 110_000 ? "conparentid" : "0::oid"} as parent
    from pg_catalog.pg_constraint where oid >= 16384`;
}

/**
 * Objects below OID 16384 come with the server and never go; of those only schemas (public) tell something. Nothing depends on
 * TOAST tables and on the triggers of foreign keys, and there are many.
 */
const DEPENDENCIES = `
  select distinct d.classid, d.objid, d.refclassid, d.refobjid, d.deptype
    from pg_catalog.pg_depend d
    left join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objid
    left join pg_catalog.pg_trigger t on d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = d.objid
   where d.deptype in ('n', 'a', 'i', 'I', 'P', 'S') and d.objid >= 16384
     and (d.refobjid >= 16384 or d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
     and (d.classid, d.objid) <> (d.refclassid, d.refobjid)
     and c.relkind is distinct from 't' and c.relnamespace is distinct from 'pg_toast'::pg_catalog.regnamespace
     and t.tgisinternal is distinct from true`;
