import type { ValidationSummaryItem } from "@/lib/migrations/validation-details";
import type { ServerFacts } from "@/lib/postgres/probes/catalog-queries";
import { advance, type LoadedMigration } from "@/lib/store/run";
import type { ErrorCode } from "@/lib/util/error-codes";
import { ERROR_CODES } from "@/lib/util/error-codes";
import { runAlwaysChecked } from "@/lib/validation/run";
import { askAzure, noteServers } from "./azure/known-servers";
import { lookBriefly } from "./brief-patience";
import { openEndpoints, validationScopeOf } from "./endpoints";
import { enterCopy } from "./enter-copy";
import { waitsForLogicalReplication } from "./online/logical-replication";
import type { RunContext, StepResult } from "./run-context";

/** PerformingPreRequisiteSteps: is there anything to migrate, and is it to be validated first? */
export async function prepareMigration(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const { run, signal } = context;
  if (migration.databases.length === 0) {
    await advance(run, "ask-databases", {
      events: [{ level: "warning", kind: "waiting", message: "Waits until databases are chosen." }],
    });
    return "leave";
  }
  if (await waitsForLogicalReplication(context, migration)) return "leave";
  // What a retry goes on with was checked when it began; a check that fails by now must not take it away.
  const begun = migration.databases.some(({ state }) => state !== null);
  if (migration.option !== "Migrate" && !begun) {
    await advance(run, "validate");
    return "continue";
  }
  const databases = migration.databases.map((database) => database.name);
  let source: ServerFacts | null = null;
  const checked = {
    ...(await openEndpoints(migration)),
    ...validationScopeOf(migration),
    databases,
    onSource: (facts: ServerFacts) => {
      source = facts;
    },
    signal,
  };
  const failure = await lookBriefly(
    { signal, wereThere: begun },
    async () => firstFailure(await runAlwaysChecked(checked)),
    (found) => (found ? [found.code] : []),
  );
  await noteServers(run, migration, { azure: await askAzure(migration, signal), source });
  if (failure) {
    await advance(run, "fail", { error: failure });
    return "continue";
  }
  return await enterCopy(context, migration);
}

/** Code and text of the first failed message; null when nothing failed. */
function firstFailure(items: readonly ValidationSummaryItem[]): { code: ErrorCode; message: string } | null {
  for (const { messages } of items) {
    const failed = messages.find((message) => message.state === "Failed");
    if (failed) {
      const code =
        failed.code && failed.code in ERROR_CODES ? (failed.code as ErrorCode) : "VALIDATION_FAILED";
      return { code, message: failed.message };
    }
  }
  return null;
}
