import { moveDatabase } from "@/lib/engine/move-database";
import { createTargetDatabase, dropTargetDatabase, targetDatabaseExists } from "@/lib/engine/target-database";
import type { Engine } from "./engine";

/** The engine of lib/engine. */
export const DEFAULT_ENGINE: Engine = {
  moveDatabase,
  createTargetDatabase,
  dropTargetDatabase,
  targetDatabaseExists,
};
