import type { ObjectFailure, Report, TableName } from "../events";
import { stepsOf } from "../schema/build-steps";
import type { MissingObjects } from "../schema/missing-objects";
import type { TablePlan } from "../schema/restore-plan";
import type { SchemaStatement } from "../schema/statement";
import type { TargetRoles } from "../schema/target-roles";
import type { MemoryShares } from "./build-memory";
import { runStep } from "./run-step";
import type { SessionPool } from "./session-pool";

export interface BuildContext {
  pool: SessionPool;
  memory: MemoryShares;
  /** True while rows are copied. */
  isCopying: () => boolean;
  missing: MissingObjects;
  roles: TargetRoles;
  report: Report;
  onFailures: (failures: readonly ObjectFailure[]) => void;
  signal: AbortSignal;
}

/**
 * Builds all indexes of one table beside each other, then attaches the constraints that rest on them one after the other:
 * attaching needs the table to itself for an instant and would make the builds queue behind it. `bytes` is the size of the
 * table without indexes.
 */
export async function buildTableIndexes(
  context: BuildContext,
  { table, builds }: TablePlan,
  bytes: number,
): Promise<void> {
  const built = await Promise.all(
    builds.map(async (build) => {
      const steps = stepsOf(build);
      return { steps, ok: await buildStep(context, steps, { table, bytes, step: 0 }) };
    }),
  );
  for (const { steps, ok } of built) {
    if (ok && steps.length > 1) await buildStep(context, steps, { table, bytes, step: 1 });
  }
}

async function buildStep(
  context: BuildContext,
  steps: readonly SchemaStatement[],
  { table, bytes, step }: { table: TableName; bytes: number; step: number },
): Promise<boolean> {
  const statement = steps[step];
  if (!statement) return true;
  const started = performance.now();
  const failures = await runStep(context, statement, bytes);
  context.onFailures(failures);
  const ok = failures.every((failure) => failure.severity !== "error");
  if (ok && step === steps.length - 1) {
    const ms = Math.round(performance.now() - started);
    context.report({ type: "index-completed", object: statement.object, table, ms, kept: false });
  }
  return ok;
}
