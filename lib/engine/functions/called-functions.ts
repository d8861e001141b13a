import type pg from "pg";
import { displayName } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import { pathOf } from "./search-path";

/** A function that a server calls by itself while rows arrive, or indexes and materialised views are made of them. */
export interface CalledFunction {
  oid: string;
  schema: string;
  name: string;
  /** As ALTER FUNCTION takes them. */
  identityArguments: string;
  /** As in SchemaStatement. */
  object: string;
  /** Schemas in which it finds things on the source, as far as the catalogue tells; null when it needs none of its caller. */
  path: readonly string[] | null;
  /** For an index, extended statistics or a materialised view, which a server maintains by itself or by REINDEX and REFRESH. */
  isMaintained: boolean;
  /** Tables whose every query has it in its plan, because it is written in SQL and an index or extended statistics call it. */
  planned: readonly TableName[];
  /** OIDs of check constraints, of tables and domains, in which it or what it calls mentions a table or view. */
  lateChecks: readonly string[];
}

interface FunctionRow extends Omit<CalledFunction, "object" | "path" | "lateChecks"> {
  checks: string[];
  arguments: string;
  configured: string | null;
  hasPath: boolean;
}

interface Mention {
  caller: string;
  kind: "relation" | "function" | "other";
  /** OID of the function. */
  callee: string | null;
}

/**
 * The user's own functions that are called so, in languages whose source can be read. One that mentions anything beyond the system
 * finds it by its caller's search_path, unless it has one of its own; what is mentioned is guessed from the words of the source.
 * Reads catalogues every login may read. Throws what the server reports.
 */
export async function readCalledFunctions(source: pg.Client): Promise<CalledFunction[]> {
  const { rows: version } = await source.query<{ number: number }>(
    "select pg_catalog.current_setting('server_version_num')::int as number",
  );
  const { rows } = await source.query<FunctionRow>(calledStatement(version[0]?.number ?? 0));
  if (rows.length === 0) return [];
  const mentions = await readMentions(
    source,
    rows.map(({ oid }) => oid),
  );
  const readers = findReaders(mentions);
  return rows.map(({ arguments: types, configured, hasPath, checks, ...row }) => ({
    ...row,
    object: `${displayName(row.schema, row.name)}(${types})`,
    path: !hasPath && mentions.has(row.oid) ? pathOf(configured, row.schema) : null,
    lateChecks: readers.has(row.oid) ? checks : [],
  }));
}

/** By OID of the function that mentions something; of those that are mentioned, too. */
async function readMentions(
  source: pg.Client,
  oids: readonly string[],
): Promise<ReadonlyMap<string, readonly Mention[]>> {
  const mentions = new Map<string, Mention[]>();
  const known = new Set<string>();
  let next = [...oids];
  while (next.length > 0) {
    for (const oid of next) known.add(oid);
    const { rows } = await source.query<Mention>(MENTIONS, [next]);
    for (const mention of rows)
      mentions.set(mention.caller, [...(mentions.get(mention.caller) ?? []), mention]);
    const callees = rows.flatMap(({ callee }) => (callee !== null && !known.has(callee) ? [callee] : []));
    next = [...new Set(callees)];
  }
  return mentions;
}

/** OIDs of functions that come to a relation over any number of others. */
function findReaders(mentions: ReadonlyMap<string, readonly Mention[]>): ReadonlySet<string> {
  const readers = new Set<string>();
  for (;;) {
    const before = readers.size;
    for (const [caller, list] of mentions)
      if (list.some(({ kind, callee }) => kind === "relation" || (callee !== null && readers.has(callee))))
        readers.add(caller);
    if (readers.size === before) return readers;
  }
}

const USERS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/**
 * What calls functions: checks, index and partition expressions, extended statistics, generated columns, and the queries of
 * materialised views and of the views they may read; directly or by an operator or an aggregate.
 */
