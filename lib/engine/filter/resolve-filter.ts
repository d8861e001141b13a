import type pg from "pg";
import { displayIdent, displayName } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import { type Catalogue, CLASS, classOf, type Node, oidOf, readCatalogue, relationNode } from "./catalogue";
import type { DatabaseFilter } from "./database-filter";
import { DependencyGraph } from "./dependency-graph";
import { type DoubtfulKey, findDoubtfulKeys } from "./doubtful-keys";
import { decideLeftOut, isTableLike, type LeftOut } from "./left-out";
import { nameInCatalogue, type ObjectName, readNames, relationKey } from "./object-keys";
import { readPatterns, type UnmatchedPattern } from "./pattern-list";

/** Something that happens to an object although no pattern meant it, or that does not although one did. */
export interface FilterConsequence {
  /** not-valid: a foreign key that is added without checking the rows that are there. */
  effect: "left-out" | "not-valid" | "kept" | "differs";
  /** "foreign key", "view", ... */
  kind: string;
  /** Display name. */
  object: string;
  /** A sentence for people. */
  message: string;
}

/** A filter as it comes out for one state of one database. */
export interface ResolvedFilter {
  /** False for tables, views, sequences and indexes that are left out. */
  moves(relation: TableName): boolean;
  /** False when a table or materialised view is left out, or moves without rows. */
  movesRows(table: TableName): boolean;
  /** By keys of statement-keys.ts: what is not created. */
  keys: ReadonlySet<string>;
  schemas: ReadonlySet<string>;
  /** Keys of foreign keys to be added NOT VALID. */
  notValid: ReadonlySet<string>;
  consequences: FilterConsequence[];
  /** Patterns that mean nothing in this database. */
  unmatched: UnmatchedPattern[];
  counts: FilterCounts;
}

export interface FilterCounts {
  /** Tables, partitions and foreign tables. */
  tables: number;
  tablesLeftOut: number;
  /** Move without rows. */
  tablesEmpty: number;
  views: number;
  viewsLeftOut: number;
  indexes: number;
  indexesLeftOut: number;
}

/** What no filter leaves out. */
const EVERYTHING: ResolvedFilter = {
  moves: () => true,
  movesRows: () => true,
  keys: new Set(),
  schemas: new Set(),
  notValid: new Set(),
  consequences: [],
  unmatched: [],
  counts: {
    tables: 0,
    tablesLeftOut: 0,
    tablesEmpty: 0,
    views: 0,
    viewsLeftOut: 0,
    indexes: 0,
    indexesLeftOut: 0,
  },
};

/** resolveFilter() for a filter that may be absent; without one nothing is asked, and the counts are zero. */
export async function resolveOptionalFilter(
  client: pg.Client,
  filter: DatabaseFilter | undefined,
): Promise<ResolvedFilter> {
  return filter ? await resolveFilter(client, filter) : EVERYTHING;
}

/**
 * Finds out what a filter means in a database, in the session's transaction. Throws CodedError FILTER_INVALID, and what the
 * server reports.
 */
export async function resolveFilter(client: pg.Client, filter: DatabaseFilter): Promise<ResolvedFilter> {
  const patterns = readPatterns(filter);
  const catalogue = await readCatalogue(client);
  const graph = new DependencyGraph(catalogue);
  const leftOut = decideLeftOut(catalogue, graph, patterns);
  const doubtful = findDoubtfulKeys(catalogue, leftOut);
  const consequences = new Consequences(catalogue, graph, leftOut, doubtful);
  await consequences.readNames(client);
  const states = relationStates(catalogue, leftOut);
  return {
    moves: ({ schema, name }) => !states.gone.has(relationKey(schema, name)),
    movesRows: ({ schema, name }) =>
      !states.gone.has(relationKey(schema, name)) && !states.empty.has(relationKey(schema, name)),
    keys: consequences.keys(),
    schemas: leftOut.schemas,
    notValid: new Set(doubtful.flatMap(({ node }) => nameInCatalogue(catalogue, node)?.keys ?? [])),
    consequences: consequences.list(),
    unmatched: Object.values(patterns).flatMap((list) => list.unmatched()),
    counts: countOf(catalogue, leftOut),
  };
}

