import type { Prisma } from "@/lib/generated/prisma/client";
import type { ValidationDetails, ValidationMessage } from "@/lib/migrations/validation-details";
import type { ServerFacts } from "@/lib/postgres/probes/catalog-queries";
import { appendEvents } from "@/lib/store/events";
import { advance, fenced, type LoadedMigration, type Run } from "@/lib/store/run";
import { runValidation } from "@/lib/validation/run";
import { askAzure, noteServers } from "./azure/known-servers";
import { lookBriefly } from "./brief-patience";
import { filtersOf, mayOverwrite, openEndpoints, targetNameOf, validationScopeOf } from "./endpoints";
import { enterCopy } from "./enter-copy";
import type { RunContext, StepResult } from "./run-context";

/** ValidationInProgress: runs the rules, keeps the report, goes on only when nothing failed. */
export async function validateMigration(
  context: RunContext,
  migration: LoadedMigration,
): Promise<StepResult> {
  const { run, signal } = context;
  const databases = migration.databases.map((database) => database.name);
  const azure = await askAzure(migration, signal);
  let source: ServerFacts | null = null;
  const checked = {
    ...(await openEndpoints(migration)),
    ...validationScopeOf(migration),
    filters: filtersOf(migration),
    targetNames: new Map(migration.databases.map((database) => [database.name, targetNameOf(database)])),
    overwrite: mayOverwrite(migration),
    databases,
    ...(azure.target ? { azure: azure.target } : {}),
    onSource: (facts: ServerFacts) => {
      source = facts;
    },
    signal,
  };
  const details = await lookBriefly(
    { signal, wereThere: false },
    () => runValidation(checked),
    (report) => failedMessages(report).map(({ code }) => code ?? "VALIDATION_FAILED"),
  );
  await noteServers(run, migration, { azure, source });
  await keepReport(run, details);
  if (details.status === "Failed") {
    await advance(run, "fail-validation", {
      error: {
        code: "VALIDATION_FAILED",
        message: `Validation failed: ${failedChecks(details).join("; ")}.`,
      },
    });
    return "continue";
  }
  if (migration.option === "Validate") {
    await advance(run, "succeed");
    return "continue";
  }
  return await enterCopy(context, migration);
}

async function keepReport(run: Run, details: ValidationDetails): Promise<void> {
  await fenced(run, async (db) => {
    await db.migration.update({
      where: { id: run.migrationId },
      data: { validation: details as unknown as Prisma.InputJsonObject },
    });
    const level = { Succeeded: "info", Warning: "warning", Failed: "error" } as const;
    const message = `Validation ended: ${details.status}.`;
    await appendEvents(db, run.migrationId, [
      { level: level[details.status], kind: "validation-ended", message },
    ]);
  });
}

function failedMessages(details: ValidationDetails): ValidationMessage[] {
  return [
    ...details.serverLevelValidationDetails,
    ...details.dbLevelValidationDetails.flatMap(({ summary }) => summary),
  ]
    .flatMap(({ messages }) => messages)
    .filter(({ state }) => state === "Failed");
}

/** Names the failed checks with their codes, for the one line the grid shows. */
function failedChecks(details: ValidationDetails): string[] {
  const server = details.serverLevelValidationDetails.map((item) => ({ item, of: "" }));
  const databases = details.dbLevelValidationDetails.flatMap(({ databaseName, summary }) =>
    summary.map((item) => ({ item, of: `${databaseName}: ` })),
  );
  return [...server, ...databases]
    .filter(({ item }) => item.state === "Failed")
    .map(({ item, of }) => {
      const codes = item.messages.flatMap((message) =>
        message.state === "Failed" ? (message.code ?? []) : [],
      );
      return `${of}${item.type} (${[...new Set(codes)].join(", ")})`;
    });
}
