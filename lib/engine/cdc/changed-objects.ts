import type pg from "pg";
import { describeCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";

interface KnownObject {
  kind: string;
  /** Qualified; names an object among those of its kind. */
  object: string;
  /** null: it lies in none. */
  schema: string | null;
}

interface DefinedObject extends KnownObject {
  /** As its server prints it; null for what is not compared. */
  definition: string | null;
}

/** More are counted, not named. */
const NAMED = 100;

/** Kinds of which a service has some of its own in every database of its servers. */
const OF_SERVICES: ReadonlySet<string> = new Set(["extension", "event-trigger", "schema"]);

/**
 * What a definition's row was last changed by is told by its age, which refreshing, vacuuming and grants leave as it is. Members of
 * extensions are left out, and what comes with something else and not with every server: functions of a range type, of which those
 * since 14 make more for its multirange, and partitions' triggers that are their parent's, which are internal ones before 13.
 */
const OBJECTS = `
with object (kind, catalog, oid, self, schema, name, age) as (
  select case when r.rulename <> '_RETURN' then 'rule' when c.relkind = 'm' then 'materialized-view' else 'view' end, 'pg_class', c.oid, r.oid,
         c.relnamespace, pg_catalog.concat_ws('.', pg_catalog.quote_ident(c.relname), case when r.rulename <> '_RETURN' then pg_catalog.quote_ident(r.rulename) end),
         pg_catalog.age(r.xmin)
    from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
  union all
  select 'function', 'pg_proc', p.oid, p.oid, p.pronamespace,
         pg_catalog.concat(pg_catalog.quote_ident(p.proname), '(', pg_catalog.oidvectortypes(p.proargtypes), ')'), pg_catalog.age(p.xmin)
    from pg_catalog.pg_proc p
  union all
  select 'trigger', 'pg_class', c.oid, t.oid, c.relnamespace,
         pg_catalog.concat(pg_catalog.quote_ident(c.relname), '.', pg_catalog.quote_ident(t.tgname)), pg_catalog.age(t.xmin)
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
   where not t.tgisinternal and coalesce(pg_catalog.to_jsonb(t) ->> 'tgparentid', '0') = '0'
  union all
  select 'row-security', 'pg_class', c.oid, p.oid, c.relnamespace,
         pg_catalog.concat(pg_catalog.quote_ident(c.relname), '.', pg_catalog.quote_ident(p.polname)), pg_catalog.age(p.xmin)
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
  union all
  select 'index', 'pg_class', c.oid, c.oid, c.relnamespace, pg_catalog.quote_ident(c.relname), pg_catalog.age(i.xmin)
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid where not i.indisunique
  union all
  select 'type', 'pg_type', t.oid, t.oid, t.typnamespace, pg_catalog.quote_ident(t.typname),
         least(pg_catalog.age(t.xmin), (select pg_catalog.min(pg_catalog.age(e.xmin)) from pg_catalog.pg_enum e where e.enumtypid = t.oid),
               (select pg_catalog.min(pg_catalog.age(a.xmin)) from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and t.typrelid <> 0))
    from pg_catalog.pg_type t left join pg_catalog.pg_class c on c.oid = t.typrelid
   where (t.typtype in ('d', 'e', 'r') or c.relkind = 'c') and t.typelem = 0
  union all
  select 'schema', 'pg_namespace', n.oid, n.oid, n.oid, null, pg_catalog.age(n.xmin) from pg_catalog.pg_namespace n
  union all
  select 'extension', 'pg_extension', e.oid, e.oid, 0, pg_catalog.quote_ident(e.extname), pg_catalog.age(e.xmin) from pg_catalog.pg_extension e
  union all
  select 'event-trigger', 'pg_event_trigger', e.oid, e.oid, 0, pg_catalog.quote_ident(e.evtname), pg_catalog.age(e.xmin) from pg_catalog.pg_event_trigger e
), users (kind, schema, object, self, age) as (
  select o.kind, n.nspname, pg_catalog.concat_ws('.', pg_catalog.quote_ident(n.nspname), o.name), o.self, o.age
    from object o left join pg_catalog.pg_namespace n on n.oid = o.schema
   where (n.nspname is null or (n.nspname !~ '^pg_' and n.nspname <> 'information_schema'))
     and not exists (select from pg_catalog.pg_depend d
                      where d.classid = pg_catalog.concat('pg_catalog.', o.catalog)::pg_catalog.regclass and d.objid = o.oid
                         and (d.deptype = 'e' or (o.kind = 'function' and d.deptype = 'i')))
)`;

/** Of the object `u`, as both sides print it when it is the same; null for what has no such text. */
const DEFINITION = `
case u.kind
  when 'view' then (select pg_catalog.pg_get_viewdef(r.ev_class) from pg_catalog.pg_rewrite r where r.oid = u.self)
  when 'materialized-view' then (select pg_catalog.pg_get_viewdef(r.ev_class) from pg_catalog.pg_rewrite r where r.oid = u.self)
  when 'rule' then pg_catalog.pg_get_ruledef(u.self)
  when 'function' then case when not exists (select from pg_catalog.pg_aggregate a where a.aggfnoid = u.self) then pg_catalog.pg_get_functiondef(u.self) end
  when 'trigger' then (select pg_catalog.concat(t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid)) from pg_catalog.pg_trigger t where t.oid = u.self)
  when 'row-security' then (
    select pg_catalog.concat_ws('; ', p.polcmd, pg_catalog.to_jsonb(p) ->> 'polpermissive',
                                (select pg_catalog.string_agg(pg_catalog.pg_get_userbyid(one), ', ' order by one) from unnest(p.polroles) one),
                                coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '-'), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
      from pg_catalog.pg_policy p where p.oid = u.self)
  when 'index' then pg_catalog.pg_get_indexdef(u.self)
  when 'type' then (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder)::text from pg_catalog.pg_enum e where e.enumtypid = u.self)
  when 'schema' then ''
  when 'extension' then (select e.extversion from pg_catalog.pg_extension e where e.oid = u.self)
end`;

/**
 * Warnings of what an owner has made, altered or dropped on the source since the copy, besides tables, where the target is not the
 * same by now. `since`: xid before which all had ended at the copy; what is in a schema the target does not have is left out,
 * unless it is the schema. Both sessions have an empty search_path. Throws what the servers report.
 */
export async function listChangedObjects(
  source: pg.Client,
  target: pg.Client,
  since: string,
): Promise<ObjectFailure[]> {
  const { rows: changed } = await source.query<DefinedObject>(
    `${OBJECTS} select u.kind, u.schema, u.object, ${DEFINITION} as definition from users u
      where u.age <= pg_catalog.age($1::text::xid) order by 1, 3`,
    [since],
  );
  const there = await namesOf(source);
  const here = await namesOf(target);
  const definitions = await definitionsOf(
    target,
    changed.map(({ object }) => object),
  );
  const schemas = (names: ReadonlyMap<string, KnownObject>) =>
    new Set([...names.values()].flatMap(({ kind, schema }) => (kind === "schema" ? [schema] : [])));
  const [theirs, ours] = [schemas(here), schemas(there)];
  const failures = new Map<string, ObjectFailure>();
  for (const { definition, ...one } of changed) {
    const key = keyOf(one);
    const isSame = definition !== null && definitions.get(key) === definition;
    const isKnown = one.schema === null || one.kind === "schema" || theirs.has(one.schema);
    if (isSame || !isKnown) continue;
    const what = here.has(key)
      ? "It was altered on the source after the copy: the target has it as it was then."
      : "It was made or altered on the source after the copy: the target does not have it.";
    failures.set(key, failureOf(one.kind, one.object, what));
  }
  for (const [key, one] of here) {
    const isOfService = OF_SERVICES.has(one.kind) || one.schema === null || !ours.has(one.schema);
    if (there.has(key) || isOfService) continue;
    const what =
      "The target has it, and the source no longer: it was dropped there after the copy, or made here.";
    failures.set(key, failureOf(one.kind, one.object, what));
  }
  return upTo(NAMED, [...failures.values()]);
}

async function namesOf(client: pg.Client): Promise<Map<string, KnownObject>> {
  const { rows } = await client.query<KnownObject>(
    `${OBJECTS} select u.kind, u.schema, u.object from users u order by 1, 3`,
  );
  return new Map(rows.map((one) => [keyOf(one), one]));
}

async function definitionsOf(
  client: pg.Client,
  objects: readonly string[],
): Promise<Map<string, string | null>> {
  if (objects.length === 0) return new Map();
  const { rows } = await client.query<DefinedObject>(
    `${OBJECTS} select u.kind, u.schema, u.object, ${DEFINITION} as definition from users u
      where pg_catalog.replace(u.object, '"', '') = any ($1::text[])`,
    [objects.map(unquoted)],
  );
  return new Map(rows.map(({ definition, ...one }) => [keyOf(one), definition]));
}

/** Without quotes: which names need them depends on the server's keywords. */
function keyOf({ kind, object }: KnownObject): string {
  return `${kind} ${unquoted(object)}`;
}

function unquoted(object: string): string {
  return object.replaceAll('"', "");
}

/** The last one that is named tells how many are not. */
function upTo(most: number, failures: readonly ObjectFailure[]): ObjectFailure[] {
  const more = failures.length - most;
  return failures
    .slice(0, most)
    .map((one, at) =>
      more > 0 && at === most - 1
        ? { ...one, message: `${one.message} ${more} more changed and are not listed.` }
        : one,
    );
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
