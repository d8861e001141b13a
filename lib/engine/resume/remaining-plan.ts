import type { TableName } from "../events";
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
      const statements = remainingSteps(build, existing);
      if (statements.length > 0) return [{ ...build, statements }];
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
function remainingSteps({ statements }: IndexBuild, existing: ExistingObjects): SchemaStatement[] {
  const last = statements.at(-1);
  if (!last || existing.has(last)) return [];
  return statements.filter((statement) => !existing.has(statement));
}
