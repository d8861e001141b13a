import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { qualified } from "@/lib/postgres/sql";
import type { ObjectFailure } from "../events";
import { checkedKeyName } from "../indexes/partition-keys";
import { isAlreadyThere, readExistingObjects } from "../resume/existing-objects";
import { MissingObjects } from "../schema/missing-objects";
import { runStatements } from "../schema/run-statements";
import type { SchemaStatement } from "../schema/statement";
import { readTargetRoles } from "../schema/target-roles";
import { prepareTarget } from "../session-settings";
import { inOwnSession } from "./own-session";

export interface LateKeysOptions {
  target: ConnectionSettings;
  keys: readonly SchemaStatement[];
  /** Runs `work` while nothing is applied: adding a key locks both tables. */
  paused: (work: () => Promise<void>) => Promise<void>;
  onFailures: (failures: readonly ObjectFailure[]) => void;
  signal: AbortSignal;
}

/**
 * Adds the foreign keys that waited for the stream: at first unchecked, which is quick, then their rows are checked while
 * changes go on to be applied. One that was added by an earlier call is only checked. Throws what breaks the session, or
 * the signal's reason.
 */
export async function addLateKeys(options: LateKeysOptions): Promise<void> {
  const { target, keys, signal } = options;
  if (keys.length === 0) return;
  await inOwnSession(target, "howdah keys", signal, (client) => addKeys(client, options));
}

async function addKeys(
  client: pg.Client,
  { keys, paused, onFailures, signal }: LateKeysOptions,
): Promise<void> {
  await prepareTarget(client);
  const roles = await readTargetRoles(client);
  const existing = await readExistingObjects(client);
  const left = keys.filter((key) => !existing.has(key));
  const run = (statements: readonly SchemaStatement[]) =>
    runStatements({ client, statements, missing: new MissingObjects(), roles, isAlreadyThere, signal });
  let failed: ReadonlySet<string> = new Set();
  await paused(async () => {
    const refused = objectsOf(await run(left.filter(canWait).map(unchecked)));
    // Partitioned tables take no unchecked key before version 18.
    const failures = await run(left.filter((key) => !canWait(key) || refused.has(key.object)));
    failed = objectsOf(failures);
    onFailures(failures);
  });
  // A key that the rows break stays unchecked, and its failure says so.
  for (const key of keys)
    if (canWait(key) && !failed.has(key.object)) onFailures(await run([validation(key)]));
}

function objectsOf(failures: readonly ObjectFailure[]): ReadonlySet<string> {
  return new Set(failures.map(({ object }) => object));
}

function canWait({ sql, table }: SchemaStatement): boolean {
  return table !== null && checkedKeyName(sql) !== null;
}

function unchecked(key: SchemaStatement): SchemaStatement {
  return { ...key, sql: `${key.sql} NOT VALID` };
}

function validation(key: SchemaStatement): SchemaStatement {
  const name = checkedKeyName(key.sql) ?? "";
  const table = key.table ? qualified(key.table.schema, key.table.name) : "";
  return { ...key, sql: `alter table ${table} validate constraint ${name}` };
}