function relationStates(catalogue: Catalogue, leftOut: LeftOut) {
  const gone = new Set<string>();
  const empty = new Set<string>();
  for (const { oid, schema, name } of catalogue.relations.values()) {
    if (leftOut.nodes.has(relationNode(oid))) gone.add(relationKey(schema, name));
    if (leftOut.empty.has(oid)) empty.add(relationKey(schema, name));
  }
  return { gone, empty };
}

function countOf(catalogue: Catalogue, leftOut: LeftOut): FilterCounts {
  const counts: FilterCounts = {
    tables: 0,
    tablesLeftOut: 0,
    tablesEmpty: 0,
    views: 0,
    viewsLeftOut: 0,
    indexes: 0,
    indexesLeftOut: 0,
  };
  for (const { oid, kind, isMember } of catalogue.relations.values()) {
    if (isMember || kind === "S" || kind === "c") continue;
    const isGone = leftOut.nodes.has(relationNode(oid));
    if (kind === "r" || kind === "p" || kind === "f") {
      counts.tables += 1;
      if (isGone) counts.tablesLeftOut += 1;
      else if (leftOut.empty.has(oid)) counts.tablesEmpty += 1;
    } else if (kind === "v" || kind === "m") {
      counts.views += 1;
      if (isGone) counts.viewsLeftOut += 1;
    } else {
      counts.indexes += 1;
      if (isGone) counts.indexesLeftOut += 1;
    }
  }
  return counts;
}

/** Names what goes and tells what people would not expect of it. */
class Consequences {
  readonly #catalogue: Catalogue;
  readonly #graph: DependencyGraph;
  readonly #leftOut: LeftOut;
  readonly #doubtful: readonly DoubtfulKey[];
  #names: ReadonlyMap<Node, ObjectName> = new Map();

  constructor(
    catalogue: Catalogue,
    graph: DependencyGraph,
    leftOut: LeftOut,
    doubtful: readonly DoubtfulKey[],
  ) {
    this.#catalogue = catalogue;
    this.#graph = graph;
    this.#leftOut = leftOut;
    this.#doubtful = doubtful;
  }

  async readNames(client: pg.Client): Promise<void> {
    const nodes = [...this.#leftOut.nodes.keys(), ...this.#leftOut.kept.values()];
    // What belongs to a table that goes need not be named: its statements are known by the table.
    this.#names = await readNames(client, new Set(nodes.filter((node) => !this.#ownerGoes(node))));
  }

  keys(): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const node of this.#leftOut.nodes.keys())
      for (const key of this.#name(node)?.keys ?? []) keys.add(key);
    for (const { node, isLeftOut } of this.#doubtful)
      if (isLeftOut) for (const key of this.#name(node)?.keys ?? []) keys.add(key);
    return keys;
  }

  list(): FilterConsequence[] {
    const list = [
      ...this.#listLeftOut(),
      ...this.#listDoubtful(),
      ...this.#listDifferent(),
      ...this.#listKept(),
    ];
    return list.sort((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect));
  }

  #name(node: Node): ObjectName | null {
    return this.#names.get(node) ?? nameInCatalogue(this.#catalogue, node);
  }

  #ownerGoes(node: Node): boolean {
    const owner = this.#graph.ownerOf(node);
    return owner !== null && this.#leftOut.nodes.has(relationNode(owner));
  }

  *#listLeftOut(): Iterable<FilterConsequence> {
    for (const [node, cause] of this.#leftOut.nodes) {
      if (cause === null || this.#isUnderstood(node)) continue;
      const name = this.#name(node);
      if (!name) continue;
      const because = this.#nameCause(cause);
      const message = `The ${name.kind} ${name.display} does not move${because ? ` because it needs ${because}, which is left out` : ""}.`;
      yield { effect: "left-out", kind: name.kind, object: name.display, message };
    }
  }

  /** Parts of what goes, sequences and partitions among them, and the keys that foreign keys have for each partition. */
  #isUnderstood(node: Node): boolean {
    if (this.#ownerGoes(node) || classOf(node) === CLASS.columnDefault) return true;
    const oid = oidOf(node);
    if (classOf(node) === CLASS.constraint) {
      const { kind = "", parent = 0 } = this.#catalogue.constraints.get(oid) ?? {};
      return kind !== "f" || parent !== 0;
    }
    if (classOf(node) === CLASS.rule) return this.#catalogue.rules.get(oid)?.isView === true;
    const relation = classOf(node) === CLASS.relation ? this.#catalogue.relations.get(oid) : undefined;
    if (!relation) return false;
    if (relation.kind === "S") return this.#goesWithOwner(node);
    return relation.isPartition || relation.kind === "c" || !(isTableLike(relation) || relation.kind === "i");
  }

  #goesWithOwner(sequence: Node): boolean {
    return this.#graph
      .needs(sequence)
      .some(({ on, type }) => type !== "n" && classOf(on) === CLASS.relation && this.#leftOut.nodes.has(on));
  }

  /** The nearest thing a person knows by name. */
  #nameCause(cause: Node): string | null {
    for (let node: Node | null = cause; node !== null; node = this.#leftOut.nodes.get(node) ?? null) {
      const isPart = classOf(node) === CLASS.columnDefault || classOf(node) === CLASS.rule;
      const isRowType = classOf(node) === CLASS.type && !this.#names.has(node);
      const name = isPart || isRowType ? null : this.#name(node);
      if (name) return `the ${name.kind} ${name.display}`;
    }
    return null;
  }

