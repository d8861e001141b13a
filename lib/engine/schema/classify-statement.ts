import type * as Tree from "libpg-query";
import { displayIdent } from "@/lib/postgres/sql";
import { classifyAlterTable, type StatementFacts } from "./classify-alter-table";
import { classifyQuickly } from "./classify-quickly";
import { loadGrammar, parse } from "./grammar";
import type { SchemaStatement, StatementKind } from "./statement";
import {
  displayNames,
  displayObject,
  displayOn,
  displayRelation,
  displayRoutine,
  displayTable,
  displayType,
  rolesOf,
  strings,
  tableOf,
  tableOfObject,
} from "./syntax-names";

type Classifier = (node: object | undefined) => StatementFacts;

/** Names the node's type once per entry, so that each classifier is typed by the grammar's own definition. */
function on<T>(classify: (node: T) => StatementFacts): Classifier {
  return (node) => classify(node as T);
}

function named(kind: StatementKind, key: string): Classifier {
  return (node) => {
    const name = Object.entries(node ?? {}).find(([entry]) => entry === key)?.[1];
    return { kind, object: displayIdent(typeof name === "string" ? name : "") };
  };
}

/** The nodes a dump consists of; what is not listed becomes kind "other". */
const CLASSIFIERS: Readonly<Record<string, Classifier>> = {
  AlterTableStmt: on<Tree.AlterTableStmt>(classifyAlterTable),
  VariableSetStmt: on<Tree.VariableSetStmt>(classifySet),
  SelectStmt: on<Tree.SelectStmt>((node) => ({ kind: isSetConfig(node) ? "setting" : "other" })),
  CreateSchemaStmt: on<Tree.CreateSchemaStmt>((node) => ({
    kind: "schema",
    object: displayIdent(node.schemaname ?? ""),
    roles: rolesOf(node.authrole),
  })),
  CreateExtensionStmt: named("extension", "extname"),
  CreatePLangStmt: named("function", "plname"),
  CreateStmt: on<Tree.CreateStmt>(classifyCreateTable),
  CreateForeignTableStmt: on<Tree.CreateForeignTableStmt>((node) => ({
    ...classifyCreateTable(node.base ?? {}),
    kind: "foreign-data",
  })),
  CreateSeqStmt: on<Tree.CreateSeqStmt>((node) => ({
    kind: "sequence",
    object: displayRelation(node.sequence),
  })),
  AlterSeqStmt: on<Tree.AlterSeqStmt>((node) => ({
    kind: "sequence",
    object: displayRelation(node.sequence),
  })),
  ViewStmt: on<Tree.ViewStmt>((node) => ({
    kind: "view",
    object: displayRelation(node.view),
    table: tableOf(node.view),
  })),
  CreateTableAsStmt: on<Tree.CreateTableAsStmt>((node) => ({
    kind: node.objtype === "OBJECT_MATVIEW" ? "materialized-view" : "other",
    object: displayRelation(node.into?.rel),
    table: tableOf(node.into?.rel),
  })),
  IndexStmt: on<Tree.IndexStmt>((node) => {
    const table = tableOf(node.relation);
    return {
      kind: "index",
      object: displayTable({ schema: table.schema, name: node.idxname ?? "" }),
      table,
      partitioned: node.relation?.inh !== true,
    };
  }),
  CreateTrigStmt: on<Tree.CreateTrigStmt>((node) => onTable("trigger", node.trigname, node.relation)),
  RuleStmt: on<Tree.RuleStmt>((node) => onTable("rule", node.rulename, node.relation)),
  CreatePolicyStmt: on<Tree.CreatePolicyStmt>((node) => ({
    ...onTable("policy", node.policy_name, node.table),
    roles: rolesOf(...(node.roles ?? [])),
  })),
  CreateEventTrigStmt: named("event-trigger", "trigname"),
  AlterEventTrigStmt: named("event-trigger", "trigname"),
  CreateStatsStmt: on<Tree.CreateStatsStmt>((node) => {
    const first = node.relations?.[0];
    const table = first && "RangeVar" in first ? tableOf(first.RangeVar) : null;
    return { kind: "statistics", object: displayNames(node.defnames), table };
  }),
  AlterStatsStmt: on<Tree.AlterStatsStmt>((node) => ({
    kind: "statistics",
    object: displayNames(node.defnames),
  })),
  CreatePublicationStmt: named("publication", "pubname"),
  AlterPublicationStmt: named("publication", "pubname"),
  CreateSubscriptionStmt: named("subscription", "subname"),
  AlterSubscriptionStmt: named("subscription", "subname"),
  CreateFdwStmt: named("foreign-data", "fdwname"),
  CreateForeignServerStmt: named("foreign-data", "servername"),
  CreateUserMappingStmt: on<Tree.CreateUserMappingStmt>((node) => ({
    kind: "foreign-data",
    object: `user mapping for ${rolesOf(node.user).map(displayIdent)[0] ?? "public"} on ${displayIdent(node.servername ?? "")}`,
    roles: rolesOf(node.user),
  })),
  CreateFunctionStmt: on<Tree.CreateFunctionStmt>((node) => ({
    kind: "function",
    object: displayRoutine(node.funcname, argumentTypes(node.parameters)),
  })),
  DefineStmt: on<Tree.DefineStmt>(classifyDefine),
  CreateEnumStmt: on<Tree.CreateEnumStmt>((node) => ({ kind: "type", object: displayNames(node.typeName) })),
  CreateRangeStmt: on<Tree.CreateRangeStmt>((node) => ({
    kind: "type",
    object: displayNames(node.typeName),
  })),
  CreateDomainStmt: on<Tree.CreateDomainStmt>((node) => ({
    kind: "type",
    object: displayNames(node.domainname),
  })),
  AlterDomainStmt: on<Tree.AlterDomainStmt>((node) => ({
    kind: "check",
    object: displayNames(node.typeName),
  })),
  CompositeTypeStmt: on<Tree.CompositeTypeStmt>((node) => ({
    kind: "type",
    object: displayRelation(node.typevar),
  })),
  CreateOpClassStmt: on<Tree.CreateOpClassStmt>((node) => ({
    kind: "operator",
    object: displayNames(node.opclassname),
  })),
  CreateOpFamilyStmt: on<Tree.CreateOpFamilyStmt>((node) => ({
    kind: "operator",
    object: displayNames(node.opfamilyname),
  })),
  AlterOpFamilyStmt: on<Tree.AlterOpFamilyStmt>((node) => ({
    kind: "operator",
    object: displayNames(node.opfamilyname),
  })),
  CreateCastStmt: on<Tree.CreateCastStmt>((node) => ({
    kind: "cast",
    object: `${displayType(node.sourcetype)} as ${displayType(node.targettype)}`,
  })),
  CreateTransformStmt: on<Tree.CreateTransformStmt>((node) => ({
    kind: "transform",
    object: `${displayType(node.type_name)} for ${displayIdent(node.lang ?? "")}`,
  })),
  CreateConversionStmt: on<Tree.CreateConversionStmt>((node) => ({
    kind: "conversion",
    object: displayNames(node.conversion_name),
  })),
  CreateAmStmt: named("access-method", "amname"),
  AlterTSConfigurationStmt: on<Tree.AlterTSConfigurationStmt>((node) => ({
    kind: "text-search",
    object: displayNames(node.cfgname),
  })),
  CommentStmt: on<Tree.CommentStmt>((node) => ({
    kind: kindOrEventTrigger("comment", node.objtype),
    object: displayObject(node.objtype, node.object),
    table: tableOfObject(node.objtype, node.object),
  })),
  SecLabelStmt: on<Tree.SecLabelStmt>((node) => ({
    kind: kindOrEventTrigger("security-label", node.objtype),
    object: displayObject(node.objtype, node.object),
    table: tableOfObject(node.objtype, node.object),
  })),
  AlterOwnerStmt: on<Tree.AlterOwnerStmt>((node) => ({
    kind: kindOrEventTrigger("owner", node.objectType),
    object: displayObject(node.objectType, node.object),
    roles: rolesOf(node.newowner),
  })),
  GrantStmt: on<Tree.GrantStmt>(classifyGrant),
  AlterDefaultPrivilegesStmt: on<Tree.AlterDefaultPrivilegesStmt>(classifyDefaultPrivileges),
  AlterDatabaseSetStmt: named("database-setting", "dbname"),
  AlterDatabaseStmt: named("database-setting", "dbname"),
};

