import type { DatabaseFilterBody } from "@/lib/migrations/filter";
import type { SourceObjects, SourceRelation } from "@/lib/migrations/filter-preview";
import { exactPattern, exactSchemaPattern } from "@/lib/util/object-pattern";
import { canBeEmpty, type ObjectStates } from "./object-states";

/** The lists of a filter as sets, while they are changed. */
interface Lists {
  includeSchemas: Set<string>;
  includeTables: Set<string>;
  schemas: Set<string>;
  tables: Set<string>;
  tableData: Set<string>;
  indexes: Set<string>;
}

export interface TableRef {
  schema: string;
  relation: SourceRelation;
}

/** Ticks or unticks tables and views. Ticking one brings its rows and indexes along. */
export function tickTables(
  filter: DatabaseFilterBody,
  objects: SourceObjects,
  tables: readonly TableRef[],
  on: boolean,
): DatabaseFilterBody {
  const lists = listsOf(filter);
  if (on) {
    openSchemas(lists, objects, tables);
    for (const table of tables) tickWhole(lists, table);
  } else
    for (const { schema, relation } of tables) {
      if (!lists.schemas.has(exactSchemaPattern(schema)))
        lists.tables.add(exactPattern(schema, relation.name));
    }
  return filterOf(lists);
}

/** Ticks or unticks a whole schema. */
export function tickSchema(
  filter: DatabaseFilterBody,
  objects: SourceObjects,
  schema: string,
  on: boolean,
): DatabaseFilterBody {
  const lists = listsOf(filter);
  const pattern = exactSchemaPattern(schema);
  const relations = objects.schemas.find(({ name }) => name === schema)?.relations ?? [];
  // What was chosen within the schema is covered by the schema now.
  for (const relation of relations) forget(lists, schema, relation);
  if (on) {
    lists.schemas.delete(pattern);
    if (includesSome(lists)) lists.includeSchemas.add(pattern);
  } else lists.schemas.add(pattern);
  return filterOf(lists);
}

/** Ticks or unticks the rows of a table; without them it moves as structure only. */
export function tickRows(
  filter: DatabaseFilterBody,
  objects: SourceObjects,
  states: ObjectStates,
  table: TableRef,
  on: boolean,
): DatabaseFilterBody {
  if (!canBeEmpty(table.relation)) return filter;
  const isNew = on && !states.table(table.schema, table.relation).moves;
  const lists = listsOf(isNew ? tickTables(filter, objects, [table], true) : filter);
  const pattern = exactPattern(table.schema, table.relation.name);
  if (on) lists.tableData.delete(pattern);
  else lists.tableData.add(pattern);
  return filterOf(lists);
}

/** Ticks or unticks an index of a table that moves. */
export function tickIndex(
  filter: DatabaseFilterBody,
  { schema }: TableRef,
  index: string,
  on: boolean,
): DatabaseFilterBody {
  const lists = listsOf(filter);
  const pattern = exactPattern(schema, index);
  if (on) lists.indexes.delete(pattern);
  else lists.indexes.add(pattern);
  return filterOf(lists);
}

/** Of a schema that was left out whole, all tables but these stay out. */
function openSchemas(lists: Lists, objects: SourceObjects, tables: readonly TableRef[]): void {
  const wanted = new Set(tables.map(({ schema, relation }) => exactPattern(schema, relation.name)));
  for (const schema of new Set(tables.map((table) => table.schema))) {
    if (!lists.schemas.delete(exactSchemaPattern(schema))) continue;
    const relations = objects.schemas.find(({ name }) => name === schema)?.relations ?? [];
    for (const { name, parent } of relations) {
      const pattern = exactPattern(schema, name);
      if (!wanted.has(pattern) && parent === null) lists.tables.add(pattern);
    }
  }
}

function tickWhole(lists: Lists, { schema, relation }: TableRef): void {
  forget(lists, schema, relation);
  const isIncluded = lists.includeSchemas.has(exactSchemaPattern(schema));
  if (includesSome(lists) && !isIncluded) lists.includeTables.add(exactPattern(schema, relation.name));
}

function forget(lists: Lists, schema: string, { name, indexes }: SourceRelation): void {
  const pattern = exactPattern(schema, name);
  lists.tables.delete(pattern);
  lists.tableData.delete(pattern);
  for (const index of indexes) lists.indexes.delete(exactPattern(schema, index.name));
}

function includesSome({ includeSchemas, includeTables }: Lists): boolean {
  return includeSchemas.size + includeTables.size > 0;
}

function listsOf({ include, exclude }: DatabaseFilterBody): Lists {
  return {
    includeSchemas: new Set(include?.schemas),
    includeTables: new Set(include?.tables),
    schemas: new Set(exclude?.schemas),
    tables: new Set(exclude?.tables),
    tableData: new Set(exclude?.tableData),
    indexes: new Set(exclude?.indexes),
  };
}

/** The filter without lists that are empty. */
function filterOf(lists: Lists): DatabaseFilterBody {
  const include = filled({ schemas: lists.includeSchemas, tables: lists.includeTables });
  const { schemas, tables, tableData, indexes } = lists;
  const exclude = filled({ schemas, tables, tableData, indexes });
  return { ...(include ? { include } : {}), ...(exclude ? { exclude } : {}) };
}

function filled(sets: Record<string, Set<string>>): Record<string, string[]> | null {
  const entries = Object.entries(sets).filter(([, set]) => set.size > 0);
  return entries.length === 0 ? null : Object.fromEntries(entries.map(([name, set]) => [name, [...set]]));
}
