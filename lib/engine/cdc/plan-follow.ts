import type pg from "pg";
import { formatLsn } from "@/lib/postgres/lsn";
import type { SourceTable } from "../copy/list-tables";
import type { TableName } from "../events";
import type { ResolvedFilter } from "../filter/resolve-filter";
import type { KeptTable } from "../resume/start-point";
import { listConfigurationTables } from "../schema/configuration-tables";
import { type RestorePlan, tableKey } from "../schema/restore-plan";
import type { DumpedSchema, SchemaStatement, StatementKind } from "../schema/statement";
import { isLeftForLater, type TargetRoles } from "../schema/target-roles";
import type { FollowedTable, FollowStart } from "./follow-options";
import type { CapturedSource } from "./open-capture";
import { shortIdOf } from "./slots";
import type { TableIdentity } from "./table-identities";

/** What would act on applied changes, hide rows from the applier, or (a publication) refuse some of them. */
const ACTING: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "trigger",
  "event-trigger",
  "rule",
  "row-security",
  "publication",
]);

/** Comments and labels on those, which come after them, and what only they are the subject of. */
const ABOUT_ACTING =
  /^(?:comment on|alter|security label for (?:"(?:[^"]|"")+"|\S+) on) (?:event trigger|trigger|rule|publication)\b/i;

const OF_PUBLICATION = /^(?:create|alter|comment on) publication "([^"]+)"/i;

/** Without what migrations put on the source for themselves: it is no part of the database. */
export function withoutCaptures(dumped: DumpedSchema): DumpedSchema {
  const isOurs = ({ sql }: SchemaStatement) => shortIdOf(OF_PUBLICATION.exec(sql)?.[1] ?? "") !== null;
  return { ...dumped, postData: dumped.postData.filter((statement) => !isOurs(statement)) };
}

/** A view whose rule comes late, as old servers' dumps have it: until then it is a table. */
const VIEW_RULE = /^create rule "_RETURN"/i;

export interface Postponed {
  /** Harmless while changes are applied: late views, comments, policies (row security is off), checks, statistics, grants. */
  now: SchemaStatement[];
  /** As FollowStart has it. */
  deferred: SchemaStatement[];
}

/** Parts the end of a restore into what may stand while changes are applied and what waits for the cutover, in order. */
export function postpone(plan: RestorePlan, roles: TargetRoles): Postponed {
  const isOwnership = (statement: SchemaStatement) => isLeftForLater(statement, roles);
  const waits = (statement: SchemaStatement) => isActing(statement) || isOwnership(statement);
  return {
    now: plan.rest.filter((statement) => !statement.late && !waits(statement)),
    deferred: [
      ...plan.session,
      // They need the login to own what they are about.
      ...plan.rest.filter(({ late }) => late),
      ...plan.preData.filter(isOwnership),
      ...rowSecurityLast(plan.rest.filter((statement) => !statement.late && waits(statement))),
    ],
  };
}

function isActing({ kind, sql }: SchemaStatement): boolean {
  return (ACTING.has(kind) && !VIEW_RULE.test(sql)) || ABOUT_ACTING.test(sql);
}

/** It would hide rows from what is refreshed; event triggers come after it in the dump already. */
function rowSecurityLast(statements: readonly SchemaStatement[]): SchemaStatement[] {
  const isLast = ({ kind }: SchemaStatement) => kind === "row-security" || kind === "event-trigger";
  return [...statements.filter((one) => !isLast(one)), ...statements.filter(isLast)];
}

/** When foreign keys of a followed database are made. */
export interface KeySchedule {
  /** By the move, as soon as the rows are there. */
  plan: RestorePlan;
  /** By the follower, once the target has passed the latest position. */
  afterCatchUp: SchemaStatement[];
  /** At the cutover. */
  atCutover: SchemaStatement[];
}

/**
 * Rows of one position satisfy the keys at once. Those of several do so only when the stream has passed the latest; and
 * where their checks cannot be switched off they would refuse changes that are applied in another order than they were made.
 */
