import {
  addTo,
  type Catalogue,
  CLASS,
  classOf,
  type Dependency,
  type Node,
  nodeOf,
  oidOf,
  relationNode,
} from "./catalogue";

/** Catalogues whose entries hang on two objects and are no reason to keep either. */
const NO_NEED: ReadonlySet<number> = new Set([
  CLASS.cast,
  CLASS.transform,
  CLASS.operatorMember,
  CLASS.operatorSupport,
  CLASS.defaultPrivileges,
  // Tables and schemas of publications.
  6106,
  6237,
]);

/** pg_depend, both ways, with the parts that a table or view cannot be created without. */
export class DependencyGraph {
  readonly #catalogue: Catalogue;
  readonly #dependents = new Map<Node, Dependency[]>();
  readonly #needs = new Map<Node, Dependency[]>();
  /** Column defaults, checks and view rules, by their relation or domain. */
  readonly #parts = new Map<Node, Node[]>();
  readonly #wholes = new Map<Node, Node>();
  readonly #keysOfIndex = new Map<number, Node[]>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
    for (const dependency of catalogue.dependencies) {
      addTo(this.#dependents, dependency.on, dependency);
      addTo(this.#needs, dependency.node, dependency);
    }
    for (const [oid, relation] of catalogue.defaults)
      this.#addPart(relationNode(relation), nodeOf(CLASS.columnDefault, oid));
    for (const [oid, { relation, isView }] of catalogue.rules)
      if (isView) this.#addPart(relationNode(relation), nodeOf(CLASS.rule, oid));
    for (const { oid, kind, table, domain, index } of catalogue.constraints.values()) {
      const node = nodeOf(CLASS.constraint, oid);
      if (kind === "c" && table !== 0) this.#addPart(relationNode(table), node);
      else if (kind === "c") this.#addPart(nodeOf(CLASS.type, domain), node);
      else if (index !== 0 && kind !== "f") addTo(this.#keysOfIndex, index, node);
    }
  }

  /** What needs `node` directly, according to pg_depend. */
  dependents(node: Node): readonly Dependency[] {
    return this.#dependents.get(node) ?? [];
  }

  /** What else cannot be without `node`: the table of a default, the view of its rule, the key of an index, a composite type. */
  wholes(node: Node): readonly Node[] {
    if (classOf(node) === CLASS.relation) return this.#keysOfIndex.get(oidOf(node)) ?? this.#typeOf(node);
    const whole = this.#wholes.get(node);
    return whole === undefined ? [] : [whole];
  }

  /** What `node` needs to be created, its inseparable parts' needs included. */
  needs(node: Node): readonly Dependency[] {
    const own = this.#needs.get(node) ?? [];
    const parts = this.#parts.get(node);
    return parts ? [...own, ...parts.flatMap((part) => this.#needs.get(part) ?? [])] : own;
  }

  /** The relation an entry of another catalogue belongs to: of a default, constraint, rule, trigger, policy. */
  ownerOf(node: Node): number | null {
    switch (classOf(node)) {
      case CLASS.relation: {
        const { table = null } = this.#catalogue.relations.get(oidOf(node)) ?? {};
        return table;
      }
      case CLASS.columnDefault:
        return this.#catalogue.defaults.get(oidOf(node)) ?? null;
      case CLASS.rule:
        return this.#catalogue.rules.get(oidOf(node))?.relation ?? null;
      case CLASS.constraint:
        return this.#catalogue.constraints.get(oidOf(node))?.table || null;
      case CLASS.trigger:
      case CLASS.policy:
      case CLASS.statistics:
        return this.#tableBelow(node);
      default:
        return null;
    }
  }

  /** OID of the schema an object lies in, or null when it lies in none. */
  schemaOf(node: Node): number | null {
    if (classOf(node) === CLASS.extension) return null;
    const seen = new Set<Node>();
    for (let at: Node | undefined = node; at !== undefined && !seen.has(at); ) {
      seen.add(at);
      const needs: readonly Dependency[] = this.#needs.get(at) ?? [];
      const schema = needs.find(({ on }) => classOf(on) === CLASS.namespace);
      if (schema) return oidOf(schema.on);
      at = needs.find(({ type }) => type === "i" || type === "a")?.on;
    }
    return null;
  }

  /** True when being needed by `node` is a reason to keep something. */
  counts(node: Node): boolean {
    return !NO_NEED.has(classOf(node));
  }

  /** A composite type stands on a relation that holds its columns. */
  #typeOf(node: Node): Node[] {
    if (this.#catalogue.relations.get(oidOf(node))?.kind !== "c") return [];
    return this.needs(node).flatMap(({ on, type }) =>
      type === "i" && classOf(on) === CLASS.type ? [on] : [],
    );
  }

  #addPart(whole: Node, part: Node): void {
    addTo(this.#parts, whole, part);
    this.#wholes.set(part, whole);
  }

  #tableBelow(node: Node): number | null {
    const owner = this.#needs
      .get(node)
      ?.find(({ on, type }) => type !== "n" && classOf(on) === CLASS.relation);
    return owner ? oidOf(owner.on) : null;
  }
}
