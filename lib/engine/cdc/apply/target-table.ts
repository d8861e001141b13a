import type { TableName } from "../../events";
import type { PipelineSession } from "./pipeline-session";

/**
 * How equal values and equal texts of a type go together. "exact": one is the other. "number": apart from zeros at the end.
 * "text": equal values may be printed differently, or the type has no equality; only the text tells rows apart.
 */
export type Matching = "exact" | "number" | "text";

export interface TargetColumn {
  name: string;
  /** As format_type prints it with an empty search_path: fit for a cast. */
  typeName: string;
  matching: Matching;
  isNotNull: boolean;
  isGenerated: boolean;
  /** GENERATED ALWAYS AS IDENTITY: an UPDATE cannot set it. */
  isIdentityAlways: boolean;
  /** An array of values can be handed to unnest() and comes out as those values. */
  canUnnest: boolean;
}

export interface TargetIndex {
  isPrimary: boolean;
  /** Column names with the operator that the index knows as equality, schema and all. */
  columns: { name: string; operator: string }[];
}

/** A table as it is on the target. */
export interface TargetTable {
  columns: TargetColumn[];
  /** Unique and not deferrable, of plain columns and all rows. */
  indexes: TargetIndex[];
  /** INSERT ... ON CONFLICT cannot be used. */
  hasDeferrable: boolean;
  /** A trigger would fire on our changes; foreign keys have them too. */
  hasFiringTriggers: boolean;
}

interface CatalogColumn {
  name: string;
  typeName: string;
  base: number;
  baseKind: string;
  category: string;
  hasArray: boolean;
  typmod: number;
  isDeterministic: boolean;
  isNotNull: boolean;
  isGenerated: boolean;
  isIdentityAlways: boolean;
}

type CatalogTable = Omit<TargetTable, "columns"> & { columns: CatalogColumn[] };

/** Of an attribute: the type under its domains. */
const BASE_TYPE = `
  with recursive b(oid, base) as (
    select t.oid, t.typbasetype from pg_catalog.pg_type t where t.oid = a.atttypid
    union all
    select t.oid, t.typbasetype from b join pg_catalog.pg_type t on t.oid = b.base)
  select t.oid, t.typtype, t.typcategory, t.typdelim from b join pg_catalog.pg_type t on t.oid = b.oid where b.base = 0`;

// Columns of the catalogue that only newer servers have are read through JSON.
const COLUMNS = `
  select pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', a.attname, 'typeName', pg_catalog.format_type(a.atttypid, -1), 'base', b.oid::int8, 'baseKind', b.typtype,
           'category', b.typcategory, 'hasArray', t.typarray <> 0 and b.typdelim = ',', 'typmod', a.atttypmod,
           'isDeterministic', coalesce(pg_catalog.to_jsonb(l) ->> 'collisdeterministic', 'true')::bool,
           'isNotNull', a.attnotnull, 'isGenerated', coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '',
           'isIdentityAlways', coalesce(pg_catalog.to_jsonb(a) ->> 'attidentity', '') = 'a') order by a.attnum)
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
    join lateral (${BASE_TYPE}) b on true
    left join pg_catalog.pg_collation l on l.oid = a.attcollation
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

const INDEXES = `
  select pg_catalog.json_agg(pg_catalog.json_build_object('isPrimary', i.indisprimary, 'columns', (
           select pg_catalog.json_agg(pg_catalog.json_build_object(
                    'name', a.attname, 'operator', pg_catalog.format('%I.%s', s.nspname, o.oprname)) order by k.n)
             from pg_catalog.generate_subscripts(i.indclass, 1) k(n)
             join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[k.n]
             join pg_catalog.pg_opclass p on p.oid = i.indclass[k.n]
             join pg_catalog.pg_amop m on m.amopfamily = p.opcfamily and m.amoplefttype = p.opcintype
                                      and m.amoprighttype = p.opcintype and m.amopstrategy = 3
             join pg_catalog.pg_operator o on o.oid = m.amopopr
             join pg_catalog.pg_namespace s on s.oid = o.oprnamespace)) order by i.indisprimary desc, i.indexrelid)
    from pg_catalog.pg_index i
   where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null`;

const TABLE = `
select pg_catalog.json_build_object(
  'columns', coalesce((${COLUMNS}), '[]'), 'indexes', coalesce((${INDEXES}), '[]'),
  'hasDeferrable', exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and not i.indimmediate),
  'hasFiringTriggers', exists (
    select from pg_catalog.pg_trigger g where g.tgrelid = c.oid and g.tgenabled = any(
      case pg_catalog.current_setting('session_replication_role') when 'replica' then '{A,R}' else '{A,O}' end::"char"[])))::text
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'`;

/** Reads the target's catalogue; null when it has no such table. Throws what the session throws. */
export async function readTargetTable(
  session: PipelineSession,
  { schema, name }: TableName,
): Promise<TargetTable | null> {
  const text = (await session.query(TABLE, [schema, name]))[0]?.[0];
  if (text === undefined || text === null) return null;
  const table: CatalogTable = JSON.parse(text);
  return { ...table, columns: table.columns.map(toColumn) };
}

/** bool, bytea, "char", name, int8, int2, int4, text, oid, xid, cidr, money, macaddr8, macaddr, inet, varchar, date, ... */
const EXACT: ReadonlySet<number> = new Set([
  16, 17, 18, 19, 20, 21, 23, 25, 26, 28, 650, 774, 790, 829, 869, 1042, 1043, 1082, 1083, 1114, 1184, 1266,
  1560, 1562, 2950, 3220,
]);
const BPCHAR = 1042;
/** float4, float8, numeric. */
const NUMBERS: ReadonlySet<number> = new Set([700, 701, 1700]);

function toColumn(column: CatalogColumn): TargetColumn {
  const { name, typeName, isNotNull, isGenerated, isIdentityAlways, baseKind, category } = column;
  return {
    name,
    typeName,
    matching: matchingOf(column),
    isNotNull,
    isGenerated,
    isIdentityAlways,
    // unnest() takes arrays of arrays and of rows apart.
    canUnnest: column.hasArray && category !== "A" && baseKind !== "c",
  };
}

function matchingOf({ base, baseKind, typmod, isDeterministic }: CatalogColumn): Matching {
  if (NUMBERS.has(base)) return "number";
  // Of char(n) every value is filled up to its length; without a length spaces at the end do not count as different.
  if (base === BPCHAR && typmod < 0) return "text";
  return (EXACT.has(base) || baseKind === "e") && isDeterministic ? "exact" : "text";
}

const REFERRING = `
select pg_catalog.bool_or(r.conrelid <> all(t.oids)) from pg_catalog.pg_constraint r,
       (select pg_catalog.array_agg(x::pg_catalog.regclass::pg_catalog.oid) as oids from pg_catalog.unnest($1::text[]) x) t
 where r.contype = 'f' and r.confrelid = any(t.oids)`;

/** True when a foreign key of a table other than these refers to one of them. `tables` are qualified and quoted. */
export async function isReferredTo(session: PipelineSession, tables: string): Promise<boolean> {
  return (await session.query(REFERRING, [tables]))[0]?.[0] === "t";
}