/** What is said of an event trigger has to wait for it, and it comes last of all. */
function kindOrEventTrigger(kind: StatementKind, type: Tree.ObjectType | undefined): StatementKind {
  return type === "OBJECT_EVENT_TRIGGER" ? "event-trigger" : kind;
}

function onTable(
  kind: StatementKind,
  name: string | undefined,
  relation: Tree.RangeVar | undefined,
): StatementFacts {
  const table = tableOf(relation);
  return { kind, object: displayOn(name, table), table };
}

function classifyCreateTable(node: Tree.CreateStmt): StatementFacts {
  const table = tableOf(node.relation);
  return { kind: "table", object: displayTable(table), table, partitioned: node.partspec !== undefined };
}

/** SET SESSION AUTHORIZATION surrounds a GRANT that another role than the owner made, and belongs to it. */
function classifySet(node: Tree.VariableSetStmt): StatementFacts {
  if (node.name !== "session_authorization") return { kind: "setting", object: node.name ?? "" };
  const value = node.args?.[0];
  const role = value && "A_Const" in value ? value.A_Const.sval?.sval : undefined;
  return { kind: "grant", object: role === undefined ? "" : displayIdent(role), roles: role ? [role] : [] };
}

function isSetConfig(node: Tree.SelectStmt): boolean {
  const target = node.targetList?.[0];
  const value = target && "ResTarget" in target ? target.ResTarget.val : undefined;
  return (
    value !== undefined && "FuncCall" in value && strings(value.FuncCall.funcname).at(-1) === "set_config"
  );
}

