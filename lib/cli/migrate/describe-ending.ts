import { formatDuration } from "@/lib/migrations/format-duration";
import { countNoun, formatBytes } from "@/lib/migrations/format-quantity";
import { migrationStatus } from "@/lib/migrations/status";
import { ERROR_CODES } from "@/lib/util/error-codes";
import type { Ending } from "./reporter";

/** The last lines for people: outcome, totals, what failed and what to do about it. */
export function describeEnding(ending: Ending): string[] {
  const { view, problems, problemsTotal } = ending;
  const lines = [headline(ending)];
  if (view.error) lines.push(`  ${view.error}`);
  lines.push(...ending.validation.map((line) => `  ${line}`));
  for (const problem of problems) {
    lines.push(
      `  ${problem.severity} ${problem.database}: ${problem.kind} ${problem.object} [${problem.code}]`,
    );
    lines.push(`    ${problem.message}`, `    ${problem.remedy}`);
  }
  if (problemsTotal > problems.length) {
    lines.push(
      `  and ${countNoun(problemsTotal - problems.length, "more problem")}; the dashboard lists them all.`,
    );
  }
  const code = view.errorCode;
  if (code && code in ERROR_CODES && problems.length === 0 && view.state !== "Canceled") {
    lines.push(`  ${ERROR_CODES[code as keyof typeof ERROR_CODES].remedy} [${code}]`);
  }
  return lines;
}

function headline({ view, elapsedMs }: Ending): string {
  const sum = (figure: (database: (typeof view.databases)[number]) => number) =>
    view.databases.reduce((total, database) => total + figure(database), 0);
  const totals = [
    countNoun(view.databases.length, "database"),
    countNoun(
      sum((database) => database.tablesCompleted),
      "table",
    ),
    countNoun(
      sum((database) => database.rowsCopied),
      "row",
    ),
    formatBytes(sum((database) => database.bytesCopied)),
  ];
  return `${migrationStatus(view.state).label} after ${formatDuration(elapsedMs)}: ${totals.join(", ")}.`;
}
