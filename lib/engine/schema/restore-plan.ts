import type { TableName } from "@/lib/engine/events";
import { qualified } from "@/lib/postgres/sql";
import { sharedText } from "@/lib/util/texts";
import { liftPartitionedExclusions } from "./partitioned-exclusions";
import type { DumpedSchema, SchemaStatement } from "./statement";

/** An index, or a constraint that rests on one, to be built when the rows of its table are complete. */
export interface IndexBuild {
  /** Of kind index, primary-key, unique or exclusion; its object is the index or constraint: "public.orders_pkey". */
  statement: SchemaStatement;
  /** An earlier run has built the index that the constraint is to rest on. */
  hasIndex?: true;
}

/** What is built on one table, leaf partition or materialised view, in dump order; builds are independent of each other. */
export interface TablePlan {
  table: TableName;
  builds: IndexBuild[];
}

/** To be added when both tables have rows and indexes, and after `attaches`. */
export interface ForeignKeyPlan {
  statement: SchemaStatement;
  table: TableName;
  references: TableName;
}

/** A dumped schema in the order in which it is restored. */
export interface RestorePlan {
  /** Settings for every session that runs a statement of this plan (search_path, client_encoding, ...). */
  session: SchemaStatement[];
  /** Before any row, strictly in this order. */
  preData: SchemaStatement[];
  /** By tableKey(); only tables on which something is built. Whoever builds it takes it out, because it may be much. */
  tables: Map<string, TablePlan>;
  /** Indexes and constraints ON ONLY partitioned tables: no rows, instant; any time after preData, in this order. */
  partitionedIndexes: SchemaStatement[];
  /** ALTER INDEX ... ATTACH PARTITION, exclusion constraints of partitioned tables: after partitionedIndexes and all builds, in this order. */
  attaches: SchemaStatement[];
  foreignKeys: ForeignKeyPlan[];
  /** Last, strictly in this order: late views, comments, rules, policies, triggers, publications, event triggers. */
  rest: SchemaStatement[];
}

/** Key of `RestorePlan.tables`, and of whatever else is kept by table. */
export function tableKey(table: TableName): string {
  return sharedText(qualified(table.schema, table.name));
}

/** Orders a dumped schema for the restore. Pure; never drops a statement. */
export function planRestore(dumped: DumpedSchema): RestorePlan {
  const partitioned = partitionedTables(dumped.preData);
  const early = new Set(dumped.preData.flatMap((statement) => keyOf(statement, statement.kind)));
  const { head, body } = takeSettings(dumped.postData);
  const tables = new Map<string, TablePlan>();
  const plan = { partitionedIndexes: noStatements(), attaches: noStatements(), rest: noStatements() };
  const foreignKeys: ForeignKeyPlan[] = [];
  for (const statement of liftPartitionedExclusions(body, partitioned)) {
    const { table, references } = statement;
    const build = table && buildOf(statement);
    if (statement.kind === "index-attach" || statement.afterBuilds) plan.attaches.push(statement);
    else if (statement.kind === "foreign-key" && table && references)
      foreignKeys.push({ statement, table, references });
    else if (!build || !early.has(tableKey(table))) plan.rest.push(statement);
    else if (statement.partitioned || partitioned.has(tableKey(table)))
      plan.partitionedIndexes.push(statement);
    else addBuild(tables, table, build);
  }
  return {
    session: head,
    preData: dumped.preData,
    tables,
    foreignKeys,
    ...plan,
    rest: eventTriggersLast(plan.rest),
  };
}

function noStatements(): SchemaStatement[] {
  return [];
}

function keyOf(statement: SchemaStatement, kind: SchemaStatement["kind"]): string[] {
  const holdsRows = kind === "table" || kind === "materialized-view" || kind === "foreign-data";
  return holdsRows && statement.table ? [tableKey(statement.table)] : [];
}

/** True of the statements that say which tables are partitioned, and what their partitions are. */
export function tellsOfPartitions({ kind, partitioned }: SchemaStatement): boolean {
  return partitioned === true || kind === "table-attach";
}

function partitionedTables(preData: readonly SchemaStatement[]): ReadonlySet<string> {
  return new Set(preData.flatMap((one) => (one.partitioned && one.table ? [tableKey(one.table)] : [])));
}

/** The settings at the head of a dump hold for all of it; later ones only for what follows them, and stay there. */
function takeSettings(statements: readonly SchemaStatement[]): {
  head: SchemaStatement[];
  body: SchemaStatement[];
} {
  const end = statements.findIndex((statement) => statement.kind !== "setting");
  const cut = end === -1 ? statements.length : end;
  return { head: statements.slice(0, cut), body: statements.slice(cut) };
}

function buildOf(statement: SchemaStatement): IndexBuild | null {
  const { kind } = statement;
  const rests = kind === "index" || kind === "primary-key" || kind === "unique" || kind === "exclusion";
  return rests ? { statement } : null;
}

function addBuild(tables: Map<string, TablePlan>, table: TableName, build: IndexBuild): void {
  const key = tableKey(table);
  const plan = tables.get(key);
  // A list that begins empty gets room for many, and most tables have one.
  if (plan) plan.builds.push(build);
  else tables.set(key, { table, builds: [build] });
}

/** An event trigger would fire on every statement that comes after it. */
function eventTriggersLast(rest: readonly SchemaStatement[]): SchemaStatement[] {
  const isLast = (statement: SchemaStatement) => statement.kind === "event-trigger";
  return [...rest.filter((one) => !isLast(one)), ...rest.filter(isLast)];
}
