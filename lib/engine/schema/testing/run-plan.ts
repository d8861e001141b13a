import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import { stepsOf } from "../build-steps";
import { MissingObjects } from "../missing-objects";
import type { RestorePlan } from "../restore-plan";
import { restorePreData } from "../restore-pre-data";
import { runStatements } from "../run-statements";
import { readTargetRoles } from "../target-roles";

/** Runs a whole plan in one session, in the order the plan promises to be sound. */
export async function runPlan(
  client: pg.Client,
  plan: RestorePlan,
  leftOut: readonly ObjectFailure[] = [],
): Promise<ObjectFailure[]> {
  const signal = AbortSignal.timeout(60_000);
  const missing = new MissingObjects(leftOut);
  const roles = await readTargetRoles(client);
  const failures = await restorePreData({ client, plan, missing, roles, signal });
  const builds = [...plan.tables.values()].flatMap((table) => table.builds.flatMap(stepsOf));
  const foreignKeys = plan.foreignKeys.map((one) => one.statement);
  for (const statements of [plan.partitionedIndexes, builds, plan.attaches, foreignKeys, plan.rest])
    failures.push(...(await runStatements({ client, statements, missing, roles, signal })));
  return failures;
}
