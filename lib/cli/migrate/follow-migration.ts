import { setTimeout as sleep } from "node:timers/promises";
import type { Interruption } from "@/lib/cli/interruption";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { urgentNotesOf } from "@/lib/store/read-log";
import { type FullMigration, findMigrationById } from "@/lib/store/read-migrations";
import { requestCancel } from "@/lib/store/wishes";
import { CodedError } from "@/lib/util/coded-error";
import { viewOf } from "./migration-view";
import type { Reporter } from "./reporter";
import { settleCutover } from "./settle-cutover";
import { settleOverwrite } from "./settle-overwrite";

const POLL_MS = 500;

export interface FollowOptions {
  migrationId: string;
  /** Who asks for a cancel, as the audit log names them. */
  actor: string;
  /** True when the user can be asked on this terminal. */
  mayAsk: boolean;
  /** Milliseconds of lag below which an online migration is cut over; null: somebody asks for it elsewhere. */
  cutoverWhenLagBelow: number | null;
  reporter: Reporter;
  interruption: Interruption;
}

export interface Followed {
  /** Its last state, which after a second signal may still be an active one. */
  migration: FullMigration;
  /** It was canceled because nobody could or would say that databases may be replaced. */
  refused: boolean;
}

/** Shows the migration until it has ended, and passes on the user's wishes: the first signal cancels it. */
export async function followMigration(options: FollowOptions): Promise<Followed> {
  const { migrationId, actor, reporter, interruption } = options;
  let shown = -1;
  let noted = -1n;
  let canceling = false;
  let refused = false;
  let settled = false;
  for (;;) {
    const migration = await findMigrationById(migrationId);
    if (!migration) throw new CodedError("MIGRATION_NOT_FOUND", "The migration was removed meanwhile.");
    const view = viewOf(migration);
    if (migration.version !== shown) reporter.progress(view);
    shown = migration.version;
    for (const { id, message, database, object } of await urgentNotesOf(migrationId, noted)) {
      reporter.note([database, object, message].filter((part) => part !== null).join(": "));
      noted = id;
    }
    if (isTerminal(view.state) || interruption.forced.aborted) return { migration, refused };
    if (interruption.asked.aborted && !canceling) {
      canceling = true;
      reporter.note("Canceling ... (again to leave at once)");
      await requestCancel({ migrationId, actor, reason: "interrupted in the terminal" });
    } else if (!canceling && view.substate === "WaitingForTargetDBOverwriteConfirmation") {
      refused = (await settleOverwrite(migration, options)) === "canceled";
      canceling = refused;
    } else if (!canceling && !settled && view.substate === "WaitingForCutoverTrigger") {
      settled = await settleCutover(migration, options);
    }
    await pause(canceling ? interruption.forced : interruption.asked);
  }
}

/** A poll's pause, cut short by the signal. */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
}
