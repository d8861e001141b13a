import {
  type Catalogue,
  type CatalogueConstraint,
  CLASS,
  type Node,
  nodeOf,
  relationNode,
} from "./catalogue";
import type { LeftOut } from "./left-out";

/** A foreign key whose rows may refer to rows that do not move. */
export interface DoubtfulKey {
  node: Node;
  /** OID of the table (or partition) whose rows are missing. */
  missing: number;
  /** True where NOT VALID is not possible: on a partitioned table (sql-altertable.html, before PostgreSQL 18). */
  isLeftOut: boolean;
}

/** Foreign keys that move while rows they refer to do not. */
export function findDoubtfulKeys(catalogue: Catalogue, leftOut: LeftOut): DoubtfulKey[] {
  const keys: DoubtfulKey[] = [];
  for (const constraint of catalogue.constraints.values()) {
    if (constraint.kind !== "f" || constraint.parent !== 0) continue;
    const node = nodeOf(CLASS.constraint, constraint.oid);
    if (leftOut.nodes.has(node) || !hasRows(catalogue, leftOut, constraint.table)) continue;
    const missing = findMissing(catalogue, leftOut, constraint);
    if (missing === null) continue;
    keys.push({ node, missing, isLeftOut: catalogue.relations.get(constraint.table)?.kind === "p" });
  }
  return keys;
}

/** True when the table, or one of its partitions, moves with rows. */
function hasRows(catalogue: Catalogue, leftOut: LeftOut, oid: number): boolean {
  if (leftOut.nodes.has(relationNode(oid))) return false;
  if (catalogue.relations.get(oid)?.kind !== "p") return !leftOut.empty.has(oid);
  return (catalogue.children.get(oid) ?? []).some((child) => hasRows(catalogue, leftOut, child));
}

function findMissing(
  catalogue: Catalogue,
  leftOut: LeftOut,
  { references }: CatalogueConstraint,
): number | null {
  const queue = [references];
  for (let oid = queue.pop(); oid !== undefined; oid = queue.pop()) {
    if (leftOut.nodes.has(relationNode(oid)) || leftOut.empty.has(oid)) return oid;
    if (catalogue.relations.get(oid)?.kind === "p") queue.push(...(catalogue.children.get(oid) ?? []));
  }
  return null;
}
