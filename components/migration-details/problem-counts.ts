import { countNoun } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";

type WithProblems = Pick<MigrationDetails, "problems" | "problemsTotal">;

/** Problems that kept something from moving. Those beyond the listed ones count as such: errors are listed first. */
export function errorCount({ problems, problemsTotal }: WithProblems): number {
  const listed = problems.filter((problem) => problem.severity === "error").length;
  return listed === problems.length ? problemsTotal : listed;
}

/** "2 problems and 1 warning"; what there is none of is left out. */
export function problemsText(migration: WithProblems): string {
  const errors = errorCount(migration);
  const warnings = migration.problemsTotal - errors;
  const parts = [errors > 0 && countNoun(errors, "problem"), warnings > 0 && countNoun(warnings, "warning")];
  return parts.filter((part) => part !== false).join(" and ");
}
