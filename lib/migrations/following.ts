import { joinNames } from "./format-quantity";
import { formatClock } from "./format-time";
import type { CutoverResult, FollowedDatabase, MigrationDetails } from "./read-model";
import { isTerminal } from "./vocabulary";

/** A cutover asked for with more lag than this is advised against. In milliseconds. */
export const CUTOVER_LAG_LIMIT_MS = 5_000;
/** Figures come once a second; older ones than this say that nothing is applied at present. In milliseconds. */
export const FIGURES_FRESH_MS = 15_000;

/** True while changes of the source are applied to the target and nothing is left to copy. */
export function isFollowing(migration: MigrationDetails): boolean {
  if (isTerminal(migration.state) || migration.online === null || migration.lagMs === null) return false;
  return migration.databaseProgress.every(
    ({ phase, state }) =>
      phase === "catch-up" || phase === "cutover" || phase === "done" || state === "Failed",
  );
}

/** Databases that still follow and whose cutover nobody has asked for, in their order. */
export function databasesToCutOver({
  online,
  databaseProgress,
}: Pick<MigrationDetails, "online" | "databaseProgress">): FollowedDatabase[] {
  const over = new Set(
    databaseProgress.filter(({ state }) => state !== null && ENDED.has(state)).map(({ name }) => name),
  );
  return (online?.databases ?? []).filter(
    (database) =>
      database.cutoverRequestedAt === null && database.cutover === null && !over.has(database.name),
  );
}

const ENDED = new Set(["Failed", "Canceled", "Succeeded"]);

/** True from the wish for a rehearsal until its result is there. */
export function isRehearsing(database: FollowedDatabase): boolean {
  const { rehearsalRequestedAt, rehearsal, cutover } = database;
  if (rehearsalRequestedAt === null || cutover !== null) return false;
  return rehearsal === null || Date.parse(rehearsal.startedAt) < Date.parse(rehearsalRequestedAt);
}

/** Databases with the result of their cutover, or of its rehearsal, where there is one. */
export function cutoverResults(
  databases: readonly FollowedDatabase[],
  kind: "cutover" | "rehearsal",
): { name: string; result: CutoverResult }[] {
  return databases.flatMap((database) => {
    const result = database[kind];
    return result === null ? [] : [{ name: database.name, result }];
  });
}

/** Milliseconds the longest of them took; null when there is none. */
export function longestMs(results: readonly { result: CutoverResult }[]): number | null {
  return results.length === 0 ? null : Math.max(...results.map(({ result }) => result.ms));
}

/** "Cutover requested 12:03:11 UTC", or of which databases, until the worker has acted on it; null otherwise. */
export function cutoverWish(migration: MigrationDetails): string | null {
  const { state, substate, cutoverRequestedAt, online } = migration;
  if (isTerminal(state) || substate !== "WaitingForCutoverTrigger") return null;
  const databases = online?.databases ?? [];
  const asked = databases.filter(
    (database) => database.cutoverRequestedAt !== null && database.cutover === null,
  );
  const at = asked[0]?.cutoverRequestedAt ?? cutoverRequestedAt;
  if (at === null || (asked.length === 0 && databases.every(({ cutover }) => cutover !== null))) return null;
  const some = asked.length > 0 && asked.length < databases.length;
  const which = some
    ? ` of ${joinNames(
        asked.map(({ name }) => name),
        2,
      )}`
    : "";
  return `Cutover${which} requested ${formatClock(at)} UTC`;
}
