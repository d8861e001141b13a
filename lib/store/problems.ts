import type { StoreClient } from "./client";
import { storable } from "./events";

export interface NewProblem {
  severity: "error" | "warning";
  kind: string;
  /** Qualified name as PostgreSQL prints it. */
  object: string;
  code: string;
  sqlState: string | null;
  message: string;
  remedy: string;
  statement: string | null;
}

/** A failing statement is shown to people, not run again: this much of it tells which one it is. */
const STATEMENT_LIMIT = 20_000;

/** Appends problems of one database. */
export async function appendProblems(
  db: StoreClient,
  databaseId: string,
  problems: readonly NewProblem[],
): Promise<void> {
  if (problems.length === 0) return;
  await db.migrationProblem.createMany({
    data: problems.map((problem) => ({
      databaseId,
      severity: problem.severity,
      kind: problem.kind,
      object: storable(problem.object),
      code: problem.code,
      sqlState: problem.sqlState,
      message: storable(problem.message),
      remedy: problem.remedy,
      statement: problem.statement === null ? null : storable(problem.statement.slice(0, STATEMENT_LIMIT)),
    })),
  });
}

/** Errors of a database by code, most frequent first. */
export async function countErrorCodes(
  db: StoreClient,
  databaseId: string,
): Promise<{ code: string; count: number }[]> {
  const groups = await db.migrationProblem.groupBy({
    by: ["code"],
    where: { databaseId, severity: "error" },
    _count: { _all: true },
    orderBy: { _count: { code: "desc" } },
  });
  return groups.map((group) => ({ code: group.code, count: group._count._all }));
}
