import type pg from "pg";
import type { Chance } from "../random/chance";

/** What an action of a writer works with; it runs inside the writer's transaction. */
export interface Scene {
  client: pg.Client;
  chance: Chance;
  /** Rows of a large transaction, at most. */
  bulkRows: number;
}

/** One thing an application would do; may fail as applications do (deadlock, duplicate key), then all is rolled back. */
export type Action = (scene: Scene) => Promise<unknown>;

/** An action, and how often it is done beside the others. */
export type WeighedActions = Record<string, { weight: number; act: Action }>;
