import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { displayName, qualified } from "@/lib/postgres/sql";
import type { ObjectFailure, TableName } from "../events";
import type { SchemaStatement, StatementKind } from "../schema/statement";

/** Materialised views that hold rows on the source, each after those it is made of. */
export async function listPopulatedViews(source: pg.Client): Promise<TableName[]> {
  const { rows } = await source.query<TableName>(LIST_VIEWS);
  return rows;
}

/** Materialised views of the target, filled or not. */
export async function listViews(target: pg.Client): Promise<TableName[]> {
  const { rows } = await target.query<TableName>(`
    select n.nspname as schema, c.relname as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm'`);
  return rows;
}

/** A view may stand between two materialised ones, so the way is followed through all relations. */
const LIST_VIEWS = `
with recursive edge (view, uses) as (
  select distinct r.ev_class, d.refobjid
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
                               and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> r.ev_class
    join pg_catalog.pg_class c on c.oid = r.ev_class and c.relkind in ('v', 'm')
), reach (view, uses) as (
  select view, uses from edge
  union
  select reach.view, edge.uses from reach join edge on edge.view = reach.uses
)
select n.nspname as schema, c.relname as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'm' and c.relispopulated and n.nspname !~ '^pg_'
   and not exists (select 1 from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
 order by (select count(distinct u.oid) from reach join pg_catalog.pg_class u on u.oid = reach.uses and u.relkind = 'm'
            where reach.view = c.oid), 1, 2`;

/** Kinds of late statements that change nothing of what a query sees. */
const UNSEEN: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "trigger",
  "event-trigger",
  "policy",
  "row-security",
  "statistics",
  "publication",
  "comment",
  "security-label",
  "owner",
  "grant",
  "check",
  "replica-identity",
  "cluster-on",
]);

/** True when views can be filled before the late statements: none of these completes what a view is made of. */
export function mayRefreshEarly(late: readonly SchemaStatement[]): boolean {
  return late.every(({ kind }) => UNSEEN.has(kind));
}

/**
 * Fills the views of the target in the given order. What a function inside a view reads is in no catalogue, so views that
 * failed are tried again as long as others succeed. Returns those that could not be filled; a broken session is thrown.
 */
export async function refreshViews(
  target: pg.Client,
  views: readonly TableName[],
  signal: AbortSignal,
): Promise<ObjectFailure[]> {
  let pending = [...views];
  for (;;) {
    const failed: { view: TableName; failure: ObjectFailure }[] = [];
    for (const view of pending) {
      signal.throwIfAborted();
      const failure = await refresh(target, view);
      if (failure) failed.push({ view, failure });
    }
    if (failed.length === 0 || failed.length === pending.length) return failed.map(({ failure }) => failure);
    pending = failed.map(({ view }) => view);
  }
}

async function refresh(target: pg.Client, view: TableName): Promise<ObjectFailure | null> {
  const statement = `refresh materialized view ${qualified(view.schema, view.name)}`;
  try {
    await target.query(statement);
    return null;
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    const { code, sqlState, message, remedy } = toCodedError(error, "OBJECT_FAILED");
    const object = displayName(view.schema, view.name);
    return {
      severity: "error",
      kind: "materialized-view",
      object,
      code,
      sqlState,
      message,
      remedy,
      statement,
    };
  }
}
