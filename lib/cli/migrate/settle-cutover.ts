import { parseFollowFigures } from "@/lib/migrations/follow-figures";
import { formatLag } from "@/lib/migrations/format-duration";
import { requestCutover } from "@/lib/store/online/database-wishes";
import type { FullMigration } from "@/lib/store/read-migrations";
import type { Reporter } from "./reporter";

/** Older figures than this do not say how far the target is behind now. */
const FRESH_MS = 5_000;
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Canceled"]);

export interface CutoverSettling {
  actor: string;
  reporter: Reporter;
  /** Milliseconds; null: somebody asks for the cutover elsewhere. */
  cutoverWhenLagBelow: number | null;
}

/**
 * A migration that waits for its cutover: asks for it once every database is close enough to its source, or says how it can be
 * asked for. Returns true when there is nothing more to settle.
 */
export async function settleCutover(
  migration: FullMigration,
  { actor, reporter, cutoverWhenLagBelow }: CutoverSettling,
): Promise<boolean> {
  if (cutoverWhenLagBelow === null) {
    reporter.note(
      `The target follows the source. Stop writes on the source, then cut over in another terminal: howdah migration cutover ${migration.name}`,
    );
    return true;
  }
  const lag = lagOf(migration, Date.now());
  if (lag === null || lag >= cutoverWhenLagBelow) return false;
  await requestCutover({ migrationId: migration.id, actor });
  reporter.note(
    `Cutting over: the target is ${lag > 0 ? `${formatLag(lag)} behind` : "level"} with the source.`,
  );
  return true;
}

/** The longest lag of the databases that are left, in milliseconds; null when one has not told its own lately. */
export function lagOf({ databases }: Pick<FullMigration, "databases">, nowMs: number): number | null {
  let longest = 0;
  for (const { state, followFigures } of databases) {
    if (ENDED.has(state ?? "")) continue;
    const figures = parseFollowFigures(followFigures);
    if (!figures || nowMs - Date.parse(figures.at) > FRESH_MS) return null;
    longest = Math.max(longest, figures.lagMs);
  }
  return longest;
}
