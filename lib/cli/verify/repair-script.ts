import { REPAIR_SETTINGS } from "@/lib/engine/verify/repair-sql";
import type { RowDifference } from "@/lib/engine/verify/verify-events";
import { displayName, ident } from "@/lib/postgres/sql";
import type { CollectedDatabase, CollectedItem } from "./collected-database";

export interface RepairScript {
  text: string;
  statements: number;
  /** Differences told for which no statement can be given. */
  without: number;
}

/** Rows that go make room for those that come, and a changed key may free what another needs. */
const ORDER: readonly RowDifference["kind"][] = ["extra", "changed", "missing"];

const HEAD = `-- Makes the rows of the target like those of the source. Read it before you run it, with psql, on the target:
-- triggers and foreign keys of the target apply; a superuser can leave them out with "set session_replication_role = replica".
-- It holds values of the source's rows.`;

/** One script for psql: a transaction for each database. */
export function repairScript(databases: readonly CollectedDatabase[]): RepairScript {
  const lines = [HEAD, "\\set ON_ERROR_STOP on"];
  let statements = 0;
  let without = 0;
  for (const database of databases) {
    const items = database.ended().filter(({ rows }) => rows.length > 0);
    if (items.length === 0) continue;
    lines.push("", `-- database ${oneLine(database.targetName)}`);
    if (databases.length > 1) lines.push(`\\connect ${ident(database.targetName)}`);
    lines.push(...REPAIR_SETTINGS.map((setting) => `${setting};`), "begin;");
    for (const item of items) lines.push(...itemLines(item));
    lines.push("commit;");
    const rows = items.flatMap((item) => item.rows);
    statements += rows.filter(({ repair }) => repair !== null).length;
    without += rows.filter(({ repair }) => repair === null).length;
  }
  return { text: `${lines.join("\n")}\n`, statements, without };
}

function itemLines({ result, rows }: CollectedItem): string[] {
  const { schema, name } = result.item;
  const without = rows.filter(({ repair }) => repair === null).length;
  return [
    "",
    `-- ${oneLine(schema === "" ? name : displayName(schema, name))}: ${oneLine(result.message ?? "")}`,
    ...(without > 0 ? [`-- ${without} of them cannot be repaired by a statement here.`] : []),
    ...ORDER.flatMap((kind) => rows.filter((row) => row.kind === kind)).flatMap(({ repair }) =>
      repair === null ? [] : [`${repair};`],
    ),
  ];
}

/** A name with a line break must not end its comment. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
