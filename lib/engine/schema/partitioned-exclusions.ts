import { displayName, literal, qualified } from "@/lib/postgres/sql";
import { tableKey } from "./restore-plan";
import type { SchemaStatement } from "./statement";

/**
 * pg_dump adds the exclusion constraint of a partitioned table to each partition and attaches them, which PostgreSQL
 * refuses: it cannot tell that two exclusion constraints are alike. Returns the statements with one that adds the
 * constraint to the whole tree in the place of the attaches, and gives the partitions' indexes their names. To be run
 * when the partitions have their rows. Statements without such constraints come back as they are.
 */
export function liftPartitionedExclusions(
  statements: readonly SchemaStatement[],
  partitioned: ReadonlySet<string>,
): readonly SchemaStatement[] {
  const roots = new Map<string, SchemaStatement>();
  for (const one of statements)
    if (one.kind === "exclusion" && one.table && partitioned.has(tableKey(one.table)))
      roots.set(one.object, one);
  if (roots.size === 0) return statements;
  const parents = new Map(statements.flatMap(parentOf));
  const rootOf = (name: string): string | null => {
    for (let at: string | undefined = name; at !== undefined; at = parents.get(at))
      if (roots.has(at) && !parents.has(at)) return at;
    return null;
  };
  const names = new Map<string, { table: string; name: string }[]>();
  for (const one of statements) {
    const root = one.kind === "exclusion" && rootOf(one.object);
    const name = constraintName(one);
    if (root && root !== one.object && one.table && name)
      names.set(root, [...(names.get(root) ?? []), { table: tableKey(one.table), name }]);
  }
  return statements.flatMap((one) => {
    const root = one.kind === "exclusion" || one.kind === "index-attach" ? rootOf(one.object) : null;
    if (root === null) return [one];
    return root === one.object ? lifted(one, names.get(root) ?? []) : [];
  });
}

/** Display names of an attached index and of the one it is attached to. */
function parentOf({ kind, object, references }: SchemaStatement): [child: string, parent: string][] {
  return kind === "index-attach" && references
    ? [[object, displayName(references.schema, references.name)]]
    : [];
}

function constraintName(statement: SchemaStatement): string | null {
  const match = / ADD CONSTRAINT "((?:[^"]|"")+)"/i.exec(statement.sql);
  return match?.[1]?.replaceAll('""', '"') ?? null;
}

function lifted(root: SchemaStatement, names: readonly { table: string; name: string }[]): SchemaStatement[] {
  const name = constraintName(root);
  if (!name || !root.table) return [root];
  const whole: SchemaStatement = {
    ...root,
    sql: root.sql.replace(/^ALTER TABLE ONLY /i, "ALTER TABLE "),
    afterBuilds: true,
  };
  if (names.length === 0) return [whole];
  const index = literal(qualified(root.table.schema, name));
  const wanted = names.map(({ table, name: to }) => `(${literal(table)}, ${literal(to)})`).join(", ");
  const rename: SchemaStatement = {
    ...root,
    afterBuilds: true,
    sql: `DO $howdah$ DECLARE one record; BEGIN
  FOR one IN SELECT i.indexrelid::pg_catalog.regclass AS index, n.name
    FROM (VALUES ${wanted}) AS n ("table", name)
    JOIN pg_catalog.pg_index i ON i.indrelid = n."table"::pg_catalog.regclass
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relname <> n.name
   WHERE EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(i.indexrelid) a WHERE a.relid = ${index}::pg_catalog.regclass)
  LOOP EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', one.index, one.name); END LOOP;
END $howdah$`,
  };
  return [whole, rename];
}
