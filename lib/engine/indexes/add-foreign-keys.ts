import { displayName } from "@/lib/postgres/sql";
import type { ObjectFailure, TableName } from "../events";
import { type ForeignKeyPlan, tableKey } from "../schema/restore-plan";
import type { SchemaStatement } from "../schema/statement";
import type { BuildContext } from "./build-table-indexes";
import { runStep } from "./run-step";

/**
 * Adds foreign keys in parallel, never two that touch a common table: each takes a lock on both of its tables, and two
 * that take the same locks in another order would deadlock. Keys of partitioned tables lock all partitions, so they
 * come alone. `hasRows` is false for a table whose copy failed, `isComplete` also for those it is a partition of: keys onto
 * them would only repeat that failure.
 */
export async function addForeignKeys(
  context: BuildContext,
  keys: readonly ForeignKeyPlan[],
  options: {
    jobs: number;
    partitioned: ReadonlySet<string>;
    hasRows: (table: TableName) => boolean;
    isComplete: (table: TableName) => boolean;
  },
): Promise<void> {
  const { missing } = context;
  const pending = keys.filter((key) => {
    if (options.isComplete(key.references) || !options.hasRows(key.table)) return true;
    context.onFailures([consequence(key.statement, key.references)]);
    missing.add(key.statement);
    return false;
  });
  const isAlone = (key: ForeignKeyPlan) =>
    options.partitioned.has(tableKey(key.table)) || options.partitioned.has(tableKey(key.references));
  const together = pending.filter((key) => !isAlone(key));
  await runDisjoint(together, options.jobs, (key) => addKey(context, key));
  for (const key of pending.filter(isAlone)) await addKey(context, key);
}

async function addKey(context: BuildContext, { statement }: ForeignKeyPlan): Promise<void> {
  context.onFailures(await runStep(context, statement));
}

/** Runs `work` for all keys, at most `jobs` at once, each as soon as none under way shares a table with it. */
async function runDisjoint(
  keys: ForeignKeyPlan[],
  jobs: number,
  work: (key: ForeignKeyPlan) => Promise<void>,
): Promise<void> {
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  const queue = [...keys];
  while (queue.length > 0 || running.size > 0) {
    const index = queue.findIndex(
      ({ table, references }) => !busy.has(tableKey(table)) && !busy.has(tableKey(references)),
    );
    if (index < 0 || running.size >= jobs) {
      await Promise.race(running);
      continue;
    }
    const [key] = queue.splice(index, 1);
    if (!key) continue;
    const taken = [tableKey(key.table), tableKey(key.references)];
    for (const table of taken) busy.add(table);
    const task: Promise<void> = work(key).finally(() => {
      for (const table of taken) busy.delete(table);
      running.delete(task);
    });
    running.add(task);
  }
}

function consequence(statement: SchemaStatement, references: TableName): ObjectFailure {
  return {
    severity: "error",
    kind: statement.kind,
    object: statement.object,
    code: "OBJECT_SKIPPED",
    sqlState: null,
    message: `refers to ${displayName(references.schema, references.name)}, whose rows could not be copied`,
    remedy: "Mend the failed table first, then add the foreign key with the statement shown.",
    statement: statement.sql,
  };
}
