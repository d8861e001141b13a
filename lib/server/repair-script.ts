import { countNoun } from "@/lib/migrations/format-quantity";
import type { ExportedRow, RowCount } from "@/lib/store/verifications/read-verifications";

/** What the head of a repair script says of its origin. */
export interface RepairOrigin {
  migration: string;
  verificationId: string;
  /** ISO 8601. */
  verifiedAt: string;
  target: string;
}

/** One database's part of a repair script. */
export interface RepairSection {
  /** Name on the target. */
  database: string;
  counts: readonly RowCount[];
  /** Objects with more differing rows than were kept. */
  limited: readonly string[];
}

/**
 * What the values' texts were read with, so that they mean the same when they are written; and what keeps triggers and the order
 * of foreign keys from getting in the way, where the login may do that (runtime-config-client.html).
 */
const SETTINGS = `set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
set local search_path = '';
set local datestyle = 'ISO, MDY';
set local intervalstyle = 'postgres';
set local timezone = 'UTC';
set local extra_float_digits = 3;
set local bytea_output = 'hex';
set local lc_monetary = 'C';
set local xmloption = 'content';
do $howdah$
begin
  set local session_replication_role = replica;
exception when insufficient_privilege then
  raise notice 'This login may not put triggers and foreign keys aside: they act as usual.';
end
$howdah$;
`;

/** What the script is and does, as SQL comments. */
export function repairHead(origin: RepairOrigin, sections: readonly RepairSection[]): string {
  const lines = [
    "Repair SQL by Howdah",
    "",
    `Migration ${origin.migration}, verification ${origin.verificationId}, differences as found at ${origin.verifiedAt}.`,
    `Run it on the TARGET server, ${origin.target}; never on the source.`,
    "",
    "It makes the rows that differ like those of the source: rows that are only on the target are DELETED, changed rows are",
    "updated, missing rows are inserted. Everything in one database happens in one transaction: all of it or nothing.",
    "Rows written on the target by an application count as differences, too, and would be undone: read before you run it.",
    "Triggers and foreign keys are put aside for the transaction where the login may do that.",
    "Verify again afterwards: the source may have changed since.",
  ];
  if (sections.length === 0) lines.push("", "No differing rows were kept: there is nothing to do.");
  if (sections.length > 1) {
    lines.push(
      "",
      "Several databases follow; \\connect is a command of psql. Other tools: run each part in its database.",
    );
  }
  return `${comment(lines)}\n`;
}

/** The beginning of a database's part; `connects` when the script is for several databases. */
export function sectionHead({ database, counts, limited }: RepairSection, connects: boolean): string {
  const of = (kind: string) =>
    counts.reduce((sum, row) => sum + (row.kind === kind && row.repairable ? row.count : 0), 0);
  const left = counts.reduce((sum, row) => sum + (row.repairable ? 0 : row.count), 0);
  const lines = [
    `Database ${database}: ${of("extra")} to delete, ${of("changed")} to update, ${of("missing")} to insert.`,
    ...(left > 0 ? [`Left out: ${countNoun(left, "row")} for which no statement can be given safely.`] : []),
    ...(limited.length > 0 ? [`More rows differ than were kept in: ${limited.join(", ")}.`] : []),
  ];
  return `\n${comment(lines)}${connects ? `${connectCommand(database)}\n` : ""}begin;\n${SETTINGS}`;
}

/** The statements of some rows, in the order given; `before` is the row in front of them, if any. */
export function repairStatements(rows: readonly ExportedRow[], before: ExportedRow | null): string {
  let last = before;
  let text = "";
  for (const row of rows) {
    if (row.repair === null) continue;
    if (last?.itemId !== row.itemId || last.kind !== row.kind) {
      text += `\n${comment([`${WORDS[row.kind] ?? row.kind} ${row.schema}.${row.name}`])}`;
    }
    last = row;
    text += `${row.repair.replace(/;?\s*$/, ";")}\n`;
  }
  return text;
}

/** The end of a database's part. */
export const SECTION_END = "\ncommit;\n";

const WORDS: Readonly<Record<string, string>> = {
  extra: "Rows that are only on the target:",
  changed: "Changed rows:",
  missing: "Rows that are missing on the target:",
};

/** Names may hold line breaks; a comment must not end in the middle of one. */
function comment(lines: readonly string[]): string {
  return lines
    .map((line) => `-- ${line.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")}`.trimEnd().concat("\n"))
    .join("");
}

/** psql takes a name with special characters only as a connection string (app-psql.html). */
function connectCommand(database: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) return `\\connect "${database}"`;
  const value = database.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const setting = `dbname='${value}'`.replaceAll('"', '""').replace(/[\r\n]/g, " ");
  return `\\connect -reuse-previous=on "${setting}"`;
}
