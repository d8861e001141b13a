import type { AlterTableCmd, AlterTableStmt, AlterTableType, Constraint } from "libpg-query";
import { displayIdent, displayName } from "@/lib/postgres/sql";
import type { SchemaStatement, StatementKind } from "./statement";
import { displayOn, displayTable, type QualifiedName, rolesOf, tableOf } from "./syntax-names";

/** What is known of a statement besides its text; what is absent does not apply. */
export type StatementFacts = Partial<Omit<SchemaStatement, "sql">> & Pick<SchemaStatement, "kind">;

const KIND_OF_COMMAND: Partial<Record<AlterTableType, StatementKind>> = {
  AT_ChangeOwner: "owner",
  AT_ColumnDefault: "column-default",
  AT_AddIdentity: "sequence",
  AT_AttachPartition: "table-attach",
  AT_ClusterOn: "cluster-on",
  AT_ReplicaIdentity: "replica-identity",
  AT_EnableRowSecurity: "row-security",
  AT_DisableRowSecurity: "row-security",
  AT_ForceRowSecurity: "row-security",
  AT_NoForceRowSecurity: "row-security",
  AT_EnableTrig: "trigger",
  AT_EnableAlwaysTrig: "trigger",
  AT_EnableReplicaTrig: "trigger",
  AT_DisableTrig: "trigger",
  AT_EnableRule: "rule",
  AT_EnableAlwaysRule: "rule",
  AT_EnableReplicaRule: "rule",
  AT_DisableRule: "rule",
};

/** Classifies ALTER TABLE, INDEX, VIEW, SEQUENCE and FOREIGN TABLE; dumps give them one command each. */
export function classifyAlterTable(statement: AlterTableStmt): StatementFacts {
  const relation = tableOf(statement.relation);
  const command = firstCommand(statement);
  const constraint = addedConstraint(statement);
  if (constraint) return classifyConstraint(relation, constraint);
  if (statement.objtype === "OBJECT_INDEX") return classifyAlterIndex(relation, command);
  const kind = (command?.subtype && KIND_OF_COMMAND[command.subtype]) ?? "table";
  if (kind === "table-attach") return classifyAttach(relation, command);
  if (statement.objtype === "OBJECT_SEQUENCE") {
    return {
      kind: kind === "owner" ? kind : "sequence",
      object: displayTable(relation),
      roles: rolesOf(command?.newowner),
    };
  }
  return {
    kind,
    object: objectOf(kind, relation, command),
    table: relation,
    roles: rolesOf(command?.newowner),
  };
}

function firstCommand(statement: AlterTableStmt): AlterTableCmd | undefined {
  const node = statement.cmds?.[0];
  return node && "AlterTableCmd" in node ? node.AlterTableCmd : undefined;
}

/** Of ALTER TABLE ... ADD CONSTRAINT; null of any other. */
export function addedConstraint(statement: AlterTableStmt): Constraint | null {
  const command = firstCommand(statement);
  if (command?.subtype !== "AT_AddConstraint" || !command.def) return null;
  return "Constraint" in command.def ? command.def.Constraint : null;
}

function objectOf(kind: StatementKind, relation: QualifiedName, command: AlterTableCmd | undefined): string {
  if (kind === "trigger" || kind === "rule" || kind === "cluster-on")
    return displayOn(command?.name, relation);
  const column = command?.name;
  return column === undefined ? displayTable(relation) : `${displayTable(relation)}.${displayIdent(column)}`;
}

function classifyAttach(parent: QualifiedName, command: AlterTableCmd | undefined): StatementFacts {
  const name = command?.def && "PartitionCmd" in command.def ? command.def.PartitionCmd.name : undefined;
  const partition = tableOf(name);
  return { kind: "table-attach", object: displayTable(partition), table: parent, references: partition };
}

function classifyAlterIndex(index: QualifiedName, command: AlterTableCmd | undefined): StatementFacts {
  if (command?.subtype !== "AT_AttachPartition") return { kind: "statistics", object: displayTable(index) };
  const child = command.def && "PartitionCmd" in command.def ? command.def.PartitionCmd.name : undefined;
  return { kind: "index-attach", object: displayTable(tableOf(child)), references: index };
}

function classifyConstraint(table: QualifiedName, constraint: Constraint): StatementFacts {
  const name = constraint.conname ?? "";
  const onTable: StatementFacts = { kind: "check", object: displayOn(name, table), table };
  const asIndex = { object: displayName(table.schema, name), table };
  switch (constraint.contype) {
    case "CONSTR_PRIMARY":
      return { kind: "primary-key", ...asIndex };
    case "CONSTR_UNIQUE":
      return { kind: "unique", ...asIndex };
    case "CONSTR_EXCLUSION":
      return { kind: "exclusion", ...asIndex };
    case "CONSTR_FOREIGN":
      return { ...onTable, kind: "foreign-key", references: tableOf(constraint.pktable) };
    default:
      return onTable;
  }
}