function calledStatement(version: number): string {
  const roots = [
    "d.classid in ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass)",
    "d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and exists (select from pg_catalog.pg_class where relkind = 'm')",
    ...(version >= 100_000 ? ["d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass"] : []),
    ...(version >= 120_000
      ? [
          `d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and exists (
             select from pg_catalog.pg_attrdef f join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
              where f.oid = d.objid and a.attgenerated <> '')`,
        ]
      : []),
  ];
  const statistics =
    version >= 100_000
      ? `(select s.stxrelid from pg_catalog.pg_statistic_ext s
            where s.oid = c.root and c.root_class = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass)`
      : "null";
  const isCode =
    "d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass) and d.refobjid >= 16384";
  return `
with recursive called(root_class, root, class, object) as (
  select d.classid, d.objid, d.refclassid, d.refobjid
    from pg_catalog.pg_depend d where ((${roots.join(") or (")})) and ${isCode}
  union
  select c.root_class, c.root, d.refclassid, d.refobjid
    from called c join pg_catalog.pg_depend d on d.classid = c.class and d.objid = c.object where ${isCode}
), callers as (
  select c.object as oid,
         pg_catalog.array_agg(c.root::text) filter (where c.root_class = 'pg_catalog.pg_constraint'::pg_catalog.regclass) as checks,
         pg_catalog.array_agg(distinct coalesce(i.indrelid, ${statistics})) as tables,
         pg_catalog.bool_or(c.root_class not in ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass)) as maintained
    from called c
    left join pg_catalog.pg_index i on i.indexrelid = c.root and c.root_class = 'pg_catalog.pg_class'::pg_catalog.regclass
   where c.class = 'pg_catalog.pg_proc'::pg_catalog.regclass group by c.object
)
select p.oid::text as oid, n.nspname as schema, p.proname as name, coalesce(c.checks, '{}') as checks,
       c.maintained as "isMaintained",
       case when l.lanname = 'sql' then coalesce((
         select pg_catalog.json_agg(pg_catalog.json_build_object('schema', tn.nspname, 'name', t.relname))
           from pg_catalog.pg_class t join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace where t.oid = any (c.tables)), '[]') else '[]' end as planned,
       pg_catalog.pg_get_function_identity_arguments(p.oid) as "identityArguments",
       (select coalesce(pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.at), '')
          from unnest(p.proargtypes) with ordinality a(type, at)) as arguments,
       exists (select from unnest(p.proconfig) s where s like 'search\\_path=%') as "hasPath",
       (select pg_catalog.substr(s, 13)
          from pg_catalog.pg_db_role_setting r, unnest(r.setconfig) s
         where s like 'search\\_path=%' and r.setrole in (0, p.proowner)
           and r.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
         order by r.setrole = 0, r.setdatabase = 0 limit 1) as configured
  from callers c
  join pg_catalog.pg_proc p on p.oid = c.oid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
 where ${USERS}
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
 order by n.nspname, p.proname, arguments`;
}

/** Words of their sources, in lower case, that are names of something beyond the system; an operator may be part of another. */
const MENTIONS = `
with code as (
  select oid, pg_catalog.lower(prosrc) as text from pg_catalog.pg_proc where oid = any($1::pg_catalog.oid[])
), words as (
  select distinct c.oid, w.word from code c, pg_catalog.regexp_split_to_table(c.text, '[^[:alnum:]_$]+') w(word)
), names as (
  select pg_catalog.lower(c.relname) as name, 'relation' as kind, null::pg_catalog.oid as callee
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${USERS}
  union
  select pg_catalog.lower(p.proname), 'function', p.oid
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${USERS}
  union
  select pg_catalog.lower(t.typname), 'other', null
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace where t.typelem = 0 and ${USERS}
  union
  select pg_catalog.lower(c.relname), 'other', null
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind = 'S' and ${USERS}
  union
  select pg_catalog.lower(t.cfgname), 'other', null
    from pg_catalog.pg_ts_config t join pg_catalog.pg_namespace n on n.oid = t.cfgnamespace where ${USERS}
  union
  select pg_catalog.lower(t.dictname), 'other', null
    from pg_catalog.pg_ts_dict t join pg_catalog.pg_namespace n on n.oid = t.dictnamespace where ${USERS}
  union
  select pg_catalog.lower(t.collname), 'other', null
    from pg_catalog.pg_collation t join pg_catalog.pg_namespace n on n.oid = t.collnamespace where ${USERS}
)
select w.oid::text as caller, n.kind, n.callee::text as callee from words w join names n on n.name = w.word
union
select c.oid::text, n.kind, n.callee::text from names n join code c on n.name ~ '[^[:alnum:]_$]' and pg_catalog.strpos(c.text, n.name) > 0
union
select c.oid::text, 'other', null
  from code c, pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
 where ${USERS} and pg_catalog.strpos(c.text, o.oprname) > 0
union
-- A body in SQL's own syntax (version 14 on) has its names resolved, and no text.
select d.objid::text, 'relation', null
  from pg_catalog.pg_depend d
 where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = any($1::pg_catalog.oid[])
   and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass`;
