import { displayName, qualified } from "@/lib/postgres/sql";
import type { ObjectFailure, TableName } from "../events";
import { MissingObjects } from "../schema/missing-objects";
import type { ForeignKeyPlan } from "../schema/restore-plan";
import { runStatements } from "../schema/run-statements";
import type { SchemaStatement } from "../schema/statement";
import type { BuildContext } from "./build-table-indexes";
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
 * before version 18; their keys are added straight, and never two at once that touch a common table, since each locks both
 * (sql-altertable.html).
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
  const isStraight = (key: ForeignKeyPlan) => isPartitioned(key.table) || isPartitioned(key.references);
  const together = pending.filter((key) => !isStraight(key));
  const isChecked = (key: ForeignKeyPlan) => !options.isSmall(key.table) && canWait(key.statement);
  const failed = await addTogether(context, together, isChecked);
  const checks = together.filter((key) => isChecked(key) && !failed.has(key.statement.object));
  await runDisjoint(options.jobs, [
    ...pending.filter(isStraight).map((key) => ({
      locks: [rootOf(key.table), rootOf(key.references)],
      run: async () => context.onFailures(await runStep(context, key.statement)),
    })),
    ...checks.map((key) => ({ locks: [rootOf(key.table)], run: () => validate(context, key) })),
  ]);
}

const CONSTRAINT_NAME = /\bADD CONSTRAINT ("(?:[^"]|"")+")/;
const UNCHECKED = /\bNOT (?:VALID|ENFORCED)\s*$/;

/** False of keys that are not checked on the source either. */
function canWait({ sql }: SchemaStatement): boolean {
  return CONSTRAINT_NAME.test(sql) && !UNCHECKED.test(sql);
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
async function validate(context: BuildContext, { statement, table }: ForeignKeyPlan): Promise<void> {
  const name = CONSTRAINT_NAME.exec(statement.sql)?.[1] ?? "";
  const onTable = `alter table ${qualified(table.schema, table.name)}`;
  const failures = await runStep(context, { ...statement, sql: `${onTable} validate constraint ${name}` });
  if (failures.length === 0) return;
  context.onFailures(failures.map((failure) => ({ ...failure, statement: statement.sql })));
  await inSession(context, (client) => client.query(`${onTable} drop constraint if exists ${name}`));
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
