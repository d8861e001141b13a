import type { Node, ObjectType, ObjectWithArgs, RangeVar, RoleSpec, TypeName } from "libpg-query";
import { displayIdent, displayName } from "@/lib/postgres/sql";

/** Names out of syntax trees, as people read them: quoted only where PostgreSQL would. */

export interface QualifiedName {
  schema: string;
  name: string;
}

/** Dumps qualify everything; a name without a schema belongs to none. */
export function tableOf(relation: RangeVar | undefined): QualifiedName {
  return { schema: relation?.schemaname ?? "", name: relation?.relname ?? "" };
}

export function displayTable(table: QualifiedName): string {
  return table.schema === "" ? displayIdent(table.name) : displayName(table.schema, table.name);
}

export function displayRelation(relation: RangeVar | undefined): string {
  return displayTable(tableOf(relation));
}

/** `"orders_fk on public.orders"`: for what has its name within a table. */
export function displayOn(name: string | undefined, table: QualifiedName): string {
  return `${displayIdent(name ?? "")} on ${displayTable(table)}`;
}

export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ("String" in node ? [node.String.sval ?? ""] : []));
}

function displayParts(parts: readonly string[]): string {
  return parts.map(displayIdent).join(".");
}

export function displayNames(nodes: readonly Node[] | undefined): string {
  return displayParts(strings(nodes));
}

/** Names of the grammar for types that people know by another. */
export const COMMON_TYPES: Record<string, string> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  bpchar: "character",
  varchar: "character varying",
  timestamptz: "timestamp with time zone",
  timetz: "time with time zone",
  varbit: "bit varying",
};

export function displayType(type: TypeName | undefined): string {
  const names = strings(type?.names);
  const last = names.at(-1) ?? "";
  const base = names[0] === "pg_catalog" ? (COMMON_TYPES[last] ?? last) : displayParts(names);
  return base + "[]".repeat(type?.arrayBounds?.length ?? 0);
}

export function displayRoutine(names: readonly Node[] | undefined, types: readonly TypeName[]): string {
  return `${displayNames(names)}(${types.map(displayType).join(", ")})`;
}

function displayObjectWithArgs(object: ObjectWithArgs): string {
  const types = (object.objargs ?? []).map((node) =>
    "TypeName" in node ? displayType(node.TypeName) : "NONE",
  );
  return `${displayNames(object.objname)}(${types.join(", ")})`;
}

/** Roles by name; PUBLIC, CURRENT_USER and the like always exist. */
export function rolesOf(...specs: readonly (RoleSpec | Node | undefined)[]): string[] {
  return specs.flatMap((spec) => {
    const role = spec && "RoleSpec" in spec ? spec.RoleSpec : (spec as RoleSpec | undefined);
    return role?.roletype === "ROLESPEC_CSTRING" && role.rolename !== undefined ? [role.rolename] : [];
  });
}

/** Kinds whose name is the last of a list that begins with their table: COMMENT ON TRIGGER a ON b. */
const WITHIN_TABLE: ReadonlySet<ObjectType | undefined> = new Set<ObjectType>([
  "OBJECT_TABCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
]);

/** Name of what COMMENT, GRANT, OWNER TO and SECURITY LABEL are about. */
export function displayObject(type: ObjectType | undefined, node: Node | undefined): string {
  if (!node) return "";
  if ("RangeVar" in node) return displayRelation(node.RangeVar);
  if ("ObjectWithArgs" in node) return displayObjectWithArgs(node.ObjectWithArgs);
  if ("TypeName" in node) return displayType(node.TypeName);
  if ("String" in node) return displayIdent(node.String.sval ?? "");
  if ("Integer" in node) return String(node.Integer.ival ?? 0);
  if ("Float" in node) return node.Float.fval ?? "";
  return "List" in node ? displayList(type, node.List.items ?? []) : "";
}

function displayList(type: ObjectType | undefined, items: Node[]): string {
  if (type === "OBJECT_CAST" || type === "OBJECT_TRANSFORM" || type === "OBJECT_DOMCONSTRAINT")
    return items.map((item) => displayObject(undefined, item)).join(" ");
  const names = strings(items);
  // The access method comes first.
  if (type === "OBJECT_OPCLASS" || type === "OBJECT_OPFAMILY") return displayParts(names.slice(1));
  if (WITHIN_TABLE.has(type))
    return `${displayIdent(names.at(-1) ?? "")} on ${displayParts(names.slice(0, -1))}`;
  return displayParts(names);
}

/** The relation a COMMENT or label on a relation, column, trigger or the like belongs to. */
export function tableOfObject(type: ObjectType | undefined, node: Node | undefined): QualifiedName | null {
  if (!node || !("List" in node)) return null;
  const names = strings(node.List.items);
  const depth = type === "OBJECT_TABLE" || type === "OBJECT_MATVIEW" || type === "OBJECT_VIEW" ? 2 : 3;
  if (depth === 3 && !WITHIN_TABLE.has(type) && type !== "OBJECT_COLUMN") return null;
  const [schema, name] = names;
  return names.length === depth && schema !== undefined && name !== undefined ? { schema, name } : null;
}
