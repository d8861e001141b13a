import type * as Tree from "libpg-query";
import { displayIdent } from "@/lib/postgres/sql";
import { parse } from "../schema/grammar";
import type { SchemaStatement, StatementKind } from "../schema/statement";
import { displayTable, strings, tableOf } from "../schema/syntax-names";
import { relationKey } from "./object-keys";

/** What a statement creates or is about: it goes when one of these goes. */
export interface StatementKeys {
  keys: string[];
  /** Schemas named by it, besides those of relations. */
  schemas: string[];
}

const RELATION_STATEMENTS: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "index",
  "index-attach",
  "primary-key",
  "unique",
  "exclusion",
  "table",
  "table-attach",
  "view",
  "materialized-view",
  "sequence",
]);

/** Keys of a classified statement. The grammar must be loaded (loadClassifier). */
export function keysOfStatement(statement: SchemaStatement): StatementKeys {
  const { table, kind, object } = statement;
  const found = ownKeys(statement, kind, object);
  if (table && table.schema !== "") found.keys.push(relationKey(table.schema, table.name));
  return found;
}

function ownKeys(statement: SchemaStatement, kind: StatementKind, object: string): StatementKeys {
  if (RELATION_STATEMENTS.has(kind)) {
    const owner = kind === "sequence" ? ownerOfSequence(statement.sql) : [];
    return { keys: [`relation ${object}`, ...owner], schemas: [] };
  }
  switch (kind) {
    case "schema":
      return { keys: [], schemas: [plain(object)] };
    case "foreign-key":
      return { keys: [`constraint ${object}`], schemas: [] };
    case "check":
      return {
        keys: [`constraint ${object}`, `type ${object}`],
        schemas: statement.table ? [] : schemasIn(object),
      };
    case "trigger":
    case "rule":
    case "policy":
      return { keys: [`${kind} ${object}`], schemas: [] };
    case "function":
    case "type":
    case "operator":
    case "cast":
    case "transform":
    case "conversion":
    case "access-method":
    case "text-search":
      return { keys: [`${kind} ${object}`], schemas: schemasIn(object) };
    case "statistics":
      return { keys: [`statistics ${object}`, `relation ${object}`], schemas: [] };
    case "cluster-on":
      return { keys: indexOfCluster(statement), schemas: [] };
    case "replica-identity":
      return { keys: indexOfIdentity(statement), schemas: [] };
    case "publication":
      return memberOfPublication(statement.sql);
    case "comment":
    case "security-label":
    case "owner":
    case "grant":
    case "default-privileges":
      return keysOfSubject(statement);
    default:
      return { keys: [], schemas: [] };
  }
}

function rootOf(sql: string): Tree.Node | undefined {
  return parse(sql).stmts?.[0]?.stmt;
}

/** ALTER SEQUENCE ... OWNED BY goes with the table. */
function ownerOfSequence(sql: string): string[] {
  if (!/^alter\s+sequence\b/i.test(sql) || !/\bowned\s+by\b/i.test(sql)) return [];
  const root = rootOf(sql);
  const options = root && "AlterSeqStmt" in root ? (root.AlterSeqStmt.options ?? []) : [];
  return options.flatMap((option) => {
    const element =
      "DefElem" in option && option.DefElem.defname === "owned_by" ? option.DefElem.arg : undefined;
    const [schema, table] = element && "List" in element ? strings(element.List.items) : [];
    return schema !== undefined && table !== undefined ? [relationKey(schema, table)] : [];
  });
}

function indexOfCluster({ object, table }: SchemaStatement): string[] {
  if (!table) return [];
  const suffix = ` on ${displayTable(table)}`;
  return object.endsWith(suffix)
    ? [`relation ${displayIdent(table.schema)}.${object.slice(0, -suffix.length)}`]
    : [];
}

function indexOfIdentity({ sql, table }: SchemaStatement): string[] {
  const root = rootOf(sql);
  const command = root && "AlterTableStmt" in root ? root.AlterTableStmt.cmds?.[0] : undefined;
  const definition = command && "AlterTableCmd" in command ? command.AlterTableCmd.def : undefined;
  const name =
    definition && "ReplicaIdentityStmt" in definition ? definition.ReplicaIdentityStmt.name : undefined;
  return name !== undefined && table ? [relationKey(table.schema, name)] : [];
}

