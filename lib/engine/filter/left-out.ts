import {
  type Catalogue,
  type CatalogueRelation,
  CLASS,
  classOf,
  type Node,
  nodeOf,
  oidOf,
  relationNode,
} from "./catalogue";
import type { DependencyGraph } from "./dependency-graph";
import type { FilterPatterns } from "./pattern-list";

/** What does not move. */
export interface LeftOut {
  /** Every object that goes, and what it goes because of; null when a pattern (or no pattern) meant it. */
  nodes: ReadonlyMap<Node, Node | null>;
  /** Schemas that are not created, by name. */
  schemas: ReadonlySet<string>;
  /** Tables and materialised views that move without rows, by OID. */
  empty: ReadonlySet<number>;
  /** What a pattern meant but stays, and why: something that moves needs it. */
  kept: ReadonlyMap<Node, Node>;
}

const TABLE_KINDS: ReadonlySet<string> = new Set(["r", "p", "v", "m", "f"]);

/** Tables, views, materialised views and foreign tables: what a filter decides about. */
export function isTableLike(relation: CatalogueRelation): boolean {
  return TABLE_KINDS.has(relation.kind);
}

/**
 * Decides what a filter leaves out: what it means, and what cannot be without that. Exclusion wins over inclusion, and both
 * over need, except that sequences, and the functions and types of a schema, stay as long as something that moves needs them.
 */
export function decideLeftOut(
  catalogue: Catalogue,
  graph: DependencyGraph,
  patterns: FilterPatterns,
): LeftOut {
  return new Decision(catalogue, graph, patterns).decide();
}

class Decision {
  readonly #catalogue: Catalogue;
  readonly #graph: DependencyGraph;
  readonly #patterns: FilterPatterns;
  readonly #nodes = new Map<Node, Node | null>();
  readonly #kept = new Map<Node, Node>();

  constructor(catalogue: Catalogue, graph: DependencyGraph, patterns: FilterPatterns) {
    this.#catalogue = catalogue;
    this.#graph = graph;
    this.#patterns = patterns;
  }

