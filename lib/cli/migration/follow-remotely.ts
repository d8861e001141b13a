import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, exitCodeOf } from "@/lib/cli/exit-codes";
import type { Interruption } from "@/lib/cli/interruption";
import { describeValidation } from "@/lib/cli/migrate/describe-validation";
import type { Reporter } from "@/lib/cli/migrate/reporter";
import { elapsedMs, formatClock } from "@/lib/migrations/format-time";
import { pauseOf, substateSentence } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { MigrationAnswer } from "./answers";
import { viewOfAnswer } from "./describe-migration";
import { type HowdahClient, RequestRefused } from "./howdah-client";

const POLL_MS = 1_000;
/** A restart of the server is waited out; the migration goes on meanwhile. */
const PATIENCE_MS = 60_000;

export interface FollowOptions {
  client: HowdahClient;
  id: string;
  reporter: Reporter;
  interruption: Interruption;
  /** What is waited for, besides the end. */
  until: "ended" | "paused";
}

/**
 * Shows a migration until it has ended or what is waited for has come about; returns the exit code. A signal ends the watching,
 * not the migration. Throws RequestRefused when the server stays away for a minute.
 */
export async function followRemotely(options: FollowOptions): Promise<number> {
  const { client, id, reporter, interruption, until } = options;
  const told = new Set<string>();
  let shown = -1;
  let answeredAt = Date.now();
  for (;;) {
    try {
      const { migration } = await client.read(id, interruption.asked);
      answeredAt = Date.now();
      if (shown === -1) reporter.created(viewOfAnswer(migration));
      if (migration.version !== shown) reporter.progress(viewOfAnswer(migration));
      shown = migration.version;
      if (isTerminal(migration.state)) return end(migration, reporter);
      tellRest(migration, told, reporter);
      if (until === "paused" && pauseOf(migration) === "paused") return EXIT.succeeded;
    } catch (error) {
      if (!interruption.asked.aborted) {
        const away = error instanceof RequestRefused && error.exitCode === EXIT.unreachable;
        if (!away || Date.now() - answeredAt > PATIENCE_MS) throw error;
      }
    }
    if (interruption.asked.aborted) {
      reporter.note("No longer watching; the migration goes on.");
      return EXIT.canceled;
    }
    await sleep(POLL_MS, undefined, { signal: interruption.asked }).catch(() => undefined);
  }
}

/** Says once that a migration rests or waits: nothing else would be seen until somebody acts. */
function tellRest(migration: MigrationAnswer, told: Set<string>, reporter: Reporter): void {
  const pause = pauseOf(migration);
  const text =
    pause === "paused"
      ? `Paused since ${formatClock(migration.pausedAt ?? "")} UTC.`
      : migration.state === "WaitingForUserAction"
        ? substateSentence(migration.substate)
        : null;
  if (text === null || told.has(text)) return;
  told.add(text);
  reporter.note(text);
}

function end(migration: MigrationAnswer, reporter: Reporter): number {
  const exitCode = exitCodeOf(migration.state);
  reporter.ended({
    view: viewOfAnswer(migration),
    problems: migration.problems,
    problemsTotal: migration.problemsTotal,
    validation: describeValidation(migration.validation),
    elapsedMs: elapsedMs(migration.startedAt ?? migration.createdAt, migration.endedAt, Date.now()),
    exitCode,
  });
  return exitCode;
}
