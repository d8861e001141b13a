import type { ReportGroup } from "./validation-groups";

/**
 * Ended sessions and dropped slots first, so that nothing that follows waits for their locks; roles before what is granted to
 * them; grants before the rest. What makes the server read its configuration comes last, when all of it is written.
 */
const ORDER: readonly RegExp[] = [
  /pg_terminate_backend/,
  /pg_drop_replication_slot/,
  /^create role /,
  /^grant /,
  /^revoke /,
  /^alter role/,
];
const LAST = /pg_reload_conf/;

/**
 * All statements that mend findings as one script for psql: the source before the target, on each side server-wide ones before
 * those of a database, each once. "" when there are none.
 */
export function fixScript(groups: readonly ReportGroup[]): string {
  const sections = (["source", "target"] as const).flatMap((side) =>
    groups.flatMap(({ database, findings }) => {
      const fixes = findings.flatMap(({ rule, fix }) => fix.map((one) => ({ rule, ...one })));
      const statements = inSafeOrder(fixes.filter((fix) => fix.side === side));
      if (statements.length === 0) return [];
      // Fixes of the target are made before it has the database.
      const connect = database !== null && side === "source" ? [`\\connect ${quoted(database)}`] : [];
      return [
        [
          `-- On the ${side}${database === null ? "" : `, for database ${oneLine(database)}`}`,
          ...connect,
          ...statements,
        ].join("\n"),
      ];
    }),
  );
  if (sections.length === 0) return "";
  const head = "-- Read before you run it; to be run with psql by someone who may.\n\\set ON_ERROR_STOP on";
  return `${[head, ...sections].join("\n\n")}\n`;
}

function inSafeOrder(fixes: readonly { rule: string; sql: string }[]): string[] {
  const seen = new Set<string>();
  const lines: string[] = [];
  let rule = "";
  for (const fix of [...fixes].sort((a, b) => rank(a.sql) - rank(b.sql))) {
    if (seen.has(fix.sql)) continue;
    seen.add(fix.sql);
    if (fix.rule !== rule) lines.push(`-- ${fix.rule}`);
    rule = fix.rule;
    lines.push(fix.sql);
  }
  return lines;
}

function rank(sql: string): number {
  if (LAST.test(sql)) return ORDER.length + 1;
  const found = ORDER.findIndex((pattern) => pattern.test(sql));
  return found === -1 ? ORDER.length : found;
}

/** A name as an argument of psql's \connect. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name within a comment must not end the comment. */
function oneLine(name: string): string {
  return JSON.stringify(name);
}
