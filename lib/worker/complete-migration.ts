import { store } from "@/lib/store/client";
import { countErrorCodes } from "@/lib/store/problems";
import { advance, type LoadedMigration } from "@/lib/store/run";
import { ERROR_CODES, type ErrorCode } from "@/lib/util/error-codes";
import { restoreTarget } from "./azure/restore-target";
import { dropCapturesOf } from "./online/drop-captures";
import type { RunContext, StepResult } from "./run-context";
import { verifiesAtEnd, verifyAtEnd } from "./verify/verify-at-end";

/** CompletingMigration: everything has moved or failed; says which. */
export async function completeMigration(
  context: RunContext,
  migration: LoadedMigration,
): Promise<StepResult> {
  const { run } = context;
  // What could not be removed when its database ended is tried once more.
  await dropCapturesOf(context, migration);
  const chosen = migration.databases.filter(({ state }) => state !== "Canceled");
  if (chosen.length === 0) {
    await advance(run, "cancel");
    return "continue";
  }
  await restoreTarget(context, migration);
  const failed = chosen.filter(({ state }) => state !== "Succeeded");
  if (failed.length === 0) {
    const error = verifiesAtEnd(migration) ? await verifyAtEnd(context, migration) : null;
    if (error) await advance(run, "fail", { error });
    else await advance(run, "succeed");
    return "continue";
  }
  const parts: string[] = [];
  let first: ErrorCode = "INTERNAL";
  for (const database of failed) {
    const codes = await countErrorCodes(store(), database.id);
    const [top] = codes;
    if (parts.length === 0 && top && top.code in ERROR_CODES) first = top.code as ErrorCode;
    const list = codes.map(({ code, count }) => (count === 1 ? code : `${code} (${count})`)).join(", ");
    parts.push(`${database.name}: ${list || database.message || "not migrated"}`);
  }
  const total = migration.databases.length;
  const message = `${failed.length} of ${total} ${total === 1 ? "database" : "databases"} failed. ${parts.join("; ")}.`;
  await advance(run, "fail", { error: { code: first, message } });
  return "continue";
}
