import type { FollowWish } from "@/lib/engine/cdc/follow-options";
import type { DatabaseWishes } from "@/lib/store/run";
import { RunAborted } from "./run-aborted";

/** What the user wants of each database of a migration, as of the last look. */
export class RunWishes {
  readonly #wishes = new Map<string, DatabaseWishes>();
  readonly #cancels = new Map<string, AbortController>();

  /** Takes in what the store says now; a database whose cancel was requested is stopped at once. */
  set(databases: readonly DatabaseWishes[]): void {
    for (const database of databases) {
      this.#wishes.set(database.id, database);
      if (database.cancelRequestedAt !== null)
        this.#cancelOf(database.id).abort(new RunAborted("database-canceled"));
    }
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