  decide(): LeftOut {
    const included = this.#findIncluded();
    const seeds: Node[] = [];
    const sequences: CatalogueRelation[] = [];
    for (const relation of this.#own()) {
      if (relation.kind === "S") {
        if (this.#goes(relation, included)) sequences.push(relation);
      } else if (isTableLike(relation) && this.#goes(relation, included))
        seeds.push(relationNode(relation.oid));
    }
    this.#leaveOut(seeds);
    this.#leaveOut(this.#findIndexes());
    this.#decideSequences(sequences);
    const schemas = this.#decideSchemas();
    return { nodes: this.#nodes, schemas, empty: this.#findEmpty(), kept: this.#kept };
  }

  /** Members of extensions come and go with their extension. */
  *#own(): Iterable<CatalogueRelation> {
    for (const relation of this.#catalogue.relations.values()) if (!relation.isMember) yield relation;
  }

  #goes({ oid, schema, name, kind }: CatalogueRelation, included: ReadonlySet<number> | null): boolean {
    const { excludeSchemas, excludeTables } = this.#patterns;
    // Both are asked, so that a pattern which another one covers does not count as meaning nothing.
    const isExcluded = [excludeSchemas.matches(null, schema), excludeTables.matches(schema, name)].includes(
      true,
    );
    if (isExcluded || included === null) return isExcluded;
    return !included.has(oid) && !(kind === "S" && this.#isOwned(oid));
  }

  #isOwned(sequence: number): boolean {
    return this.#graph
      .needs(relationNode(sequence))
      .some(({ on, type }) => type !== "n" && classOf(on) === CLASS.relation);
  }

  /** What `include` means with all that it needs, or null when everything is included. */
  #findIncluded(): ReadonlySet<number> | null {
    const { includeSchemas, includeTables } = this.#patterns;
    if (includeSchemas.isEmpty && includeTables.isEmpty) return null;
    const included = new Set<number>();
    const queue: Node[] = [];
    const add = (oid: number) => {
      if (included.has(oid)) return;
      included.add(oid);
      queue.push(relationNode(oid));
    };
    const addWithChildren = (oid: number) => {
      add(oid);
      for (const child of this.#catalogue.children.get(oid) ?? []) addWithChildren(child);
    };
    for (const { oid, schema, name, kind } of this.#own()) {
      if (kind !== "S" && !TABLE_KINDS.has(kind)) continue;
      if ([includeSchemas.matches(null, schema), includeTables.matches(schema, name)].includes(true))
        addWithChildren(oid);
    }
    const seen = new Set<Node>(queue);
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      for (const { on, type } of this.#graph.needs(node)) {
        const relation =
          classOf(on) === CLASS.relation ? this.#catalogue.relations.get(oidOf(on)) : undefined;
        // A sequence belongs to its table, but does not need it to come along.
        if (relation && type === "a" && this.#catalogue.relations.get(oidOf(node))?.kind === "S") continue;
        if (relation && isTableLike(relation)) add(relation.oid);
        else if (!seen.has(on)) {
          seen.add(on);
          queue.push(on);
        }
      }
    }
    return included;
  }

  /** Marks nodes and everything that depends on them. */
  #leaveOut(seeds: readonly Node[]): void {
    for (const seed of seeds) if (!this.#nodes.has(seed)) this.#nodes.set(seed, null);
    const queue = [...seeds];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      const followers = this.#graph
        .dependents(node)
        .filter((one) => !this.#isOwnedSequence(one.node, one.type));
      for (const next of [...followers.map((one) => one.node), ...this.#graph.wholes(node)]) {
        if (this.#nodes.has(next) || classOf(next) === CLASS.extension) continue;
        this.#nodes.set(next, node);
        queue.push(next);
      }
    }
  }

  #isOwnedSequence(node: Node, type: string): boolean {
    return (
      type === "a" &&
      classOf(node) === CLASS.relation &&
      this.#catalogue.relations.get(oidOf(node))?.kind === "S"
    );
  }

  /** Indexes that patterns mean. One that is part of a partitioned table's index goes only with that. */
  #findIndexes(): Node[] {
    const { excludeIndexes } = this.#patterns;
    if (excludeIndexes.isEmpty) return [];
    const parents = new Map<number, number>();
    for (const [parent, children] of this.#catalogue.children)
      for (const child of children) parents.set(child, parent);
    const found: Node[] = [];
    const parts: [Node, Node][] = [];
    for (const { oid, schema, name, kind } of this.#own()) {
      if ((kind !== "i" && kind !== "I") || !excludeIndexes.matches(schema, name)) continue;
      const parent = parents.get(oid);
      if (parent === undefined) found.push(relationNode(oid));
      else parts.push([relationNode(oid), relationNode(parent)]);
    }
    const means = new Set(found);
    for (const [part, parent] of parts)
      if (!means.has(parent) && !this.#nodes.has(part)) this.#kept.set(part, parent);
    return found;
  }

  /** A sequence goes with its table or by a pattern, unless a default, view or function that moves takes numbers from it. */
  #decideSequences(candidates: readonly CatalogueRelation[]): void {
    const asked = new Set(candidates.map(({ oid }) => oid));
    const going: Node[] = [];
    for (const { oid, kind, isMember } of this.#catalogue.relations.values()) {
      const node = relationNode(oid);
      if (kind !== "S" || isMember || this.#nodes.has(node)) continue;
      const owner = this.#graph
        .needs(node)
        .find(({ on, type }) => type === "a" && classOf(on) === CLASS.relation);
      const ownerGoes = owner !== undefined && this.#nodes.has(owner.on);
      if (!asked.has(oid) && !ownerGoes) continue;
      const user = this.#userOf(node);
      if (user !== undefined) this.#kept.set(node, user);
      else going.push(node);
    }
    this.#leaveOut(going);
  }

  /** Something that moves and needs the sequence; also the table of an identity column. */
  #userOf(sequence: Node): Node | undefined {
    // Before PostgreSQL 14 a sequence has a row type, which nothing uses.
    const user = this.#graph
      .dependents(sequence)
      .find(({ node }) => !this.#nodes.has(node) && classOf(node) !== CLASS.type);
    const identity = this.#graph
      .needs(sequence)
      .find(({ on, type }) => type === "i" && classOf(on) === CLASS.relation);
    return user?.node ?? identity?.on;
  }

  /** Names of the schemas that go: not wanted, and needed by nothing that moves. */
  #decideSchemas(): ReadonlySet<string> {
    const going = this.#findUnwantedSchemas();
    for (let changed = going.size > 0; changed; ) {
      changed = false;
      for (const { node, on } of this.#catalogue.dependencies) {
        const schema = classOf(on) === CLASS.namespace ? oidOf(on) : this.#graph.schemaOf(on);
        if (schema === null || !going.has(schema) || !this.#stays(node, going)) continue;
        going.delete(schema);
        changed = true;
        if (this.#isAsked(schema)) this.#kept.set(nodeOf(CLASS.namespace, schema), node);
      }
    }
    return new Set(this.#catalogue.schemas.filter(({ oid }) => going.has(oid)).map(({ name }) => name));
  }

  #stays(node: Node, going: ReadonlySet<number>): boolean {
    if (this.#nodes.has(node) || !this.#graph.counts(node)) return false;
    // A sequence was kept for what uses it; the schema it lies in has to come along.
    const isSequence =
      classOf(node) === CLASS.relation && this.#catalogue.relations.get(oidOf(node))?.kind === "S";
    const schema = this.#graph.schemaOf(node);
    return isSequence || schema === null || !going.has(schema);
  }

  #isAsked(schema: number): boolean {
    const name = this.#catalogue.schemas.find(({ oid }) => oid === schema)?.name ?? "";
    return this.#patterns.excludeSchemas.matches(null, name);
  }

  /** Schemas that are excluded, or that hold nothing included. */
  #findUnwantedSchemas(): Set<number> {
    const { includeSchemas, includeTables, excludeSchemas } = this.#patterns;
    const everything = includeSchemas.isEmpty && includeTables.isEmpty;
    const used = new Set<string>();
    for (const relation of this.#own())
      if (isTableLike(relation) && !this.#nodes.has(relationNode(relation.oid))) used.add(relation.schema);
    const unwanted = this.#catalogue.schemas.filter(({ name }) => {
      const isIncluded = everything || includeSchemas.matches(null, name) || used.has(name);
      return excludeSchemas.matches(null, name) || !isIncluded;
    });
    return new Set(unwanted.map(({ oid }) => oid));
  }

  #findEmpty(): ReadonlySet<number> {
    const { excludeTableData } = this.#patterns;
    const empty = new Set<number>();
    if (excludeTableData.isEmpty) return empty;
    const add = (oid: number, isPartitioned: boolean) => {
      empty.add(oid);
      if (!isPartitioned) return;
      for (const child of this.#catalogue.children.get(oid) ?? [])
        add(child, this.#catalogue.relations.get(child)?.kind === "p");
    };
    for (const { oid, schema, name, kind } of this.#catalogue.relations.values()) {
      const hasRows = kind === "r" || kind === "p" || kind === "m";
      if (hasRows && excludeTableData.matches(schema, name)) add(oid, kind === "p");
    }
    return empty;
  }
}
