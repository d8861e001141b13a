import { displayName, qualified } from "@/lib/postgres/sql";
import type { ObjectFailure, TableName } from "../events";
import { MissingObjects } from "../schema/missing-objects";
import { type ForeignKeyPlan, tableKey } from "../schema/restore-plan";
import { runStatements } from "../schema/run-statements";
import type { SchemaStatement } from "../schema/statement";
import type { BuildContext } from "./build-table-indexes";
import { checkedKeyName, dropLeafKeys, findBlocked, type PartitionKeys, takeApart } from "./partition-keys";
import { inSession, isThereAlready, runStep } from "./run-step";

export interface ForeignKeyOptions {
  jobs: number;
  /** False for a table whose copy failed. */
  hasRows: (table: TableName) => boolean;
  /** False also for those it is a partition of: keys onto them would only repeat that failure. */
  isComplete: (table: TableName) => boolean;
  /** Its rows are checked sooner than a statement of its own is sent. */
  isSmall: (table: TableName) => boolean;
  /** tableKey() of the table, or of the partitioned one it is part of, which is locked together with all its partitions. */
  rootOf: (table: TableName) => string;
  isPartitioned: (table: TableName) => boolean;
  /** The partitions that hold the rows of a partitioned table. */
  leavesOf: (table: TableName) => TableName[];
}

/** Something to be run while nothing else holds one of `locks`. */
interface Task {
  locks: readonly string[];
  run: () => Promise<void>;
}

/**
 * Adds foreign keys: those of small tables, and the others without a look at the rows (NOT VALID), many to a round trip;
 * then the rows are checked in parallel. The check locks the referencing table only, so many tables that refer to the same
 * one are checked beside each other, which adding their keys straight would not allow. Partitioned tables know no NOT VALID
 * before version 18; their keys are added to the partitions, checked there, and adopted. What cannot be taken apart so is
 * added straight, and never two at once that touch a common table, since each locks both (sql-altertable.html).
 */
export async function addForeignKeys(
  context: BuildContext,
  keys: readonly ForeignKeyPlan[],
  options: ForeignKeyOptions,
): Promise<void> {
  const pending = keys.filter((key) => {
    if (options.isComplete(key.references) || !options.hasRows(key.table)) return true;
    context.onFailures([consequence(key.statement, key.references)]);
    context.missing.add(key.statement);
    return false;
  });
  const { isPartitioned, rootOf } = options;
  const apart = await takePartitionedApart(context, pending, options);
  const wholes = new Set(apart.map(({ whole }) => whole));
  const isStraight = (key: ForeignKeyPlan) =>
    !wholes.has(key) && (isPartitioned(key.table) || isPartitioned(key.references));
  const together = pending.filter((key) => !isStraight(key) && !wholes.has(key));
  const isChecked = (key: ForeignKeyPlan) =>
    !options.isSmall(key.table) && checkedKeyName(key.statement.sql) !== null;
  const failed = await addTogether(context, together, isChecked);
  const checks = together.filter((key) => isChecked(key) && !failed.has(key.statement.object));
  const refused = new Set<PartitionKeys>();
  await runDisjoint(options.jobs, [
    ...pending.filter(isStraight).map((key) => ({
      locks: [rootOf(key.table), rootOf(key.references)],
      run: async () => context.onFailures(await runStep(context, key.statement)),
    })),
    ...(await addToLeaves(context, apart, refused)),
    ...checks.map((key) => ({ locks: [rootOf(key.table)], run: () => validate(context, key) })),
  ]);
  for (const key of apart) {
    // Added straight the server says itself what is wrong, and leaves nothing behind.
    if (refused.has(key)) await dropLeafKeys(context, key);
    context.onFailures(await runStep(context, key.whole.statement));
  }
}

