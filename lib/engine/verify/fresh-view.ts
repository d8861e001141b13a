import type pg from "pg";
import { ident, literal, qualified } from "@/lib/postgres/sql";
import { readCalledFunctions } from "../functions/called-functions";
import { setPath } from "../functions/search-path";
import { type Checksum, type ChecksumRow, checksumColumns, readChecksum, sameChecksums } from "./checksum";
import { nameOf, type TablePair } from "./table-pair";
import type { VerifyRun } from "./verify-run";

interface Definition {
  query: string;
  columns: string[];
  /** It runs functions of roles with fewer rights than the login may have. */
  foreign: boolean;
  /** OIDs of the functions that it calls, directly or by an operator or an aggregate. */
  functions: string[];
}

/**
 * True when the target's materialised view holds what its query gives there, as after REFRESH (sql-refreshmaterializedview.html).
 * The source's rows are others when nobody refreshed it since its tables changed, and no server takes rows for a materialised
 * view. Its query may take long, so it is asked for only when the rows differ; false when the login may not run it, or when it calls
 * what another role made: REFRESH runs that with the rights of the view's owner, a SELECT would with the login's. Functions that name
 * things without their schemas find them as on the source.
 */
export async function isFreshOnTarget(run: VerifyRun, pair: TablePair, held: Checksum): Promise<boolean> {
  try {
    const given = await run.target.read(async (client) => {
      const { rows } = await client.query<Definition>(definitionStatement(pair));
      const [definition] = rows;
      if (!definition || definition.foreign) return null;
      const path = await readPath(client, definition.functions);
      if (path.length > 0 && (await isForeign(client, path))) return null;
      if (path.length > 0) await client.query(setPath(path, "set local"));
      await run.targetThrottle.pass(pair.target.bytes, run.target.signal);
      const answer = await client.query<ChecksumRow>(sumStatement(definition, pair));
      return answer.rows[0] ? readChecksum(answer.rows[0]) : null;
    });
    return given !== null && sameChecksums(given, held);
  } catch {
    run.signal.throwIfAborted();
    return false;
  }
}

/** What is said of a materialised view whose rows are not the source's and yet right. */
export function describeFreshView(pair: TablePair): string {
  return `Materialized view ${nameOf(pair.source)} holds what its query gives on the target. The source's holds other rows: it was not refreshed since what it is made from changed.`;
}

/** Schemas in which these functions find what they mention without one. */
async function readPath(client: pg.Client, functions: readonly string[]): Promise<string[]> {
  if (functions.length === 0) return [];
  const called = await readCalledFunctions(client);
  const found = called.flatMap(({ oid, path }) => (functions.includes(oid) ? (path ?? []) : []));
  return [...new Set(found)];
}

/** True when another role with fewer rights made anything in these schemas, which a name may mean. */
async function isForeign(client: pg.Client, schemas: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ foreign: boolean }>(FOREIGN, [schemas]);
  return rows[0]?.foreign ?? true;
}

const FOREIGN = `
select exists (
  select from (select p.pronamespace, p.proowner from pg_catalog.pg_proc p
               union select o.oprnamespace, o.oprowner from pg_catalog.pg_operator o
               union select c.relnamespace, c.relowner from pg_catalog.pg_class c
               union select t.typnamespace, t.typowner from pg_catalog.pg_type t) made (namespace, owner)
    join pg_catalog.pg_namespace n on n.oid = made.namespace and n.nspname = any($1::text[])
    join pg_catalog.pg_roles w on w.oid = made.owner
   where not w.rolsuper and w.rolname <> current_user) as "foreign"`;

const IS_CODE = `d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)`;

function definitionStatement({ target }: TablePair): string {
  const view = `${literal(qualified(target.schema, target.name))}::pg_catalog.regclass`;
  return `
with recursive rule (oid) as (
  select r.oid from pg_catalog.pg_rewrite r where r.ev_class = ${view}
  union
  select r.oid
    from rule u
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = u.oid
     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    join pg_catalog.pg_class c on c.oid = d.refobjid and c.relkind = 'v'
    join pg_catalog.pg_rewrite r on r.ev_class = c.oid
), called (class, object) as (
  select d.refclassid, d.refobjid
    from rule u join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = u.oid
   where ${IS_CODE}
  union
  select d.refclassid, d.refobjid
    from called c join pg_catalog.pg_depend d on d.classid = c.class and d.objid = c.object
   where ${IS_CODE}
)
select pg_catalog.pg_get_viewdef(${view}) as query,
       array(select a.attname::text from pg_catalog.pg_attribute a
              where a.attrelid = ${view} and a.attnum > 0 order by a.attnum) as columns,
       array(select c.object::text from called c where c.class = 'pg_catalog.pg_proc'::pg_catalog.regclass) as functions,
       exists (select from rule u
                 join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = u.oid
                 left join pg_catalog.pg_proc p on d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = d.refobjid
                 left join pg_catalog.pg_operator o on d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
                 join pg_catalog.pg_roles w on w.oid in (p.proowner, o.oprowner)
                where not w.rolsuper and w.rolname <> current_user) as "foreign"`;
}

function sumStatement({ query, columns }: Definition, { hash }: TablePair): string {
  const inner = hash.inner === "" ? "1 as nothing" : hash.inner;
  const body = query.replace(/;\s*$/, "");
  const names = columns.length === 0 ? "" : ` (${columns.map(ident).join(", ")})`;
  return `
select ${checksumColumns(hash.first, hash.second)}
  from (select ${inner} from (${body}) t${names} offset 0) s`;
}