function memberOfPublication(sql: string): StatementKeys {
  const root = rootOf(sql);
  const objects = root && "AlterPublicationStmt" in root ? (root.AlterPublicationStmt.pubobjects ?? []) : [];
  const found: StatementKeys = { keys: [], schemas: [] };
  for (const object of objects) {
    if (!("PublicationObjSpec" in object)) continue;
    const { pubobjtype, name, pubtable } = object.PublicationObjSpec;
    if (pubtable?.relation) {
      const { schema, name: table } = tableOf(pubtable.relation);
      found.keys.push(relationKey(schema, table));
    } else if (pubobjtype === "PUBLICATIONOBJ_TABLES_IN_SCHEMA" && name !== undefined)
      found.schemas.push(name);
  }
  return found;
}

const KEY_OF_TYPE: Partial<Record<Tree.ObjectType, string>> = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_INDEX: "relation",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "function",
  OBJECT_ROUTINE: "function",
  OBJECT_AGGREGATE: "function",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_OPERATOR: "operator",
  OBJECT_TABCONSTRAINT: "constraint",
  OBJECT_TRIGGER: "trigger",
  OBJECT_RULE: "rule",
  OBJECT_POLICY: "policy",
  OBJECT_STATISTIC_EXT: "statistics",
};

/** Types whose names hold no schema, or whose relation is known. */
const WITHOUT_SCHEMA: ReadonlySet<string> = new Set(["relation", "constraint", "trigger", "rule", "policy"]);

const RELATION_OWNER = /^alter (table|sequence|view|materialized view|foreign table) /i;

/** COMMENT ON, GRANT ON, OWNER TO and labels: the kind of the object tells which name is meant. */
function keysOfSubject({ sql, object, kind }: SchemaStatement): StatementKeys {
  // Most of a dump's owners; ALTER TABLE and its like name a relation.
  if (kind === "owner" && RELATION_OWNER.test(sql)) return { keys: [`relation ${object}`], schemas: [] };
  const root = rootOf(sql);
  if (root && "AlterDefaultPrivilegesStmt" in root) return schemasOfDefaults(root.AlterDefaultPrivilegesStmt);
  const type = subjectType(root);
  if (type === undefined) return { keys: [], schemas: [] };
  if (type === "OBJECT_SCHEMA") return { keys: [], schemas: [plain(object)] };
  const key = KEY_OF_TYPE[type];
  const schemas =
    type === "OBJECT_COLUMN" || (key !== undefined && WITHOUT_SCHEMA.has(key)) ? [] : schemasIn(object);
  return { keys: key === undefined ? [] : [`${key} ${object}`], schemas };
}

function subjectType(root: Tree.Node | undefined): Tree.ObjectType | undefined {
  if (!root) return undefined;
  if ("CommentStmt" in root) return root.CommentStmt.objtype;
  if ("SecLabelStmt" in root) return root.SecLabelStmt.objtype;
  if ("AlterOwnerStmt" in root) return root.AlterOwnerStmt.objectType;
  return "GrantStmt" in root ? root.GrantStmt.objtype : undefined;
}

function schemasOfDefaults(statement: Tree.AlterDefaultPrivilegesStmt): StatementKeys {
  const schemas = (statement.options ?? []).flatMap((option) => {
    const element =
      "DefElem" in option && option.DefElem.defname === "schemas" ? option.DefElem.arg : undefined;
    return element && "List" in element ? strings(element.List.items) : [];
  });
  return { keys: [], schemas };
}

const SCHEMA_IN_NAME = /("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\./g;

/** Schemas a display name mentions, those of argument types included. */
function schemasIn(object: string): string[] {
  return [...object.matchAll(SCHEMA_IN_NAME)].map(([, name = ""]) => plain(name));
}

function plain(display: string): string {
  return display.startsWith('"') ? display.slice(1, -1).replaceAll('""', '"') : display;
}
