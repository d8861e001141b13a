import { confirm, isCancel } from "@clack/prompts";
import { joinNames } from "@/lib/migrations/format-quantity";
import type { FullMigration } from "@/lib/store/read-migrations";
import { confirmOverwrite, requestCancel } from "@/lib/store/wishes";
import type { Reporter } from "./reporter";

interface OverwriteOptions {
  actor: string;
  mayAsk: boolean;
  reporter: Reporter;
}

/**
 * Settles that databases of these names exist on the target: asks on a terminal, and otherwise cancels, for nobody is there
 * to answer and the answer yes destroys data.
 */
export async function settleOverwrite(
  migration: FullMigration,
  { actor, mayAsk, reporter }: OverwriteOptions,
): Promise<"confirmed" | "canceled"> {
  const names = joinNames(
    migration.databases
      .filter((database) => database.existsOnTarget)
      .map((database) => database.targetName ?? database.name),
  );
  const wish = { migrationId: migration.id, actor };
  if (mayAsk) {
    const answer = await confirm({
      message: `The target already has ${names}. Drop and replace?`,
      initialValue: false,
      output: process.stderr,
    });
    if (!isCancel(answer) && answer) {
      await confirmOverwrite(wish);
      return "confirmed";
    }
  }
  reporter.note(`The target already has ${names}; --overwrite replaces what is there.`);
  await requestCancel({ ...wish, reason: "databases exist on the target" });
  return "canceled";
}
