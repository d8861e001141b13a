import type { Output } from "@/lib/cli/output";
import { findInterruptedMigrations } from "@/lib/store/interrupted-migrations";
import { requestCancel } from "@/lib/store/wishes";

/** How migrations of this command are marked in the store. */
export const CLI_ACTOR_PREFIX = "cli:";

/**
 * Cancels migrations that a killed `howdah migrate` left in the store. This process's worker would otherwise go on with
 * them beside the one that was asked for now, which often is the same move once more.
 */
export async function cancelInterrupted(actor: string, output: Output): Promise<void> {
  for (const { id, name } of await findInterruptedMigrations(CLI_ACTOR_PREFIX)) {
    await requestCancel({ migrationId: id, actor, reason: "its process had ended" });
    output.say(`Migration ${name} was interrupted earlier and is canceled.`);
  }
}
