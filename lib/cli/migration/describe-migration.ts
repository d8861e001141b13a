import { describeLag, describePhase } from "@/lib/cli/migrate/line-reporter";
import type { DatabaseView, MigrationView } from "@/lib/cli/migrate/migration-view";
import { factLines, printable, type TextColumn, textTable } from "@/lib/cli/text-table";
import { formatDuration } from "@/lib/migrations/format-duration";
import { countNoun, formatBytes, formatBytesOf, groupDigits } from "@/lib/migrations/format-quantity";
import { elapsedMs, formatMoment } from "@/lib/migrations/format-time";
import { percentOf } from "@/lib/migrations/progress";
import { pauseOf, shownStatus, substateLabel } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { MigrationAnswer, MigrationRow } from "./answers";

const LIST_COLUMNS: readonly TextColumn<MigrationRow>[] = [
  { heading: "Name", text: ({ name }) => name },
  { heading: "Status", text: (migration) => shownStatus(migration).label },
  { heading: "Progress", text: progressText, align: "right" },
  { heading: "Databases", text: ({ databases }) => groupDigits(databases.length), align: "right" },
  { heading: "Source", text: ({ sourceHost, sourcePort }) => `${sourceHost}:${sourcePort}` },
  { heading: "Target", text: ({ targetName }) => targetName },
  { heading: "Attempt", text: ({ attempt }) => groupDigits(attempt), align: "right" },
  { heading: "Created (UTC)", text: ({ createdAt }) => createdAt.slice(0, 19).replace("T", " ") },
];

/** All migrations as a table. */
export function describeMigrations(migrations: readonly MigrationRow[]): string[] {
  return migrations.length === 0 ? ["There are no migrations."] : textTable(migrations, LIST_COLUMNS);
}

type DatabaseRow = MigrationAnswer["databaseProgress"][number];

const DATABASE_COLUMNS: readonly TextColumn<DatabaseRow>[] = [
  {
    heading: "Database",
    text: ({ name, targetName }) => (name === targetName ? name : `${name} -> ${targetName}`),
  },
  { heading: "State", text: (database) => (database.state === null ? "queued" : describePhase(database)) },
  { heading: "Copied", text: copiedText, align: "right" },
  { heading: "Rows", text: ({ rowsCopied }) => groupDigits(rowsCopied), align: "right" },
  { heading: "Tables", text: tablesText, align: "right" },
  { heading: "Failed", text: ({ tablesErrored }) => groupDigits(tablesErrored), align: "right" },
  {
    heading: "Indexes",
    text: ({ indexesDone, indexesTotal }) => `${indexesDone}/${indexesTotal}`,
    align: "right",
  },
  { heading: "Filter", text: ({ filtered }) => (filtered ? "yes" : "") },
];

/** One migration: facts, databases and what failed. */
export function describeMigration(migration: MigrationAnswer, nowMs: number): string[] {
  return [
    ...factLines(factsOf(migration, nowMs)),
    "",
    ...textTable(migration.databaseProgress, DATABASE_COLUMNS),
    ...problemLines(migration),
  ];
}

function factsOf(migration: MigrationAnswer, nowMs: number): (readonly [string, string])[] {
  const { startedAt, endedAt, error, errorCode, throttle, attempt } = migration;
  const substate = isTerminal(migration.state) ? "" : `, ${substateLabel(migration.substate).toLowerCase()}`;
  const limits = [
    ...(throttle.megabytesPerSecond === null ? [] : [`${throttle.megabytesPerSecond} MB/s`]),
    ...(throttle.connections === null ? [] : [countNoun(throttle.connections, "connection")]),
  ];
  return [
    ["Name", migration.name],
    ["Id", migration.id],
    ["Status", `${shownStatus(migration).label}${pauseOf(migration) === null ? substate : ""}`],
    ["Progress", progressText(migration) || "-"],
    ["Source", `${migration.sourceUser} at ${migration.sourceHost}:${migration.sourcePort}`],
    [
      "Target",
      `${migration.targetUser} at ${migration.targetHost}:${migration.targetPort} (${migration.targetName})`,
    ],
    ...followingFacts(migration),
    ["Attempt", groupDigits(attempt)],
    ["Limits", limits.join(", ") || "none"],
    ["Started", startedAt === null ? "not yet" : formatMoment(startedAt)],
    ["Ended", endedAt === null ? "not yet" : formatMoment(endedAt)],
    ...(startedAt === null
      ? []
      : [["Duration", formatDuration(elapsedMs(startedAt, endedAt, nowMs))] as const]),
    ...(error === null ? [] : [["Error", errorCode === null ? error : `${error} [${errorCode}]`] as const]),
  ];
}

/** How far each database that is followed is behind its source. */
function followingFacts(migration: MigrationAnswer): (readonly [string, string])[] {
  return viewOfAnswer(migration).databases.flatMap(({ name, following }) =>
    following ? [["Following", `${printable(name)}: ${describeLag(following)}`] as const] : [],
  );
}

function problemLines({ problems, problemsTotal }: MigrationAnswer): string[] {
  if (problemsTotal === 0) return [];
  const lines = problems.flatMap(({ severity, database, kind, object, code, message, remedy }) => [
    `${severity} ${printable(database)}: ${kind} ${printable(object)} [${code}]`,
    `  ${printable(message)}`,
    `  ${printable(remedy)}`,
  ]);
  const more = problemsTotal - problems.length;
  return [
    "",
    ...lines,
    ...(more > 0 ? [`and ${countNoun(more, "more problem")}; the log lists them all.`] : []),
  ];
}

function progressText(migration: MigrationRow): string {
  const done = migration.state === "Succeeded" && migration.option !== "Validate";
  const percent = percentOf({ ...migration, done });
  return percent === null ? "" : `${percent}%`;
}

function copiedText({ state, bytesCopied, bytesEstimated }: DatabaseRow): string {
  return state === "Succeeded" ? formatBytes(bytesCopied) : formatBytesOf(bytesCopied, bytesEstimated);
}

function tablesText(database: DatabaseRow): string {
  return `${database.tablesCompleted}/${tablesOf(database)}`;
}

function tablesOf(database: DatabaseRow): number {
  const { tablesQueued, tablesLoading, tablesCompleted, tablesErrored } = database;
  return tablesQueued + tablesLoading + tablesCompleted + tablesErrored;
}

/** The migration as the reporters of `howdah migrate` show it. */
export function viewOfAnswer(migration: MigrationAnswer): MigrationView {
  const { id, name, state, substate, error, errorCode } = migration;
  return {
    id,
    name,
    state,
    substate,
    error,
    errorCode,
    databases: migration.databaseProgress.map((database) => ({
      name: database.name,
      state: database.state,
      phase: database.phase,
      bytesEstimated: database.bytesEstimated,
      bytesCopied: database.bytesCopied,
      rowsCopied: database.rowsCopied,
      tablesCompleted: database.tablesCompleted,
      tablesErrored: database.tablesErrored,
      tablesTotal: tablesOf(database),
      message: database.message,
      ...followingOf(migration, database),
    })),
  };
}

function followingOf(
  { online }: MigrationAnswer,
  { name, phase }: DatabaseRow,
): Pick<DatabaseView, "following"> {
  const followed = online?.databases.find((database) => database.name === name && database.at !== null);
  if (!followed || (phase !== "catch-up" && phase !== "cutover")) return {};
  return { following: { lagMs: followed.lagMs, appliedChanges: followed.appliedChanges } };
}
