import type { ObjectFailure } from "@/lib/engine/events";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { clearCheckpoint } from "@/lib/store/checkpoint";
import { endDatabase } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { leavePhases } from "@/lib/store/phases";
import { appendProblems } from "@/lib/store/problems";
import { fenced, type Run } from "@/lib/store/run";
import { stopLoading } from "@/lib/store/table-progress";
import type { CodedError } from "@/lib/util/coded-error";

/** Ends a database that was moved: succeeded, or failed when objects of it failed. Then it can be retried. */
export async function endMoved(
  run: Run,
  database: MigrationDatabase,
  failures: readonly ObjectFailure[],
): Promise<void> {
  const errors = failures.filter((failure) => failure.severity === "error");
  const codes = [...new Set(errors.map((failure) => failure.code))].join(", ");
  const text = `${errors.length} ${errors.length === 1 ? "object" : "objects"} failed (${codes}); the rest was migrated.`;
  await fenced(run, async (db) => {
    if (errors.length === 0) {
      await clearCheckpoint(db, database.id);
      await endDatabase(db, database.id, "Succeeded", null);
      await appendEvents(db, run.migrationId, [
        { level: "info", kind: "database-succeeded", database: database.name, message: "Succeeded." },
      ]);
      return;
    }
    await endDatabase(db, database.id, "Failed", text);
    await appendEvents(db, run.migrationId, [
      { level: "error", kind: "database-failed", database: database.name, message: text },
    ]);
  });
}

/** Ends a database that could not go on. Its checkpoint stays for a retry. */
export async function endFailed(run: Run, database: MigrationDatabase, error: CodedError): Promise<void> {
  await fenced(run, async (db) => {
    await stopLoading(db, [database.id]);
    await db.migrationDatabase.update({ where: { id: database.id }, data: { tablesLoading: 0 } });
    await appendProblems(db, database.id, [
      {
        severity: "error",
        kind: "database",
        object: database.name,
        code: error.code,
        sqlState: error.sqlState,
        message: error.message,
        remedy: error.remedy,
        statement: null,
      },
    ]);
    await endDatabase(db, database.id, "Failed", `${error.code}: ${error.message}`);
    await leavePhases(db, run.migrationId, database.id);
    await appendEvents(db, run.migrationId, [
      {
        level: "error",
        kind: "database-failed",
        database: database.name,
        message: error.message,
        data: { code: error.code, sqlState: error.sqlState },
      },
    ]);
  });
}
