import type { Relation, ReplicaIdentity } from "./change";

/** A relation that a change is about and of which the catalogue has to tell more before the change can be read. */
export interface UnknownRelation {
  kind: "unknown";
  schema: string;
  name: string;
  /** As the change shows them; null when it does not show all of them. */
  columns: readonly ShownColumn[] | null;
  /** Of pgoutput, which tells; null otherwise. */
  replicaIdentity: ReplicaIdentity | null;
  /** pgoutput's number of it; null otherwise. */
  oid: number | null;
}

/** What a change tells of a column; null where it does not. */
export interface ShownColumn {
  name: string;
  typeOid: number | null;
  typeName: string | null;
  isKey: boolean | null;
}

export interface DescribedRelation {
  relation: Relation;
  /** Of each column the type's name as format_type_be() prints it, which is no good for casts ("character" has length 1). */
  printedTypes: readonly string[];
}

/** Completes relations, by the source's catalogue. */
export interface RelationSource {
  describe(unknown: UnknownRelation): Promise<DescribedRelation>;
}
