import type pg from "pg";
import { describeCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";

interface ChangedObject {
  kind: string;
  object: string;
  /** null: it lies in none. */
  schema: string | null;
}

/** More are counted, not named. */
const NAMED = 100;

/**
 * Objects besides tables, and what belongs to extensions, by the age of their catalogue rows: what refreshing, reindexing (but not
 * concurrently, which makes another index) and vacuuming change does not count, nor do grants.
 */
const CHANGED = `
with changed (kind, catalog, oid, schema, name) as (
  select case c.relkind when 'v' then 'view' when 'm' then 'materialized-view' else 'rule' end, 'pg_class', c.oid, c.relnamespace,
         pg_catalog.concat_ws('.', pg_catalog.quote_ident(c.relname), case when c.relkind in ('v', 'm') then null else pg_catalog.quote_ident(r.rulename) end)
    from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class where pg_catalog.age(r.xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'function', 'pg_proc', p.oid, p.pronamespace,
         pg_catalog.concat(pg_catalog.quote_ident(p.proname), '(', pg_catalog.pg_get_function_identity_arguments(p.oid), ')')
    from pg_catalog.pg_proc p where pg_catalog.age(p.xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'trigger', 'pg_class', c.oid, c.relnamespace, pg_catalog.concat(pg_catalog.quote_ident(c.relname), '.', pg_catalog.quote_ident(t.tgname))
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
   where not t.tgisinternal and pg_catalog.age(t.xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'row-security', 'pg_class', c.oid, c.relnamespace, pg_catalog.concat(pg_catalog.quote_ident(c.relname), '.', pg_catalog.quote_ident(p.polname))
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid where pg_catalog.age(p.xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'index', 'pg_class', c.oid, c.relnamespace, pg_catalog.quote_ident(c.relname)
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
   where not i.indisunique and pg_catalog.age(i.xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'type', 'pg_type', t.oid, t.typnamespace, pg_catalog.quote_ident(t.typname)
    from pg_catalog.pg_type t
    left join pg_catalog.pg_class c on c.oid = t.typrelid
   where (t.typtype in ('d', 'e', 'r') or c.relkind = 'c') and t.typelem = 0
     and (pg_catalog.age(t.xmin) <= pg_catalog.age($1::text::xid)
          or exists (select from pg_catalog.pg_enum e where e.enumtypid = t.oid and pg_catalog.age(e.xmin) <= pg_catalog.age($1::text::xid))
          or exists (select from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and pg_catalog.age(a.xmin) <= pg_catalog.age($1::text::xid)))
  union
  select 'schema', 'pg_namespace', oid, oid, null from pg_catalog.pg_namespace where pg_catalog.age(xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'extension', 'pg_extension', oid, 0, pg_catalog.quote_ident(extname) from pg_catalog.pg_extension where pg_catalog.age(xmin) <= pg_catalog.age($1::text::xid)
  union
  select 'event-trigger', 'pg_event_trigger', oid, 0, pg_catalog.quote_ident(evtname) from pg_catalog.pg_event_trigger where pg_catalog.age(xmin) <= pg_catalog.age($1::text::xid))
select changed.kind, n.nspname as schema, pg_catalog.concat_ws('.', pg_catalog.quote_ident(n.nspname), changed.name) as object
  from changed left join pg_catalog.pg_namespace n on n.oid = changed.schema
 where (n.nspname is null or (n.nspname !~ '^pg_' and n.nspname <> 'information_schema'))
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = pg_catalog.concat('pg_catalog.', changed.catalog)::pg_catalog.regclass and d.objid = changed.oid and d.deptype = 'e')
 order by 1, 3`;

/**
 * Warnings of what an owner has made or altered on the source since the copy, besides tables: the target has it as it was, or not at
 * all. `since`: xid before which all had ended at the copy; what is in a schema the target does not have is left out, unless it
 * is the schema. What was dropped is not found. Throws what the servers report.
 */
export async function listChangedObjects(
  source: pg.Client,
  target: pg.Client,
  since: string,
): Promise<ObjectFailure[]> {
  const { rows } = await source.query<ChangedObject>(CHANGED, [since]);
  if (rows.length === 0) return [];
  const schemas = await target.query<{ name: string }>("select nspname as name from pg_catalog.pg_namespace");
  const known = new Set(schemas.rows.map(({ name }) => name));
  const changed = rows.filter(
    ({ kind, schema }) => schema === null || kind === "schema" || known.has(schema),
  );
  const more = changed.length - NAMED;
  return changed.slice(0, NAMED).map(({ kind, object }, at) => {
    const others = at === NAMED - 1 && more > 0 ? ` So were ${more} more that are not listed.` : "";
    const message = `It was made or altered on the source after the copy: the target has it as it was then, or not at all.${others}`;
    return failureOf(kind, object, message);
  });
}

/** Of a sequence that the target does not have: it was made since, or what kept it from being made was told then. */
export function notMade({ kind, object }: ObjectFailure): ObjectFailure {
  return failureOf(
    kind,
    object,
    "The target does not have it: it was made on the source after the copy, or could not be made.",
  );
}

function failureOf(kind: string, object: string, message: string): ObjectFailure {
  const { remedy } = describeCode("OBJECT_CHANGED");
  return {
    ...{ severity: "warning", kind, object, code: "OBJECT_CHANGED", sqlState: null },
    ...{ message, remedy, statement: null },
  };
}
