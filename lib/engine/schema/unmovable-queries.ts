import type { UnmovableTarget } from "./list-unmovable";

const USER_SCHEMA = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** Members of extensions are made by CREATE EXTENSION. */
function isNoMember(catalogue: string, oid: string): string {
  return `not exists (select 1 from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass and d.objid = ${oid} and d.deptype = 'e')`;
}

/** Constructors of a range type are made with it. */
const NOT_OF_A_RANGE = `not exists (select 1 from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'i')`;

const ROUTINE =
  "pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))";
const RESERVED = "only a superuser may create";

/** Every one a query of kind, object and reason. */
const FOR_SUPERUSERS = [
  `select 'function' as kind, ${ROUTINE} as object,
          case when not l.lanpltrusted then '${RESERVED} functions in language ' || l.lanname
               when p.proleakproof then '${RESERVED} leakproof functions'
               else '${RESERVED} functions with a support function' end as reason
     from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang
    where ${USER_SCHEMA} and ${isNoMember("pg_proc", "p.oid")} and ${NOT_OF_A_RANGE} and not exists (select 1 from pg_catalog.pg_aggregate a where a.aggfnoid = p.oid)
      and (not l.lanpltrusted or p.proleakproof or coalesce(pg_catalog.to_jsonb(p) ->> 'prosupport', '-') not in ('-', '0')) order by 2`,
  `select 'aggregate' as kind, ${ROUTINE} as object, '${RESERVED} aggregates with state of type internal' as reason
     from pg_catalog.pg_aggregate a join pg_catalog.pg_proc p on p.oid = a.aggfnoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where ${USER_SCHEMA} and ${isNoMember("pg_proc", "p.oid")} and 'internal'::pg_catalog.regtype in (a.aggtranstype, a.aggmtranstype) order by 2`,
  `select 'type' as kind, pg_catalog.format('%I.%I', n.nspname, t.typname) as object, '${RESERVED} base types' as reason
     from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where ${USER_SCHEMA} and ${isNoMember("pg_type", "t.oid")}
      and (t.typtype = 'b' and not exists (select 1 from pg_catalog.pg_type e where e.typarray = t.oid) or not t.typisdefined) order by 2`,
  `select 'cast' as kind, pg_catalog.format('(%s as %s)', pg_catalog.format_type(c.castsource, null), pg_catalog.format_type(c.casttarget, null)) as object,
          '${RESERVED} casts without a function' as reason
     from pg_catalog.pg_cast c where c.oid >= 16384 and c.castmethod = 'b' and ${isNoMember("pg_cast", "c.oid")} order by 2`,
  `select 'operator class' as kind, pg_catalog.format('%I.%I using %I', n.nspname, o.opcname, m.amname) as object, '${RESERVED} operator classes' as reason
     from pg_catalog.pg_opclass o join pg_catalog.pg_namespace n on n.oid = o.opcnamespace join pg_catalog.pg_am m on m.oid = o.opcmethod
    where ${USER_SCHEMA} and ${isNoMember("pg_opclass", "o.oid")} order by 2`,
  `select 'operator family' as kind, pg_catalog.format('%I.%I using %I', n.nspname, o.opfname, m.amname) as object, '${RESERVED} operator families' as reason
     from pg_catalog.pg_opfamily o join pg_catalog.pg_namespace n on n.oid = o.opfnamespace join pg_catalog.pg_am m on m.oid = o.opfmethod
    where ${USER_SCHEMA} and ${isNoMember("pg_opfamily", "o.oid")} order by 2`,
  `select 'text search parser' as kind, pg_catalog.format('%I.%I', n.nspname, o.prsname) as object, '${RESERVED} text search parsers' as reason
     from pg_catalog.pg_ts_parser o join pg_catalog.pg_namespace n on n.oid = o.prsnamespace where ${USER_SCHEMA} and ${isNoMember("pg_ts_parser", "o.oid")} order by 2`,
  `select 'text search template' as kind, pg_catalog.format('%I.%I', n.nspname, o.tmplname) as object, '${RESERVED} text search templates' as reason
     from pg_catalog.pg_ts_template o join pg_catalog.pg_namespace n on n.oid = o.tmplnamespace where ${USER_SCHEMA} and ${isNoMember("pg_ts_template", "o.oid")} order by 2`,
  ...[
    ["event trigger", "pg_event_trigger", "evtname", "event triggers"],
    ["foreign-data wrapper", "pg_foreign_data_wrapper", "fdwname", "foreign-data wrappers"],
    ["access method", "pg_am", "amname", "access methods"],
    ["language", "pg_language", "lanname", "languages"],
  ].map(
    ([kind, catalogue = "", column, plural]) =>
      `select '${kind}' as kind, pg_catalog.quote_ident(o.${column}) as object, '${RESERVED} ${plural}' as reason
         from pg_catalog.${catalogue} o where o.oid >= 16384 and ${isNoMember(catalogue, "o.oid")} order by 2`,
  ),
  `select 'publication' as kind, pg_catalog.quote_ident(pubname) as object, '${RESERVED} publications for all tables' as reason
     from pg_catalog.pg_publication where puballtables order by 2`,
];

