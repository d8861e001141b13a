import { z } from "zod";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { howdahOptions } from "@/lib/migrations/contract";
import { parseCutoverResult, parseFollowFigures, parseStoppedTables } from "@/lib/migrations/follow-figures";
import type { FollowedDatabase, OnlineDetails } from "@/lib/migrations/read-model";
import { OUTPUT_PLUGINS } from "@/lib/migrations/vocabulary";
import type { FollowSampleRow } from "@/lib/store/online/follow-samples";
import type { FullMigration } from "@/lib/store/read-migrations";

const BYTES_PER_MEGABYTE = 1_000_000;

/** What an online migration shows besides. */
export function onlineDetailsOf(
  { options, databases }: FullMigration,
  samples: readonly FollowSampleRow[],
): OnlineDetails {
  const { plugin, onDivergence, walLimitMegabytes } = howdahOptions.parse(options).online ?? {};
  return {
    plugin: plugin ?? null,
    onDivergence: onDivergence ?? "stop",
    walLimitBytes: walLimitMegabytes ? Math.round(walLimitMegabytes * BYTES_PER_MEGABYTE) : null,
    databases: databases.filter(hasFollowed).map(followedDatabaseOf),
    samples: samples.map((sample) => ({
      at: sample.at.toISOString(),
      lagMs: Number(sample.lagMs),
      lagBytes: Number(sample.lagBytes),
      appliedChanges: Number(sample.appliedChanges),
      retainedBytes: Number(sample.retainedBytes),
    })),
  };
}

/** The longest lag of the databases that follow, in milliseconds; null when none does. */
export function longestLagMs({ databases }: Pick<FullMigration, "databases">): number | null {
  const lags = databases.flatMap(({ state, followFigures }) => {
    const isOpen = state === "InProgress" || state === "WaitingForCutoverTrigger";
    return isOpen ? (parseFollowFigures(followFigures)?.lagMs ?? []) : [];
  });
  return lags.length === 0 ? null : Math.max(...lags);
}

function hasFollowed({ phase, followFigures }: MigrationDatabase): boolean {
  return phase === "catch-up" || phase === "cutover" || followFigures !== null;
}

function followedDatabaseOf(database: MigrationDatabase): FollowedDatabase {
  const figures = parseFollowFigures(database.followFigures);
  return {
    name: database.name,
    plugin: z.enum(OUTPUT_PLUGINS).nullable().parse(database.outputPlugin),
    ...(figures ?? NO_FIGURES),
    caughtUpAt: database.caughtUpAt?.toISOString() ?? null,
    stopped: parseStoppedTables(database.stoppedTables),
    cutoverRequestedAt: database.cutoverRequestedAt?.toISOString() ?? null,
    rehearsalRequestedAt: database.rehearsalRequestedAt?.toISOString() ?? null,
    rehearsal: parseCutoverResult(database.rehearsal),
    cutover: parseCutoverResult(database.cutover),
  };
}

const NO_FIGURES = {
  at: null,
  lagMs: 0,
  lagBytes: 0,
  incomingChanges: 0,
  appliedChanges: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
  truncates: 0,
  transactions: 0,
  divergences: 0,
  slot: null,
} as const;
