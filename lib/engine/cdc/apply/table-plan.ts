import type { TableName } from "../../events";
import type { Relation, RelationColumn } from "../decode/change";
import type { TableStop } from "../follow-options";
import type { TargetColumn, TargetTable } from "./target-table";

/** A column that is written on the target, with its place in the source's rows. */
export interface PlanColumn extends TargetColumn {
  at: number;
}

export interface KeyColumn {
  column: PlanColumn;
  /** Qualified; null where no index backs the key, and the column's matching says how to compare. */
  operator: string | null;
}

/** How changes of one relation are applied to the target's table of its name. */
export interface TablePlan {
  table: TableName;
  /** Of schema and name, for maps. */
  id: string;
  relation: Relation;
  /** All but generated ones. */
  columns: readonly PlanColumn[];
  /** What tells a row; null: nothing but the whole row under FULL, otherwise nothing at all. */
  key: readonly KeyColumn[] | null;
  isFull: boolean;
  /** Changes of one key may be put together into one. */
  isFoldable: boolean;
  /** UPDATE cannot set such columns, so the row is made anew. */
  hasIdentityAlways: boolean;
  isUpdatedByReplacing: boolean;
  hasDeferrable: boolean;
  hasFiringTriggers: boolean;
  /** Statements that were made already, by what they do. */
  sql: Map<string, string>;
}

export function tableId({ schema, name }: TableName): string {
  return `${schema}\0${name}`;
}

/** The plan, or why there is none. */
export type PlanOrStop = { plan: TablePlan } | { stop: TableStop; message: string };

/** Compares a relation of the source with the target's table; null: there is none. */
export function planTable(relation: Relation, target: TargetTable | null): PlanOrStop {
  if (relation.replicaIdentity === null)
    return { stop: "dropped", message: "The table does not exist on the source any more." };
  if (!target) return { stop: "not-on-target", message: "The target has no table of this name." };
  const difference = differenceOf(relation.columns, target.columns);
  if (difference) return { stop: "columns-changed", message: difference };
  const byName = new Map(target.columns.map((column) => [column.name, column]));
  const columns = relation.columns.flatMap(({ name }, at) => {
    const column = byName.get(name);
    return column && !column.isGenerated ? [{ ...column, at }] : [];
  });
  const isFull = relation.replicaIdentity === "full";
  const { key, isIndexed } = isFull
    ? keyOfTarget(columns, target)
    : keyOfSource(relation.columns, columns, target);
  const isUpdatedByReplacing = columns.some(
    (column) => column.isIdentityAlways && !key?.some((part) => part.column === column),
  );
  return {
    plan: {
      table: { schema: relation.schema, name: relation.name },
      id: tableId(relation),
      relation,
      columns,
      key,
      isFull,
      isFoldable:
        isIndexed && !isUpdatedByReplacing && (key ?? []).every(({ column }) => column.matching !== "text"),
      hasIdentityAlways: columns.some((column) => column.isIdentityAlways),
      isUpdatedByReplacing,
      hasDeferrable: target.hasDeferrable,
      hasFiringTriggers: target.hasFiringTriggers,
      sql: new Map(),
    },
  };
}

/** In words for people; null when every value of the source has its place and every place its value. */
function differenceOf(source: readonly RelationColumn[], target: readonly TargetColumn[]): string | null {
  const byName = new Map(target.map((column) => [column.name, column]));
  for (const { name, typeName, isGenerated } of source) {
    const column = byName.get(name);
    if (!column) return `Column "${name}" is not on the target.`;
    if (column.isGenerated !== isGenerated) return `Column "${name}" is generated on one side only.`;
    if (!isGenerated && column.typeName !== typeName)
      return `Column "${name}" has type ${typeName} on the source and ${column.typeName} on the target.`;
  }
  const names = new Set(source.map(({ name }) => name));
  const extra = target.find(({ name, isGenerated }) => !isGenerated && !names.has(name));
  return extra ? `Column "${extra.name}" is not on the source.` : null;
}

interface FoundKey {
  key: KeyColumn[] | null;
  /** A unique index of the target backs it. */
  isIndexed: boolean;
}

/** Under FULL: the first of the target's keys that is whole in every row. */
function keyOfTarget(columns: readonly PlanColumn[], { indexes }: TargetTable): FoundKey {
  for (const index of indexes) {
    const key = index.columns.flatMap(({ name, operator }) => {
      const column = columns.find((candidate) => candidate.name === name && candidate.isNotNull);
      return column ? [{ column, operator }] : [];
    });
    if (key.length === index.columns.length && key.length > 0) return { key, isIndexed: true };
  }
  return { key: null, isIndexed: false };
}

/** What the source sends of an old row. */
function keyOfSource(
  source: readonly RelationColumn[],
  columns: readonly PlanColumn[],
  { indexes }: TargetTable,
): FoundKey {
  const parts = columns.filter(({ at }) => source[at]?.isKey);
  // Of a generated column no value is sent.
  if (parts.length === 0 || parts.length < source.filter(({ isKey }) => isKey).length)
    return { key: null, isIndexed: false };
  const index = indexes.find(
    (candidate) =>
      candidate.columns.length === parts.length &&
      candidate.columns.every(({ name }) => parts.some((part) => part.name === name)),
  );
  const key = parts.map((column) => ({
    column,
    operator: index?.columns.find(({ name }) => name === column.name)?.operator ?? null,
  }));
  return { key, isIndexed: index !== undefined };
}
