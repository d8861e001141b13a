import { setTimeout as sleep } from "node:timers/promises";
import { barReporter } from "@/lib/cli/migrate/bar-reporter";
import { lineReporter } from "@/lib/cli/migrate/line-reporter";
import type { MigrationView } from "@/lib/cli/migrate/migration-view";
import { TERMINAL } from "@/lib/cli/output";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { ArmClient } from "./arm-client";

const POLL_MS = 500;

/** Shows a migration in the terminal until it has ended. Returns its last details; throws the signal's reason when aborted. */
export async function showProgress(
  client: ArmClient,
  migrationId: string,
  signal: AbortSignal,
): Promise<MigrationDetails> {
  const reporter = process.stderr.isTTY ? barReporter(TERMINAL) : lineReporter(TERMINAL);
  const startedAt = Date.now();
  try {
    let details = await client.readDetails(migrationId);
    reporter.created(viewOf(details));
    while (!isTerminal(details.state)) {
      await sleep(POLL_MS, undefined, { signal });
      details = await client.readDetails(migrationId);
      reporter.progress(viewOf(details));
    }
    reporter.ended({
      view: viewOf(details),
      problems: details.problems,
      problemsTotal: details.problemsTotal,
      validation: [],
      elapsedMs: Date.now() - startedAt,
      exitCode: 0,
    });
    return details;
  } finally {
    reporter.close();
  }
}

function viewOf(details: MigrationDetails): MigrationView {
  return {
    ...details,
    databases: details.databaseProgress.map((database) => ({
      ...database,
      tablesTotal:
        database.tablesQueued + database.tablesLoading + database.tablesCompleted + database.tablesErrored,
    })),
  };
}
