import type { Output } from "@/lib/cli/output";
import { formatLag } from "@/lib/migrations/format-duration";
import { countNoun, formatBytesOf, joinNames } from "@/lib/migrations/format-quantity";
import { percentOf } from "@/lib/migrations/progress";
import { substateLabel } from "@/lib/migrations/status";
import { describeEnding } from "./describe-ending";
import type { DatabaseView } from "./migration-view";
import type { Reporter } from "./reporter";

/** A line for a database whose copy goes on is printed no more often than this. */
const INTERVAL_MS = 5_000;

/** Plain lines for logs and pipes: every change of state or phase, and the copy's progress now and then. */
export function lineReporter({ out }: Output, now: () => number = Date.now): Reporter {
  const shown = new Map<string, { phase: string; at: number }>();
  let substate = "";
  return {
    created(view) {
      const names = joinNames(view.databases.map((database) => database.name));
      out(`Migration ${view.name}: ${countNoun(view.databases.length, "database")}, ${names}.`);
    },
    progress(view) {
      if (view.substate !== substate) out(`${substateLabel(view.substate)}.`);
      substate = view.substate;
      for (const database of view.databases) {
        const before = shown.get(database.name);
        const phase = `${database.state ?? "queued"} ${database.phase}`;
        const moves = database.phase === "copy" || database.following !== undefined;
        const due = moves && now() - (before?.at ?? 0) >= INTERVAL_MS;
        if (before?.phase === phase && !due) continue;
        shown.set(database.name, { phase, at: now() });
        if (database.state !== null) out(describeDatabase(database));
      }
    },
    note: (message) => out(message),
    ended(ending) {
      for (const line of describeEnding(ending)) out(line);
    },
    close: () => undefined,
  };
}

/** "ticketdb: copy, 41 %, 36.5 of 88.9 MB, 3 of 8 tables" */
export function describeDatabase(database: DatabaseView): string {
  const { bytesEstimated, bytesCopied, tablesCompleted, tablesTotal, following } = database;
  if (following && !hasEnded(database))
    return `${database.name}: ${describePhase(database)}, ${describeLag(following)}`;
  const done = database.state === "Succeeded";
  const percent = percentOf({ bytesEstimated, bytesCopied, done });
  const parts = [describePhase(database)];
  if (percent !== null)
    parts.push(`${percent} %`, formatBytesOf(bytesCopied, Math.max(bytesEstimated, bytesCopied)));
  if (tablesTotal > 0) parts.push(`${tablesCompleted} of ${countNoun(tablesTotal, "table")}`);
  if (database.tablesErrored > 0) parts.push(`${database.tablesErrored} failed`);
  return `${database.name}: ${parts.join(", ")}`;
}

/** "0.4 s behind, 1,234 changes applied" */
export function describeLag({ lagMs, appliedChanges }: NonNullable<DatabaseView["following"]>): string {
  const lag = lagMs > 0 ? `${formatLag(lagMs)} behind` : "caught up";
  return `${lag}, ${countNoun(appliedChanges, "change")} applied`;
}

function hasEnded({ state }: Pick<DatabaseView, "state">): boolean {
  return state === "Succeeded" || state === "Failed" || state === "Canceled";
}

/** What is done to the database now or, once that is over, how it ended. */
export function describePhase({ state, phase }: Pick<DatabaseView, "state" | "phase">): string {
  return hasEnded({ state }) ? (state ?? "").toLowerCase() : phase;
}
