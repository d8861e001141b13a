import { displayName, qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import type { ForeignKeyPlan } from "../schema/restore-plan";
import type { BuildContext } from "./build-table-indexes";
import { inSession } from "./run-step";

/** A foreign key of a partitioned table, and the same key of each partition that holds rows. */
export interface PartitionKeys {
  whole: ForeignKeyPlan;
  leaves: ForeignKeyPlan[];
}

/** ALTER TABLE name ADD CONSTRAINT name ..., as pg_dump prints it with all identifiers quoted. */
const ADD_KEY =
  /^ALTER TABLE (?:ONLY )?(?:"(?:[^"]|"")+"\.)?"(?:[^"]|"")+"\s+(ADD CONSTRAINT ("(?:[^"]|"")+").*)$/s;
const UNCHECKED = /\bNOT (?:VALID|ENFORCED)\s*$/;
/** From here on ALTER TABLE ... ADD FOREIGN KEY of the partitioned table adopts the checked keys of its partitions. */
const ADOPTING_VERSION = 120_000;

/** Name of the key as the statement quotes it; null when the statement adds none, or one that is checked by nobody. */
export function checkedKeyName(sql: string): string | null {
  return UNCHECKED.test(sql) ? null : (ADD_KEY.exec(sql)?.[2] ?? null);
}

/**
 * Takes the key of a partitioned table apart: one for each of `leaves`, under the name that the server itself would give
 * it. Partitions can be checked beside each other, and the whole key then only adopts theirs, where ADD CONSTRAINT alone
 * checks one after the other (sql-altertable.html). Null when the statement has not the form that pg_dump prints.
 */
export function takeApart(whole: ForeignKeyPlan, leaves: readonly TableName[]): PartitionKeys | null {
  const rest = ADD_KEY.exec(whole.statement.sql)?.[1];
  if (rest === undefined) return null;
  return {
    whole,
    leaves: leaves.map((table) => {
      const object = `${whole.statement.object} on ${displayName(table.schema, table.name)}`;
      const sql = `ALTER TABLE ONLY ${qualified(table.schema, table.name)} ${rest}`;
      return { ...whole, table, statement: { ...whole.statement, object, table, sql } };
    }),
  };
}

/**
 * Keys that cannot be taken apart: something on a partition bears the name, or is a key that might be adopted in place of
 * ours, or the target is too old to adopt any.
 */
export async function findBlocked(
  context: BuildContext,
  keys: readonly PartitionKeys[],
): Promise<ReadonlySet<PartitionKeys>> {
  const leaves = keys.flatMap((key) => key.leaves.map((leaf) => ({ key, leaf })));
  return await inSession(context, async (client) => {
    const { rows } = await client.query<{ version: number }>(
      "select pg_catalog.current_setting('server_version_num')::int as version",
    );
    if ((rows[0]?.version ?? 0) < ADOPTING_VERSION) return new Set(keys);
    const existing = await client.query<{ nr: number }>(IN_THE_WAY, [
      leaves.map(({ leaf }) => leaf.table.schema),
      leaves.map(({ leaf }) => leaf.table.name),
      leaves.map(({ leaf }) => plainName(leaf.statement.sql)),
    ]);
    return new Set(existing.rows.flatMap(({ nr }) => leaves[nr - 1]?.key ?? []));
  });
}

function plainName(sql: string): string {
  return (checkedKeyName(sql) ?? "").slice(1, -1).replaceAll('""', '"');
}

const IN_THE_WAY = `
  select leaf.nr::int as nr
    from unnest($1::pg_catalog.text[], $2::pg_catalog.text[], $3::pg_catalog.text[]) with ordinality as leaf (schema, name, key, nr)
    join pg_catalog.pg_namespace n on n.nspname = leaf.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = leaf.name
    join pg_catalog.pg_constraint k on k.conrelid = c.oid
     and (k.conname = leaf.key or k.contype = 'f' and k.conparentid = 0)`;

/** Takes the keys of the leaves away again, those that are there. */
export async function dropLeafKeys(context: BuildContext, { leaves }: PartitionKeys): Promise<void> {
  const statements = leaves.map(({ table, statement }) => {
    const name = checkedKeyName(statement.sql) ?? "";
    return `alter table only ${qualified(table.schema, table.name)} drop constraint if exists ${name}`;
  });
  await inSession(context, (client) => client.query(statements.join(";\n")));
}
