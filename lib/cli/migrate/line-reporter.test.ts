import { expect, test } from "vitest";
import { exitCodeOf } from "@/lib/cli/exit-codes";
import { MIGRATION_STATES } from "@/lib/migrations/vocabulary";
import { describeEnding } from "./describe-ending";
import { lineReporter } from "./line-reporter";
import type { DatabaseView, MigrationView } from "./migration-view";

const DATABASE: DatabaseView = {
  name: "shop",
  state: "InProgress",
  phase: "copy",
  bytesEstimated: 100_000_000,
  bytesCopied: 41_000_000,
  rowsCopied: 1234,
  tablesCompleted: 3,
  tablesErrored: 0,
  tablesTotal: 8,
  message: null,
};

function viewWith(database: Partial<DatabaseView>, view: Partial<MigrationView> = {}): MigrationView {
  return {
    id: "0",
    name: "first",
    state: "InProgress",
    substate: "MigratingData",
    error: null,
    errorCode: null,
    databases: [{ ...DATABASE, ...database }],
    ...view,
  };
}

test("lines tell changes of state and phase, and a copy's progress only now and then", () => {
  const lines: string[] = [];
  let now = 0;
  const reporter = lineReporter({ out: (line) => lines.push(line), say: () => undefined }, () => now);
  for (const bytesCopied of [41_000_000, 42_000_000, 43_000_000]) {
    now += 2_600;
    reporter.progress(viewWith({ bytesCopied }));
  }
  reporter.progress(viewWith({ phase: "indexes", bytesCopied: 100_000_000 }));
  expect(lines).toEqual([
    "Migrating data.",
    "shop: copy, 41 %, 41.0 of 100 MB, 3 of 8 tables",
    "shop: copy, 43 %, 43.0 of 100 MB, 3 of 8 tables",
    "shop: indexes, 99 %, 100 of 100 MB, 3 of 8 tables",
  ]);
});

test("the ending names every problem with its code and remedy, and how many more there are", () => {
  const lines = describeEnding({
    view: viewWith({}, { state: "Failed", substate: "Completed", error: "1 of 1 databases failed." }),
    problems: [
      {
        database: "shop",
        severity: "error",
        kind: "table",
        object: "public.secret",
        code: "TABLE_UNREADABLE",
        message: "permission denied for table secret",
        remedy: "Grant SELECT on the table.",
      },
    ],
    problemsTotal: 3,
    validation: [],
    elapsedMs: 61_000,
    exitCode: 1,
  });
  expect(lines).toEqual([
    "Failed after 1 min 1 s: 1 database, 3 tables, 1,234 rows, 41.0 MB.",
    "  1 of 1 databases failed.",
    "  error shop: table public.secret [TABLE_UNREADABLE]",
    "    permission denied for table secret",
    "    Grant SELECT on the table.",
    "  and 2 more problems; the dashboard lists them all.",
  ]);
});

test("only a success ends with exit code 0", () => {
  const codes = Object.fromEntries(MIGRATION_STATES.map((state) => [state, exitCodeOf(state)]));
  expect(codes).toEqual({
    Succeeded: 0,
    Failed: 1,
    InProgress: 1,
    WaitingForUserAction: 1,
    ValidationFailed: 3,
    Canceled: 130,
    CleaningUp: 130,
  });
});