/** Keys of big partitioned tables that can be checked partition by partition. */
async function takePartitionedApart(
  context: BuildContext,
  keys: readonly ForeignKeyPlan[],
  { isPartitioned, isSmall, leavesOf }: ForeignKeyOptions,
): Promise<PartitionKeys[]> {
  const withOwn = new Set(keys.map(({ table }) => tableKey(table)));
  const apart = keys.flatMap((key) => {
    if (!isPartitioned(key.table) || isPartitioned(key.references)) return [];
    if (checkedKeyName(key.statement.sql) === null) return [];
    const leaves = leavesOf(key.table);
    if (leaves.every(isSmall)) return [];
    const parts = takeApart(key, leaves);
    return parts && !leaves.some((leaf) => withOwn.has(tableKey(leaf))) ? [parts] : [];
  });
  if (apart.length === 0) return [];
  const blocked = await findBlocked(context, apart);
  return apart.filter((key) => !blocked.has(key));
}

/** Adds the keys of partitions unchecked, and returns the checks that are left; `refused` gets those the target refused. */
async function addToLeaves(
  context: BuildContext,
  apart: readonly PartitionKeys[],
  refused: Set<PartitionKeys>,
): Promise<Task[]> {
  // A refusal is told when the whole key is added straight.
  const quiet = { ...context, missing: new MissingObjects(), onFailures: () => undefined };
  const leafKeys = apart.flatMap(({ leaves }) => leaves);
  const failed = await addTogether(quiet, leafKeys, () => true);
  for (const key of apart) if (key.leaves.some((leaf) => failed.has(leaf.statement.object))) refused.add(key);
  return apart
    .filter((key) => !refused.has(key))
    .flatMap((key) =>
      key.leaves.map((leaf) => ({
        locks: [tableKey(leaf.table)],
        run: async () => {
          if ((await check(quiet, leaf)).length > 0) refused.add(key);
        },
      })),
    );
}

/** Returns the display names of the keys that could not be added. */
async function addTogether(
  context: BuildContext,
  keys: readonly ForeignKeyPlan[],
  isChecked: (key: ForeignKeyPlan) => boolean,
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const { missing, roles, signal } = context;
  const dumped = new Map<string, string>();
  const statements = keys.map((key) => {
    const sql = isChecked(key) ? `${key.statement.sql} NOT VALID` : key.statement.sql;
    dumped.set(sql, key.statement.sql);
    return { ...key.statement, sql };
  });
  const failures = await inSession(context, async (client, attempt) => {
    // What a repetition finds in its way must not count as missing.
    const known = attempt === 0 ? missing : new MissingObjects();
    const found = await runStatements({ client, statements, missing: known, roles, signal });
    return attempt === 0 ? found : found.filter(({ sqlState }) => !isThereAlready(sqlState));
  });
  context.onFailures(
    failures.map((one) => ({ ...one, statement: dumped.get(one.statement ?? "") ?? one.statement })),
  );
  return new Set(failures.map(({ object }) => object));
}

/** Checks the rows. A key that they break goes, as one that was added straight would not be there. */
async function validate(context: BuildContext, key: ForeignKeyPlan): Promise<void> {
  const { statement, table } = key;
  const failures = await check(context, key);
  if (failures.length === 0) return;
  context.onFailures(failures.map((failure) => ({ ...failure, statement: statement.sql })));
  const drop = `alter table ${qualified(table.schema, table.name)} drop constraint if exists ${checkedKeyName(statement.sql)}`;
  await inSession(context, (client) => client.query(drop));
}

/** Returns why the rows break the key; nothing when they do not. */
async function check(context: BuildContext, { statement, table }: ForeignKeyPlan): Promise<ObjectFailure[]> {
  const sql = `alter table ${qualified(table.schema, table.name)} validate constraint ${checkedKeyName(statement.sql)}`;
  return await runStep(context, { ...statement, sql });
}

/** Runs all tasks, at most `jobs` at once, each as soon as none under way shares a lock with it. */
async function runDisjoint(jobs: number, tasks: readonly Task[]): Promise<void> {
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  const queue = [...tasks];
  while (queue.length > 0 || running.size > 0) {
    const index = queue.findIndex(({ locks }) => !locks.some((lock) => busy.has(lock)));
    if (index < 0 || running.size >= jobs) {
      await Promise.race(running);
      continue;
    }
    const [next] = queue.splice(index, 1);
    if (!next) continue;
    for (const lock of next.locks) busy.add(lock);
    const task: Promise<void> = next.run().finally(() => {
      for (const lock of next.locks) busy.delete(lock);
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
