import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import { stepsOf } from "../schema/build-steps";
import { type TablePlan, tableKey } from "../schema/restore-plan";
import { type BuildContext, buildTableIndexes } from "./build-table-indexes";
import { inSession, isThereAlready } from "./run-step";

/** A table that has its rows, or never will. */
export interface FinishedTable {
  table: TableName;
  /** What is to be built on it; null when nothing is. */
  plan: TablePlan | null;
  /** False of tables without rows, and of partitions, whose parents' statistics cover them. */
  analyze: boolean;
  /** Without indexes. */
  bytes: number;
}

/**
 * Builds everything on a batch of small tables and gathers their statistics in one message and one transaction: each
 * statement takes less time than its own round trip and commit would. When a statement fails all are undone, and every
 * table is built by itself, so that failures are told object by object. Adds the keys of tables whose statistics are
 * there to `analyzed`. Throws as runStep() does.
 */
export async function finishSmallTables(
  context: BuildContext,
  tables: readonly FinishedTable[],
  analyzed: Set<string>,
): Promise<void> {
  const builds = tables.flatMap(({ plan }) => (plan ? plan.builds.map((build) => ({ plan, build })) : []));
  // Of one that an earlier run had begun the last step is left.
  const statements = builds.flatMap(({ build }) =>
    (build.hasIndex ? stepsOf(build) : [build.statement]).map(({ sql }) => sql),
  );
  const gathered = tables.filter((one) => one.analyze).map(({ table }) => table);
  if (gathered.length > 0) statements.push(analyzeStatement(gathered));
  if (statements.length === 0) return;
  const started = performance.now();
  if (await runTogether(context, statements)) {
    // The server answers all of a message at its end, so each build's own time is not known.
    const ms = Math.round((performance.now() - started) / statements.length);
    for (const { plan, build } of builds)
      context.report({
        type: "index-completed",
        object: build.statement.object,
        table: plan.table,
        ms,
        kept: false,
      });
    for (const table of gathered) analyzed.add(tableKey(table));
    return;
  }
  await Promise.all(tables.map(({ plan, bytes }) => plan && buildTableIndexes(context, plan, bytes)));
}

function analyzeStatement(tables: readonly TableName[]): string {
  return `analyze ${tables.map(({ schema, name }) => qualified(schema, name)).join(", ")}`;
}

/**
 * Builds everything on one table, then gathers its statistics while others are still copied or built; before its foreign
 * keys, whose checks are planned by them. What ANALYZE cannot do here is tried again, and told, at the end.
 */
export async function finishTable(
  context: BuildContext,
  { table, plan, analyze, bytes }: FinishedTable,
  analyzed: Set<string>,
): Promise<void> {
  if (plan) await buildTableIndexes(context, plan, bytes);
  if (analyze && (await runTogether(context, [analyzeStatement([table])], bytes)))
    analyzed.add(tableKey(table));
}

/** True when all are committed, false when the target refused one of them. */
async function runTogether(
  context: BuildContext,
  statements: readonly string[],
  bytes = 0,
): Promise<boolean> {
  const run = async (client: pg.Client, attempt: number) => {
    try {
      await client.query(["begin", ...statements, "commit"].join(";\n"));
      return true;
    } catch (error) {
      const sqlState = sqlStateOf(error);
      if (sqlState === null) throw error;
      await client.query("rollback");
      // All or nothing: when the first is there, the message before had been committed.
      return attempt > 0 && isThereAlready(sqlState);
    }
  };
  return await inSession(context, run, bytes);
}