  *#listDoubtful(): Iterable<FilterConsequence> {
    for (const { node, isLeftOut, missing } of this.#doubtful) {
      const name = this.#name(node);
      const table = this.#catalogue.relations.get(missing);
      if (!name || !table) continue;
      const reason = `the rows of ${displayName(table.schema, table.name)} that its own may refer to do not move`;
      yield {
        effect: isLeftOut ? "left-out" : "not-valid",
        kind: name.kind,
        object: name.display,
        message: isLeftOut
          ? `The foreign key ${name.display} does not move because ${reason}.`
          : `The foreign key ${name.display} is added NOT VALID because ${reason}: it holds for new rows only.`,
      };
    }
  }

  /** Materialised views are filled from the rows that move. */
  *#listDifferent(): Iterable<FilterConsequence> {
    for (const { oid, schema, name, kind } of this.#catalogue.relations.values()) {
      if (kind !== "m" || this.#leftOut.nodes.has(relationNode(oid)) || this.#leftOut.empty.has(oid))
        continue;
      const source = this.#findEmptyBelow(relationNode(oid));
      if (!source) continue;
      const object = displayName(schema, name);
      const message = `The materialised view ${object} is filled without the rows of ${displayName(source.schema, source.name)}, which do not move.`;
      yield { effect: "differs", kind: "materialised view", object, message };
    }
  }

  #findEmptyBelow(view: Node): TableName | undefined {
    const seen = new Set<Node>([view]);
    const queue = [view];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      for (const { on } of this.#graph.needs(node)) {
        const relation =
          classOf(on) === CLASS.relation ? this.#catalogue.relations.get(oidOf(on)) : undefined;
        if (!relation || !isTableLike(relation) || seen.has(on)) continue;
        if (this.#leftOut.empty.has(relation.oid)) return relation;
        seen.add(on);
        queue.push(on);
      }
    }
    return undefined;
  }

  *#listKept(): Iterable<FilterConsequence> {
    for (const [node, user] of this.#leftOut.kept) {
      const isSchema = classOf(node) === CLASS.namespace;
      const schema = this.#catalogue.schemas.find(({ oid }) => oid === oidOf(node));
      const name = isSchema
        ? { kind: "schema", display: displayIdent(schema?.name ?? "") }
        : nameInCatalogue(this.#catalogue, node);
      if (!name) continue;
      const because = this.#nameUser(user);
      const what = isSchema
        ? `The schema ${name.display} is created, with its functions and types,`
        : `The ${name.kind} ${name.display} moves`;
      const message = `${what} although the filter leaves it out: ${because ?? "something that moves"} needs it.`;
      yield { effect: "kept", kind: name.kind, object: name.display, message };
    }
  }

  #nameUser(user: Node): string | null {
    const owner = this.#graph.ownerOf(user);
    const name = this.#name(
      owner === null || classOf(user) === CLASS.constraint ? user : relationNode(owner),
    );
    return name ? `the ${name.kind} ${name.display}` : null;
  }
}

const ORDER: readonly FilterConsequence["effect"][] = ["left-out", "not-valid", "differs", "kept"];
