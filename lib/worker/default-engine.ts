import { dropCapture } from "@/lib/engine/cdc/drop-capture";
import { followDatabase } from "@/lib/engine/cdc/follow-database";
import { moveDatabase } from "@/lib/engine/move-database";
import { createTargetDatabase, dropTargetDatabase, targetDatabaseExists } from "@/lib/engine/target-database";
import type { Engine } from "./engine";

/** The engine of lib/engine. */
export const DEFAULT_ENGINE: Engine = {
  moveDatabase,
  followDatabase,
  dropCapture,
  createTargetDatabase,
  dropTargetDatabase,
  targetDatabaseExists,
};
