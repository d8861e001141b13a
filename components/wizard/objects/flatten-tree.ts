import type { SourceObjects, SourceRelation } from "@/lib/migrations/filter-preview";
import { canBeEmpty } from "./object-states";

/** A line of the tree. `position` and `siblings` count from 1 within its parent. */
export interface TreeNode {
  key: string;
  kind: "schema" | "table" | "rows" | "index";
  level: 1 | 2 | 3;
  position: number;
  siblings: number;
  schema: string;
  /** Absent for schemas. */
  relation: SourceRelation | null;
  index: { name: string; bytes: number } | null;
  /** null when it has nothing below it. */
  expanded: boolean | null;
}

export function schemaKey(schema: string): string {
  return JSON.stringify([schema]);
}

export function tableKey(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}

/**
 * The lines that are shown, in order. A search keeps what it finds in names of tables and indexes (or "schema.table") and opens
 * the schemas of it; `expanded` holds the keys a person opened, and while searching those closed.
 */
export function flattenTree(
  objects: SourceObjects,
  expanded: ReadonlySet<string>,
  search: string,
): TreeNode[] {
  const wanted = search.trim().toLowerCase();
  const schemas = objects.schemas
    .map(({ name, relations }) => ({
      name,
      relations: relations.filter((one) => isFound(name, one, wanted)),
    }))
    .filter(({ relations }) => wanted === "" || relations.length > 0);
  return schemas.flatMap(({ name, relations }, at) => {
    const key = schemaKey(name);
    const isOpen = wanted === "" ? expanded.has(key) : !expanded.has(`closed ${key}`);
    const node: TreeNode = {
      key,
      kind: "schema",
      level: 1,
      position: at + 1,
      siblings: schemas.length,
      schema: name,
      relation: null,
      index: null,
      expanded: relations.length > 0 ? isOpen : null,
    };
    if (!isOpen) return [node];
    return [
      node,
      ...relations.flatMap((one, index) => tableNodes(name, one, index, relations.length, expanded)),
    ];
  });
}

/** The tables a search finds. */
export function foundTables(
  objects: SourceObjects,
  search: string,
): { schema: string; relation: SourceRelation }[] {
  const wanted = search.trim().toLowerCase();
  return objects.schemas.flatMap(({ name, relations }) =>
    relations.filter((one) => isFound(name, one, wanted)).map((relation) => ({ schema: name, relation })),
  );
}

function isFound(schema: string, { name, indexes }: SourceRelation, wanted: string): boolean {
  if (wanted === "" || `${schema}.${name}`.toLowerCase().includes(wanted)) return true;
  return indexes.some((index) => index.name.toLowerCase().includes(wanted));
}

function tableNodes(
  schema: string,
  relation: SourceRelation,
  at: number,
  siblings: number,
  expanded: ReadonlySet<string>,
): TreeNode[] {
  const key = tableKey(schema, relation.name);
  const rows = canBeEmpty(relation) ? 1 : 0;
  const count = rows + relation.indexes.length;
  const isOpen = count > 0 && expanded.has(key);
  const common = { schema, relation };
  const node: TreeNode = {
    ...common,
    key,
    kind: "table",
    level: 2,
    position: at + 1,
    siblings,
    index: null,
    expanded: count > 0 ? isOpen : null,
  };
  if (!isOpen) return [node];
  const below = { ...common, level: 3, siblings: count, expanded: null } as const;
  const nodes: TreeNode[] = [node];
  if (rows) nodes.push({ ...below, key: `${key} rows`, kind: "rows", position: 1, index: null });
  relation.indexes.forEach((index, i) => {
    nodes.push({ ...below, key: `${key} ${index.name}`, kind: "index", position: rows + i + 1, index });
  });
  return nodes;
}
