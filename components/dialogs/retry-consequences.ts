import { countNoun, formatBytes, groupDigits, joinNames } from "@/lib/migrations/format-quantity";
import type { DatabaseProgress, MigrationDetails } from "@/lib/migrations/read-model";
import type { Consequence } from "./cancel-consequences";

export interface RetryConsequences {
  /** What is done again, by database; names where they are known. */
  again: Consequence[];
  stays: Consequence[];
}

export interface RestartConsequences {
  /** Databases on the target that this migration created and that are dropped, by their names there. */
  dropped: string[];
  also: Consequence[];
}

type Retriable = Pick<
  MigrationDetails,
  "databaseProgress" | "problems" | "targetName" | "option" | "overwriteDbsInTarget"
>;

/** Objects named one by one in a database's line; more are counted. */
const NAMED = 6;

/** What "Retry failed" does again and what it leaves alone. */
export function retryConsequences(migration: Retriable): RetryConsequences {
  const open = migration.databaseProgress.filter((database) => database.state !== "Succeeded");
  const complete = migration.databaseProgress.filter((database) => database.state === "Succeeded");
  const finished = open.reduce((sum, database) => sum + database.tablesCompleted, 0);
  const bytes = open.reduce((sum, database) => sum + database.bytesCopied, 0);
  return {
    again: open.flatMap((database) => againIn(database, migration)),
    stays: [
      ...(finished > 0
        ? [
            {
              text: "Finished tables, once they are proven unchanged on the source; else they are copied again",
              detail: `${countNoun(finished, "table")}, ${formatBytes(bytes)}`,
            },
          ]
        : []),
      ...(complete.length > 0
        ? [{ text: joinNames(complete.map((database) => database.name)), detail: "complete" }]
        : []),
      { text: "Source databases", detail: "unchanged" },
    ],
  };
}

function againIn(database: DatabaseProgress, { problems }: Retriable): Consequence[] {
  const failed = problems.filter(
    (problem) => problem.database === database.name && problem.severity === "error",
  );
  const names = [...new Set(failed.map((problem) => problem.object))];
  const open = database.tablesQueued + database.tablesLoading;
  if (names.length === 0 && open === 0 && database.tablesErrored === 0) {
    const begun = database.tablesCompleted > 0;
    return [{ text: database.name, detail: begun ? "what was not finished" : "from its beginning" }];
  }
  return [
    ...(names.length > 0
      ? [
          {
            text: `${database.name}: ${joinNames(names, NAMED)}`,
            detail: countNoun(names.length, "failed object"),
          },
        ]
      : []),
    ...(open > 0
      ? [{ text: `${database.name}: tables that were not finished`, detail: groupDigits(open) }]
      : []),
  ];
}

/** What "Restart" throws away and does anew. */
export function restartConsequences(migration: Retriable): RestartConsequences {
  const created = migration.databaseProgress.filter((database) => database.createdOnTarget);
  const validates = migration.option === "Validate";
  const others = migration.databaseProgress.length > created.length && !validates;
  return {
    dropped: created.map((database) => database.targetName),
    also: [
      validates
        ? { text: "Every check runs again", detail: null }
        : { text: "Every database is copied from its beginning", detail: null },
      ...(others
        ? [
            {
              text: "Databases that were on the target before",
              detail: migration.overwriteDbsInTarget ? "overwritten, as allowed" : "asked about first",
            },
          ]
        : []),
      { text: "Activity log", detail: "kept" },
      { text: "Source databases", detail: "unchanged" },
    ],
  };
}