function argumentTypes(parameters: readonly Tree.Node[] | undefined): Tree.TypeName[] {
  return (parameters ?? []).flatMap((node) => {
    const parameter = "FunctionParameter" in node ? node.FunctionParameter : undefined;
    const isArgument = parameter?.mode !== "FUNC_PARAM_OUT" && parameter?.mode !== "FUNC_PARAM_TABLE";
    return parameter?.argType && isArgument ? [parameter.argType] : [];
  });
}

const TEXT_SEARCH: ReadonlySet<Tree.ObjectType | undefined> = new Set<Tree.ObjectType>([
  "OBJECT_TSCONFIGURATION",
  "OBJECT_TSDICTIONARY",
  "OBJECT_TSPARSER",
  "OBJECT_TSTEMPLATE",
]);

function classifyDefine(node: Tree.DefineStmt): StatementFacts {
  const object = displayNames(node.defnames);
  if (node.kind === "OBJECT_AGGREGATE")
    return { kind: "function", object: `${object}(${aggregateArguments(node)})` };
  if (node.kind === "OBJECT_OPERATOR") return { kind: "operator", object };
  // A collation is needed by types and tables, so it counts as a type.
  return { kind: TEXT_SEARCH.has(node.kind) ? "text-search" : "type", object };
}

function aggregateArguments(node: Tree.DefineStmt): string {
  const list = node.args?.[0];
  const types = argumentTypes(list && "List" in list ? list.List.items : []);
  return types.length === 0 ? "*" : types.map(displayType).join(", ");
}

function classifyGrant(node: Tree.GrantStmt): StatementFacts {
  const first = node.objects?.[0];
  const isRelation = first !== undefined && "RangeVar" in first;
  return {
    kind: "grant",
    object: displayObject(node.objtype, first),
    table: isRelation && node.objtype === "OBJECT_TABLE" ? tableOf(first.RangeVar) : null,
    roles: rolesOf(...(node.grantees ?? []), node.grantor),
  };
}

function classifyDefaultPrivileges(node: Tree.AlterDefaultPrivilegesStmt): StatementFacts {
  const options = (node.options ?? []).flatMap((option) => {
    const arg = "DefElem" in option ? option.DefElem.arg : undefined;
    return arg && "List" in arg ? (arg.List.items ?? []) : [];
  });
  const owners = rolesOf(...options.filter((option) => "RoleSpec" in option));
  const roles = [...owners, ...rolesOf(...(node.action?.grantees ?? []))];
  return { kind: "default-privileges", object: owners.map(displayIdent).join(", "), roles };
}

/** Statements the grammar does not know, e.g. of forks, still get restored; only their name is missing. */
const UNKNOWN: StatementFacts = { kind: "other" };

function factsOf(sql: string): StatementFacts {
  let statements: readonly Tree.RawStmt[];
  try {
    statements = parse(sql).stmts ?? [];
  } catch {
    return UNKNOWN;
  }
  const node = statements[0]?.stmt;
  if (!node || statements.length !== 1) return UNKNOWN;
  const [tag, content] = Object.entries(node)[0] ?? [];
  return (tag !== undefined && CLASSIFIERS[tag]?.(content)) || UNKNOWN;
}

/**
 * Gives one statement its kind, object, table and roles. Null when the grammar is needed and not loaded yet: await
 * loadClassifier() and ask again.
 */
export function tryClassify(sql: string): SchemaStatement | null {
  const facts = classifyQuickly(sql);
  return facts ? statementOf(sql, facts) : isLoaded ? classifyByGrammar(sql) : null;
}

/** The same by the grammar whatever the statement is. `loadClassifier()` must have been awaited. */
export function classifyByGrammar(sql: string): SchemaStatement {
  return statementOf(sql, factsOf(sql));
}

/** Gives one statement its kind, object, table and roles. `loadClassifier()` must have been awaited. */
export function classifyStatement(sql: string): SchemaStatement {
  return tryClassify(sql) ?? classifyByGrammar(sql);
}

/** A schema has thousands of them, and what does not apply to a statement takes no room in it. */
function statementOf(sql: string, facts: StatementFacts): SchemaStatement {
  const { kind, object = "", table = null, roles = NO_ROLES, ...rare } = facts;
  const statement: SchemaStatement = { sql, kind, object, table, roles };
  if (!rare.partitioned) delete rare.partitioned;
  return Object.assign(statement, rare);
}

const NO_ROLES: string[] = [];

let isLoaded = false;

/** Loads the grammar (WebAssembly), which takes about a second of processor time once; cheap when it is loaded already. */
export async function loadClassifier(): Promise<void> {
  await loadGrammar();
  isLoaded = true;
}
