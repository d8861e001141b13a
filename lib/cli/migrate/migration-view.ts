import { parseFollowFigures } from "@/lib/migrations/follow-figures";
import type { MigrationState, MigrationSubstate } from "@/lib/migrations/vocabulary";
import type { FullMigration } from "@/lib/store/read-migrations";

export interface DatabaseView {
  name: string;
  state: string | null;
  phase: string;
  bytesEstimated: number;
  bytesCopied: number;
  rowsCopied: number;
  tablesCompleted: number;
  tablesErrored: number;
  tablesTotal: number;
  message: string | null;
  /** Of a database whose changes are followed. */
  following?: { lagMs: number; appliedChanges: number };
}

/** What the terminal shows of a migration. Sizes in bytes. */
export interface MigrationView {
  id: string;
  name: string;
  state: MigrationState;
  substate: MigrationSubstate;
  error: string | null;
  errorCode: string | null;
  databases: DatabaseView[];
}

/** A problem of the migration: an object or a table that failed, or something to know. */
export interface ProblemView {
  database: string;
  severity: string;
  kind: string;
  object: string;
  code: string;
  message: string;
  remedy: string;
}

function followingOf({ phase, followFigures }: FullMigration["databases"][number]) {
  const figures = phase === "catch-up" || phase === "cutover" ? parseFollowFigures(followFigures) : null;
  if (!figures) return {};
  return { following: { lagMs: figures.lagMs, appliedChanges: figures.appliedChanges } };
}

/** The stored migration as the terminal shows it. */
export function viewOf(migration: FullMigration): MigrationView {
  return {
    id: migration.id,
    name: migration.name,
    // Only the worker writes these columns, from the same closed sets.
    state: migration.state as MigrationState,
    substate: migration.substate as MigrationSubstate,
    error: migration.error,
    errorCode: migration.errorCode,
    databases: migration.databases.map((database) => ({
      name: database.name,
      state: database.state,
      phase: database.phase,
      bytesEstimated: Number(database.bytesEstimated),
      bytesCopied: Number(database.bytesCopied),
      rowsCopied: Number(database.rowsCopied),
      tablesCompleted: database.tablesCompleted,
      tablesErrored: database.tablesErrored,
      tablesTotal:
        database.tablesQueued + database.tablesLoading + database.tablesCompleted + database.tablesErrored,
      message: database.message,
      ...followingOf(database),
    })),
  };
}
