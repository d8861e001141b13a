import type { DatabaseFilterBody } from "@/lib/migrations/filter";
import type { SourceObjects, SourceRelation } from "@/lib/migrations/filter-preview";
import { exactPattern, exactSchemaPattern } from "@/lib/util/object-pattern";
import { PatternSet } from "@/lib/util/pattern-set";

export type Ticked = true | false | "mixed";

export interface TableState {
  moves: boolean;
  /** False when it moves as structure only. */
  hasRows: boolean;
  /** Why ticking would do nothing: a pattern with wildcards, or the partitioned table above; null when it would. */
  locked: string | null;
}

/** True for what holds rows of its own that a filter can leave out. */
export function canBeEmpty({ kind }: SourceRelation): boolean {
  return (
    kind === "table" || kind === "partition" || kind === "partitioned-table" || kind === "materialized-view"
  );
}

/** What a filter means for the objects of a database, as far as the list of objects tells. */
export class ObjectStates {
  readonly #objects: SourceObjects;
  readonly #excludeSchemas: PatternSet;
  readonly #excludeTables: PatternSet;
  readonly #excludeData: PatternSet;
  readonly #excludeIndexes: PatternSet;
  readonly #includeSchemas: PatternSet;
  readonly #includeTables: PatternSet;
  readonly #includesAll: boolean;
  readonly #relations = new Map<string, SourceRelation>();
  /** What was found out, since each drawing asks again. */
  readonly #tables = new Map<string, TableState>();
  readonly #schemas = new Map<string, Ticked>();

  /** The filter's patterns must be readable. */
  constructor(objects: SourceObjects, { include, exclude }: DatabaseFilterBody) {
    this.#objects = objects;
    this.#excludeSchemas = new PatternSet("schemas", exclude?.schemas);
    this.#excludeTables = new PatternSet("objects", exclude?.tables);
    this.#excludeData = new PatternSet("objects", exclude?.tableData);
    this.#excludeIndexes = new PatternSet("objects", exclude?.indexes);
    this.#includeSchemas = new PatternSet("schemas", include?.schemas);
    this.#includeTables = new PatternSet("objects", include?.tables);
    this.#includesAll = !include?.schemas?.length && !include?.tables?.length;
    for (const { name, relations } of objects.schemas)
      for (const relation of relations) this.#relations.set(exactPattern(name, relation.name), relation);
  }

  table(schema: string, relation: SourceRelation): TableState {
    const key = exactPattern(schema, relation.name);
    const known = this.#tables.get(key);
    if (known) return known;
    const state = this.#decide(schema, relation, key);
    this.#tables.set(key, state);
    return state;
  }

  /** `locked` as for tables. */
  index(schema: string, relation: SourceRelation, index: string): { moves: boolean; locked: string | null } {
    const found = this.#excludeIndexes.matching(schema, index);
    const wild = found.find((text) => text !== exactPattern(schema, index));
    return {
      moves: found.length === 0 && this.table(schema, relation).moves,
      locked: wild === undefined ? null : byPattern(wild),
    };
  }

  tableTicked(schema: string, relation: SourceRelation): Ticked {
    const { moves, hasRows } = this.table(schema, relation);
    if (!moves) return false;
    const isWhole = hasRows && relation.indexes.every(({ name }) => this.index(schema, relation, name).moves);
    return isWhole ? true : "mixed";
  }

  schemaTicked(schema: string): Ticked {
    const known = this.#schemas.get(schema);
    if (known !== undefined) return known;
    const ticked = this.#decideSchema(schema);
    this.#schemas.set(schema, ticked);
    return ticked;
  }

  #decideSchema(schema: string): Ticked {
    const relations = this.#objects.schemas.find(({ name }) => name === schema)?.relations ?? [];
    if (relations.length === 0)
      return this.#excludeSchemas.matching(null, schema).length === 0 && this.#isIncluded(schema);
    const ticked = new Set(relations.map((relation) => this.tableTicked(schema, relation)));
    if (ticked.size > 1) return "mixed";
    return [...ticked][0] ?? true;
  }

  /** Why ticking a schema would do nothing. */
  schemaLocked(schema: string): string | null {
    const wild = this.#excludeSchemas
      .matching(null, schema)
      .find((text) => text !== exactSchemaPattern(schema));
    return wild === undefined ? null : byPattern(wild);
  }

  /** Tables and bytes that move, of all. */
  totals(): { tables: number; tablesMoving: number; bytes: number; bytesMoving: number } {
    const totals = { tables: 0, tablesMoving: 0, bytes: 0, bytesMoving: 0 };
    for (const { name, relations } of this.#objects.schemas) {
      for (const relation of relations) {
        if (relation.kind === "view" || relation.kind === "materialized-view") continue;
        const { moves, hasRows } = this.table(name, relation);
        totals.tables += 1;
        totals.bytes += relation.bytes;
        if (moves) totals.tablesMoving += 1;
        if (moves && hasRows) totals.bytesMoving += relation.bytes;
      }
    }
    return totals;
  }

  #isIncluded(schema: string): boolean {
    return this.#includesAll || this.#includeSchemas.matching(null, schema).length > 0;
  }

  #decide(schema: string, relation: SourceRelation, key: string): TableState {
    const { parent } = relation;
    const above = parent && this.#relations.get(exactPattern(parent.schema, parent.name));
    const aboveState = parent && above ? this.table(parent.schema, above) : null;
    const bySchema = this.#excludeSchemas.matching(null, schema);
    const byTable = this.#excludeTables.matching(schema, relation.name);
    const byData = this.#excludeData.matching(schema, relation.name);
    const wild =
      bySchema.find((text) => text !== exactSchemaPattern(schema)) ?? byTable.find((text) => text !== key);
    const isWanted =
      this.#isIncluded(schema) ||
      this.#includeTables.matching(schema, relation.name).length > 0 ||
      aboveState?.moves === true;
    const isOut = bySchema.length > 0 || byTable.length > 0 || aboveState?.moves === false;
    return {
      moves: isWanted && !isOut,
      hasRows: byData.length === 0 && aboveState?.hasRows !== false,
      locked:
        aboveState?.moves === false && parent
          ? `goes with ${parent.name}`
          : wild === undefined
            ? null
            : byPattern(wild),
    };
  }
}

function byPattern(pattern: string): string {
  return `by the pattern ${pattern}`;
}
