import { qualified } from "@/lib/postgres/sql";

export type DumpSection = "pre-data" | "post-data";

export interface PgDumpRequest {
  /** Absent for both, in one run: pg_dump reads the whole catalogue whatever it is asked to print. */
  section?: DumpSection;
  snapshot: string | null;
  /** Tables the source login may not lock, to be left out. */
  excludedTables: readonly { schema: string; name: string }[];
}

/** How long pg_dump waits for one table lock; longer means that somebody rewrites the table, and the user should know. */
const LOCK_WAIT_MS = 120_000;

const BOTH_SECTIONS: readonly DumpSection[] = ["pre-data", "post-data"];

/** pg_dump's arguments; where to connect and as whom is never among them. */
export function pgDumpArguments(request: PgDumpRequest): string[] {
  const args = [
    "--schema-only",
    ...(request.section ? [request.section] : BOTH_SECTIONS).map((section) => `--section=${section}`),
    // A subscription would start to pull from its publisher a second time, and holds a password.
    "--no-subscriptions",
    "--no-tablespaces",
    "--quote-all-identifiers",
    `--lock-wait-timeout=${LOCK_WAIT_MS}`,
    "--encoding=UTF8",
  ];
  if (request.snapshot !== null) args.push(`--snapshot=${request.snapshot}`);
  // Quoted, a name stands for itself: pg_dump's patterns know no wildcards inside double quotes.
  for (const table of request.excludedTables)
    args.push(`--exclude-table=${qualified(table.schema, table.name)}`);
  return args;
}