export function scheduleForeignKeys(
  plan: RestorePlan,
  positions: ReadonlySet<string>,
  mayIgnoreKeys: boolean,
): KeySchedule {
  const statements = plan.foreignKeys.map(({ statement }) => statement);
  if (!mayIgnoreKeys) return { plan: { ...plan, foreignKeys: [] }, afterCatchUp: [], atCutover: statements };
  if (positions.size < 2) return { plan, afterCatchUp: [], atCutover: [] };
  return { plan: { ...plan, foreignKeys: [] }, afterCatchUp: statements, atCutover: [] };
}

/** True when the session writes without firing triggers, those of foreign keys among them. Throws what the server reports. */
export async function mayIgnoreForeignKeys(target: pg.Client): Promise<boolean> {
  const { rows } = await target.query<{ role: string }>(
    "select pg_catalog.current_setting('session_replication_role') as role",
  );
  return rows[0]?.role === "replica";
}

export interface FollowStartOptions {
  /** A session of the source, within the snapshot. */
  source: pg.Client;
  captured: CapturedSource;
  /** Copied by this run, and kept of an earlier one. */
  tables: readonly SourceTable[];
  kept: readonly KeptTable[];
  /** By tableKey(): their rows could not be copied. */
  failed: ReadonlySet<string>;
  /** By tableKey(), as of the snapshot. */
  identities: ReadonlyMap<string, TableIdentity>;
  filter: Pick<ResolvedFilter, "moves" | "movesRows">;
}

/** Which tables are followed from where, and which are not. Throws what the source reports. */
export async function planFollow(
  options: FollowStartOptions,
): Promise<Pick<FollowStart, "capture" | "tables" | "recopied" | "leftOut">> {
  const { captured, failed, identities } = options;
  const tables = options.tables.filter((table) => !failed.has(tableKey(table)));
  const lsn = formatLsn(captured.lsn);
  const copied = [
    ...tables.map((table) => ({ table, lsn })),
    ...options.kept.map((kept) => ({ table: kept.table, lsn: kept.lsn ?? lsn })),
  ];
  const followed = copied.filter(({ table }) => isStreamed(table, captured));
  const recopied = copied
    .filter(({ table }) => !isStreamed(table, captured))
    .map(({ table }) => nameOf(table));
  const tried = new Set([...options.tables, ...copied.map(({ table }) => table)].map(tableKey));
  const unfilled = await listUnfilled(options, tried);
  const known = new Set([...copied.map(({ table }) => table), ...unfilled].map(tableKey));
  return {
    capture: captured.capture,
    tables: followed.map(({ table, lsn }): FollowedTable => {
      const identity = identities.get(tableKey(table));
      return { ...nameOf(table), lsn, ...(identity ? { identity } : {}) };
    }),
    recopied: [...recopied, ...unfilled],
    leftOut: await listLeftOut(options, known),
  };
}

/**
 * Of a configuration table of an extension the target has rows of its own, which the source's changes say nothing of; a change of
 * a partition names rows that may be in another one there.
 */
function isStreamed(table: SourceTable, { published }: CapturedSource): boolean {
  if (table.unlogged || table.configurationFilter !== null || table.through !== null) return false;
  return published === null || published.has(tableKey(table));
}

/** Configuration tables into which nobody had put rows of his own when the others were copied: some may be there at the cutover. */
async function listUnfilled(
  { source, filter }: FollowStartOptions,
  tried: ReadonlySet<string>,
): Promise<TableName[]> {
  const tables = await listConfigurationTables(source);
  return tables.filter((table) => filter.movesRows(table) && !tried.has(tableKey(table))).map(nameOf);
}

async function listLeftOut(
  { source, filter }: FollowStartOptions,
  known: ReadonlySet<string>,
): Promise<TableName[]> {
  const { rows } = await source.query<TableName & { kind: "r" | "m" | "S" }>(`
    select n.nspname as schema, c.relname as name, c.relkind as kind
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by 1, 2`);
  const moves = (row: TableName & { kind: string }) => {
    if (row.kind === "S") return filter.moves(row);
    return row.kind === "m" ? filter.movesRows(row) : known.has(tableKey(row));
  };
  return rows.filter((row) => !moves(row)).map(nameOf);
}

function nameOf({ schema, name }: TableName): TableName {
  return { schema, name };
}
