import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import type { MissingObjects } from "./missing-objects";
import type { RestorePlan } from "./restore-plan";
import { runStatements } from "./run-statements";
import type { SchemaStatement } from "./statement";
import type { TargetRoles } from "./target-roles";

export interface RestorePreDataOptions {
  /** A session of the target database; it keeps the settings of the plan. */
  client: pg.Client;
  plan: RestorePlan;
  missing: MissingObjects;
  roles: TargetRoles;
  signal: AbortSignal;
}

/**
 * Creates everything that must be there before rows: schemas, extensions, types, functions, tables, views.
 * Returns what the target refused; throws as runStatements() does.
 */
export async function restorePreData(options: RestorePreDataOptions): Promise<ObjectFailure[]> {
  const { client, plan, missing, roles, signal } = options;
  await applySession(client, plan.session);
  return await runStatements({ client, statements: plan.preData, missing, roles, signal });
}

/** Prepares a session of the target for statements of a plan. Throws what the server reports. */
export async function applySession(client: pg.Client, session: readonly SchemaStatement[]): Promise<void> {
  // A crash of the target ends the migration anyway, so nothing is won by waiting for its disk.
  const statements = ["set synchronous_commit = off", ...session.map((statement) => statement.sql)];
  await client.query(statements.join(";\n"));
}
