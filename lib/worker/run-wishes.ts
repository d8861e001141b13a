import type { FollowWish } from "@/lib/engine/cdc/follow-options";
import { howdahOptions } from "@/lib/migrations/contract";
import type { DatabaseWishes, LoadedMigration } from "@/lib/store/run";
import { RunAborted } from "./run-aborted";

/** What the user wants of each database of a migration, as of the last look. */
export class RunWishes {
  readonly #wishes = new Map<string, DatabaseWishes>();
  readonly #cancels = new Map<string, AbortController>();
  #options: { options: unknown; online: string } | null = null;
  #optionsChange = new AbortController();

  /** Takes in what the store says now; a database whose cancel was requested is stopped at once. */
  set(databases: readonly DatabaseWishes[]): void {
    for (const database of databases) {
      this.#wishes.set(database.id, database);
      if (database.cancelRequestedAt !== null)
        this.#cancelOf(database.id).abort(new RunAborted("database-canceled"));
    }
  }

  /** Takes in the migration's options; whoever follows with others begins again with these. */
  setOptions(options: unknown): void {
    const online = JSON.stringify(howdahOptions.parse(options).online ?? {});
    const isChanged = this.#options !== null && this.#options.online !== online;
    this.#options = { options, online };
    if (!isChanged) return;
    this.#optionsChange.abort(new Error("How changes are followed was set anew."));
    this.#optionsChange = new AbortController();
  }

  /** The migration's options as of the last look, or `loaded` before the first. */
  optionsOr(loaded: LoadedMigration["options"]): LoadedMigration["options"] {
    return this.#options === null ? loaded : (this.#options.options as LoadedMigration["options"]);
  }

  /** Aborted when how changes are followed is set anew; to be taken before the options are read. */
  get optionsChange(): AbortSignal {
    return this.#optionsChange.signal;
  }

  /** Aborted when the user cancels this database; its reason is a RunAborted "database-canceled". */
  cancelSignal(databaseId: string): AbortSignal {
    return this.#cancelOf(databaseId).signal;
  }

  /** True once the user asked for the end of this database. */
  isCanceled(databaseId: string): boolean {
    return this.#cancelOf(databaseId).signal.aborted;
  }

  /** What a followed database is to do now. */
  followWish(databaseId: string): FollowWish {
    const wishes = this.#wishes.get(databaseId);
    if (wishes?.cutoverRequestedAt) return { kind: "cutover" };
    const rehearsal = wishes?.rehearsalRequestedAt;
    return rehearsal ? { kind: "rehearse", id: rehearsal.toISOString() } : { kind: "follow" };
  }

  #cancelOf(databaseId: string): AbortController {
    const known = this.#cancels.get(databaseId);
    if (known) return known;
    const cancel = new AbortController();
    this.#cancels.set(databaseId, cancel);
    return cancel;
  }
}