const SCHEMA_PUBLICATIONS = `
select distinct 'publication' as kind, pg_catalog.quote_ident(p.pubname) as object, '${RESERVED} publications for schemas' as reason
  from pg_catalog.pg_publication p join pg_catalog.pg_publication_namespace s on s.pnpubid = p.oid order by 2`;

const POSTFIX_OPERATORS = `
select 'operator' as kind, pg_catalog.format('%I.%s', n.nspname, o.oprname) as object, 'postfix operators are unknown since version 14' as reason
  from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
 where ${USER_SCHEMA} and o.oprright = 0 and ${isNoMember("pg_operator", "o.oid")} order by 2`;

/** The functions that pg_upgrade looks for, too: their arguments became anycompatible. */
const OLD_POLYMORPHISM = `
select 'aggregate' as kind, ${ROUTINE} as object, 'the array function it is made of takes other arguments since version 14' as reason
  from pg_catalog.pg_aggregate a join pg_catalog.pg_proc p on p.oid = a.aggfnoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
 where ${USER_SCHEMA} and ${isNoMember("pg_proc", "p.oid")}
   and exists (select 1 from pg_catalog.pg_proc f join pg_catalog.pg_namespace s on s.oid = f.pronamespace
                where f.oid in (a.aggtransfn, a.aggfinalfn, a.aggmtransfn, a.aggminvtransfn, a.aggcombinefn) and s.nspname = 'pg_catalog'
                  and f.proname in ('array_append', 'array_cat', 'array_position', 'array_positions', 'array_prepend', 'array_remove', 'array_replace', 'width_bucket')
                  and 'anyarray'::pg_catalog.regtype = any (f.proargtypes::oid[])) order by 2`;

const SECURITY_LABELS = `
select distinct 'security label' as kind, pg_catalog.format('of %s on %s %s', l.provider, l.objtype, l.objname) as object,
       'the target must have loaded the label provider ' || l.provider as reason
  from pg_catalog.pg_seclabels l where l.objtype not in ('database', 'role', 'tablespace') order by 2`;

/** A procedural language whose functions are the server's own is not printed with them. */
const BARE_LANGUAGES = `
select 'language' as kind, pg_catalog.quote_ident(l.lanname) as object, 'pg_dump does not print a handler that is the server''s own' as reason
  from pg_catalog.pg_language l join pg_catalog.pg_proc h on h.oid = l.lanplcallfoid join pg_catalog.pg_namespace n on n.oid = h.pronamespace
 where l.oid >= 16384 and n.nspname = 'pg_catalog' and ${isNoMember("pg_language", "l.oid")} order by 2`;

/** Queries of kind, object and reason that a source of that version can answer. */
export function unmovableQueries(sourceVersion: number, target: UnmovableTarget): string[] {
  const queries = [SECURITY_LABELS, BARE_LANGUAGES];
  if (!target.superuser) {
    const known = sourceVersion >= 100_000;
    queries.push(...FOR_SUPERUSERS.filter((sql) => known || !sql.includes("pg_publication")));
    if (sourceVersion >= 150_000) queries.push(SCHEMA_PUBLICATIONS);
  }
  if (sourceVersion < 140_000 && target.version >= 140_000) queries.push(POSTFIX_OPERATORS, OLD_POLYMORPHISM);
  return queries;
}
