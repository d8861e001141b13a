import { moveDatabase } from "@/lib/engine/move-database";
import { createTargetDatabase, dropTargetDatabase, targetDatabaseExists } from "@/lib/engine/target-database";

/** What the worker needs of the engine. */
export interface Engine {
  moveDatabase: typeof moveDatabase;
  createTargetDatabase: typeof createTargetDatabase;
  dropTargetDatabase: typeof dropTargetDatabase;
  targetDatabaseExists: typeof targetDatabaseExists;
}

export const ENGINE: Engine = {
  moveDatabase,
  createTargetDatabase,
  dropTargetDatabase,
  targetDatabaseExists,
};
