import { cutoverResults, longestMs } from "@/lib/migrations/following";
import { formatLag, formatShortTime } from "@/lib/migrations/format-duration";
import { countNoun, formatBytes, joinNames } from "@/lib/migrations/format-quantity";
import type { FollowedDatabase, MigrationDetails } from "@/lib/migrations/read-model";
import { isRecopied } from "@/lib/migrations/unfollowed";
import type { Consequence } from "./cancel-consequences";
import { longestLagMs } from "./cutover-checks";

type CutOver = Pick<MigrationDetails, "targetName" | "verifyAtEnd">;

/** What a cutover of `chosen` does, in its order. */
export function cutoverConsequences(
  { targetName, verifyAtEnd }: CutOver,
  chosen: readonly FollowedDatabase[],
): Consequence[] {
  const behind = chosen.reduce((sum, { lagBytes }) => sum + lagBytes, 0);
  const recopied = chosen.flatMap(({ stopped }) => stopped.filter(({ reason }) => isRecopied(reason)));
  const rest = behind > 0 ? `Apply the remaining ${formatBytes(behind)}` : "Apply what was still written";
  return [
    { text: rest, detail: lagDetail(chosen) },
    ...(recopied.length > 0
      ? [
          {
            text: `Copy ${countNoun(recopied.length, "table")} again`,
            detail: joinNames(
              recopied.map(({ name }) => name),
              3,
            ),
          },
        ]
      : []),
    { text: "Set sequences, refresh materialized views, switch on triggers and rules", detail: null },
    { text: "Remove slots and publications from the source", detail: countNoun(chosen.length, "slot") },
    ...(verifyAtEnd ? [{ text: "Compare every row of both sides", detail: null }] : []),
    {
      text: `Applications go on with ${targetName}: what is written to the source later is not copied`,
      detail: null,
    },
  ];
}

/** "Rehearsed: about 2.4 s" of the databases that were; null when none was. */
export function rehearsedText(chosen: readonly FollowedDatabase[]): string | null {
  const ms = longestMs(cutoverResults(chosen, "rehearsal"));
  return ms === null ? null : `Rehearsed: about ${formatShortTime(ms)}.`;
}

/** The button says how many databases, that checks fail, and how far behind the target is. */
export function cutoverLabel(chosen: readonly FollowedDatabase[], anyway: boolean): string {
  const lagMs = longestLagMs(chosen);
  const lag = lagMs > 0 ? `, ${formatLag(lagMs)} behind` : "";
  return `Cut over ${countNoun(chosen.length, "database")}${anyway ? " anyway" : ""}${lag}`;
}

function lagDetail(chosen: readonly FollowedDatabase[]): string | null {
  const lagMs = longestLagMs(chosen);
  return lagMs > 0 ? `${formatLag(lagMs)} behind` : null;
}
