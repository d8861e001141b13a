import type { TableName } from "../events";
import { stepsOf } from "../schema/build-steps";
import type { IndexBuild, RestorePlan, TablePlan } from "../schema/restore-plan";
import type { SchemaStatement } from "../schema/statement";
import type { ExistingObjects } from "./existing-objects";

export interface RemainingPlan {
  plan: RestorePlan;
  /** Builds an earlier run had finished. */
  keptBuilds: { build: IndexBuild; table: TableName }[];
}

/** Takes out of a plan what the target has already; `preData` is left as it is. */
export function remainingPlan(plan: RestorePlan, existing: ExistingObjects): RemainingPlan {
  const keptBuilds: RemainingPlan["keptBuilds"] = [];
  const tables = new Map<string, TablePlan>();
  for (const [key, table] of plan.tables) {
    const builds = table.builds.flatMap((build): IndexBuild[] => {
      const left = remainingSteps(build, existing);
      if (left.length > 0)
        return [left.length < stepsOf(build).length ? { ...build, hasIndex: true } : build];
      keptBuilds.push({ build, table: table.table });
      return [];
    });
    if (builds.length > 0) tables.set(key, { ...table, builds });
  }
  const isLeft = (statement: SchemaStatement) => !existing.has(statement);
  return {
    keptBuilds,
    plan: {
      ...plan,
      tables,
      partitionedIndexes: plan.partitionedIndexes.filter(isLeft),
      foreignKeys: plan.foreignKeys.filter(({ statement }) => isLeft(statement)),
      rest: plan.rest.filter(isLeft),
    },
  };
}

/** A two-step constraint whose index stands needs its second step only; whose constraint stands, none. */
function remainingSteps(build: IndexBuild, existing: ExistingObjects): SchemaStatement[] {
  if (existing.has(build.statement)) return [];
  return stepsOf(build).filter((statement) => !existing.has(statement));
}
