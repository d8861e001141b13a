import { CUTOVER_LAG_LIMIT_MS, FIGURES_FRESH_MS } from "@/lib/migrations/following";
import { formatLag } from "@/lib/migrations/format-duration";
import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import type { FollowedDatabase, MigrationDetails } from "@/lib/migrations/read-model";
import { isRecopied, isRecopiedIfAltered } from "@/lib/migrations/unfollowed";

export interface CutoverCheck {
  key: "lag" | "apply" | "tables" | "followed" | "divergences";
  /** "bad": something would be missing on the target; "warn": the cutover would take longer. */
  result: "ok" | "warn" | "bad";
  text: string;
  detail: string;
}

/** What should hold before `chosen` are cut over, and whether it does. `nowMs`: the server's present. */
export function cutoverChecks(
  migration: Pick<MigrationDetails, "databaseProgress">,
  chosen: readonly FollowedDatabase[],
  nowMs: number,
): CutoverCheck[] {
  return [
    lagCheck(chosen),
    applyCheck(chosen, nowMs),
    tablesCheck(migration, chosen),
    followedCheck(chosen),
    divergenceCheck(chosen),
  ];
}

/** The longest lag of these databases in milliseconds; 0 without any. */
export function longestLagMs(databases: readonly FollowedDatabase[]): number {
  return Math.max(0, ...databases.map(({ lagMs }) => lagMs));
}

function lagCheck(chosen: readonly FollowedDatabase[]): CutoverCheck {
  const lagMs = longestLagMs(chosen);
  const within = lagMs <= CUTOVER_LAG_LIMIT_MS;
  const worst = chosen.length > 1 && lagMs > 0 ? `${chosen.find((one) => one.lagMs === lagMs)?.name}, ` : "";
  const limit = `limit ${CUTOVER_LAG_LIMIT_MS / 1_000} s`;
  return {
    key: "lag",
    result: within ? "ok" : "warn",
    text: within ? "Lag is within the limit" : "Lag is above the limit: the downtime grows by it",
    detail: lagMs === 0 ? `Caught up, ${limit}` : `${worst}${formatLag(lagMs)}, ${limit}`,
  };
}

function applyCheck(chosen: readonly FollowedDatabase[], nowMs: number): CutoverCheck {
  const active = chosen.filter(
    ({ at, slot }) => slot?.isActive !== false && at !== null && nowMs - Date.parse(at) <= FIGURES_FRESH_MS,
  );
  const all = active.length === chosen.length;
  return {
    key: "apply",
    result: all ? "ok" : "warn",
    text: all ? "Changes are being applied" : "Changes are not being applied at present",
    detail: `${active.length} of ${countNoun(chosen.length, "database")}`,
  };
}

function tablesCheck(
  { databaseProgress }: Pick<MigrationDetails, "databaseProgress">,
  chosen: readonly FollowedDatabase[],
): CutoverCheck {
  const names = new Set(chosen.map(({ name }) => name));
  const rows = databaseProgress.filter(({ name }) => names.has(name));
  const copied = rows.reduce((sum, { tablesCompleted }) => sum + tablesCompleted, 0);
  const failed = rows.reduce((sum, { tablesErrored }) => sum + tablesErrored, 0);
  const left = rows.reduce((sum, { tablesQueued, tablesLoading }) => sum + tablesQueued + tablesLoading, 0);
  return {
    key: "tables",
    result: failed > 0 ? "bad" : "ok",
    text: failed > 0 ? `${countNoun(failed, "table")} failed to copy` : "No table failed to copy",
    detail: `${copied} of ${countNoun(copied + failed + left, "table")}`,
  };
}

function followedCheck(chosen: readonly FollowedDatabase[]): CutoverCheck {
  const stopped = chosen.flatMap(({ stopped: tables }) => tables);
  const lost = stopped.filter(({ reason }) => !isRecopied(reason));
  const names = (tables: typeof stopped) =>
    joinNames(
      tables.map(({ schema, name }) => `${schema}.${name}`),
      3,
    );
  if (lost.length > 0) {
    const text = lost.every(({ reason }) => isRecopiedIfAltered(reason))
      ? `${countNoun(lost.length, "altered table")} paused: copied again only if altered on the target, too`
      : `Changes of ${countNoun(lost.length, "table")} are missing on the target`;
    return { key: "followed", result: "bad", text, detail: names(lost) };
  }
  if (stopped.length > 0) {
    const text = `${countNoun(stopped.length, "table")} to be copied again`;
    return { key: "followed", result: "warn", text, detail: names(stopped) };
  }
  return { key: "followed", result: "ok", text: "Every table is followed", detail: "none stopped" };
}

function divergenceCheck(chosen: readonly FollowedDatabase[]): CutoverCheck {
  const total = chosen.reduce((sum, { divergences }) => sum + divergences, 0);
  return {
    key: "divergences",
    result: total > 0 ? "bad" : "ok",
    text: total > 0 ? "Changes found another row on the target" : "No divergence",
    detail: total > 0 ? countNoun(total, "divergence") : "every change found its row",
  };
}
