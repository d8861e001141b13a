import type pg from "pg";
import type { ObjectFailure, TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import { stopFailure } from "./apply/followed-tables";
import { keepStoppedTables, readStoppedTables, type StoppedTable } from "./capture-state";
import { type FollowDatabaseOptions, isMendedAtCutover, type TableStop } from "./follow-options";
import { inOwnSession } from "./own-session";

/** Found by a look at the catalogues, not by a change: why, for people. */
const REASONS = {
  replaced:
    "The source has another table of this name than at the copy, or the table was emptied or rewritten there, and the stream of changes does not tell of that.",
  refused:
    "It was altered on the source after the copy, and the target, where it is as before, refused a change of it.",
  "no-identity":
    "It was altered on the source: nothing that can be published tells its rows apart any more. The source would refuse updates of it, so it is not published any more.",
} satisfies Partial<Record<TableStop, string>>;

/** The tables whose changes are not applied any more, kept on the target so that a restart does not go on with a gap. */
export class TableStops {
  readonly #options: Pick<FollowDatabaseOptions, "target" | "start" | "report" | "signal">;
  readonly #onUnmended: (failure: ObjectFailure) => void;
  /** By tableKey(). */
  readonly #stopped = new Map<string, StoppedTable>();
  /** Under way to the target. */
  readonly #keeping = new Set<Promise<void>>();

  /** `onUnmended` gets what the cutover will not put right. */
  constructor(
    options: Pick<FollowDatabaseOptions, "target" | "start" | "report" | "signal">,
    onUnmended: (failure: ObjectFailure) => void,
  ) {
    this.#options = options;
    this.#onUnmended = onUnmended;
  }

  get all(): StoppedTable[] {
    return [...this.#stopped.values()];
  }

  has(table: TableName): boolean {
    return this.#stopped.has(tableKey(table));
  }

  /** What earlier runs have kept. Throws what the target reports. */
  async load(target: pg.Client): Promise<void> {
    const { name } = this.#options.start.capture;
    for (const one of await readStoppedTables(target, name)) this.#stopped.set(tableKey(one.table), one);
  }

  /** Kept before the target gets past that place. Throws what connecting and the target report, or the signal's reason. */
  async add(table: TableName, stop: TableStop, failure: ObjectFailure): Promise<void> {
    const { target, start, report, signal } = this.#options;
    const stopped = { table, stop };
    this.#stopped.set(tableKey(table), stopped);
    if (!isMendedAtCutover(stop)) this.#onUnmended(failure);
    report({ type: "table-stopped", table, stop, failure });
    const keeping = inOwnSession(target, "howdah follow", signal, (client) =>
      keepStoppedTables(client, start.capture.name, [stopped]),
    );
    this.#keeping.add(keeping);
    // One that failed stays: who relies on it being kept must not go on.
    await keeping;
    this.#keeping.delete(keeping);
  }

  /**
   * The same for what a look at the catalogues has found; `leaveOut` has the applier know. Those that are stopped stay so. When it
   * resolves all stops are on the target, also those of others. Throws as `add`.
   */
  async addFound(
    tables: readonly TableName[],
    stop: keyof typeof REASONS,
    leaveOut: (table: TableName) => void,
  ): Promise<void> {
    for (const { schema, name } of tables) {
      const table = { schema, name };
      if (this.has(table)) continue;
      leaveOut(table);
      await this.add(table, stop, stopFailure(table, stop, REASONS[stop]));
    }
    await Promise.all(this.#keeping);
  }
}
