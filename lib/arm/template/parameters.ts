import { below, templateError } from "./template-error";
import type { ParameterDeclaration, ParameterType } from "./template-schema";

const NAMES: Readonly<Record<ParameterType, string>> = {
  string: "String",
  securestring: "SecureString",
  int: "Int",
  bool: "Bool",
  array: "Array",
  object: "Object",
  secureobject: "SecureObject",
};

/** A type as templates usually spell it. */
export function typeName(type: ParameterType): string {
  return NAMES[type];
}

/** True when values of the type are never stored or shown. */
export function isSecure(type: ParameterType): boolean {
  return type === "securestring" || type === "secureobject";
}

/** True when `value` is of the type. */
export function isOfType(value: unknown, type: ParameterType): boolean {
  switch (type) {
    case "string":
    case "securestring":
      return typeof value === "string";
    case "int":
      return Number.isInteger(value);
    case "bool":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value);
    case "object":
    case "secureobject":
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}

/**
 * Refuses names the template does not declare, or declares twice in different case, and names that have neither a value nor a
 * default. Throws ArmError InvalidTemplate.
 */
export function checkGivenNames(
  declared: Readonly<Record<string, ParameterDeclaration>>,
  given: ReadonlyMap<string, unknown>,
): void {
  const names = Object.keys(declared);
  const known = new Set(names.map((name) => name.toLowerCase()));
  if (known.size < names.length)
    throw templateError({ path: "parameters" }, "Names of parameters differ by more than their case.");
  const unknown = [...given.keys()].filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length > 0) {
    throw templateError(
      { path: "parameters" },
      `The template parameters '${unknown.join(", ")}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '${names.join(", ")}'.`,
    );
  }
  const provided = new Set([...given.keys()].map((name) => name.toLowerCase()));
  if (provided.size < given.size) throw templateError({ path: "parameters" }, "A parameter is given twice.");
  const missing = names.filter(
    (name) => !provided.has(name.toLowerCase()) && declared[name]?.defaultValue === undefined,
  );
  if (missing.length > 0) {
    throw templateError(
      { path: below("parameters", missing[0] ?? "") },
      `The value for the template parameter '${missing.join(", ")}' is not provided.`,
    );
  }
}

/** Checks one value against its declaration; messages show it only when it is no secret. Throws ArmError InvalidTemplate. */
export function checkValue(name: string, declaration: ParameterDeclaration, value: unknown): void {
  const { type, allowedValues, minLength, maxLength, minValue, maxValue } = declaration;
  const refuse = (why: string) =>
    templateError(
      { path: below("parameters", name) },
      `The provided value for the template parameter '${name}' is not valid. ${why}`,
    );
  if (!isOfType(value, type)) {
    throw refuse(
      `Expected a value of type '${typeName(type)}', but received a value of type '${kindOf(value)}'.`,
    );
  }
  if (allowedValues && !allowedValues.some((allowed) => isSame(allowed, value))) {
    const shown = isSecure(type) ? "it" : `'${String(value).slice(0, 100)}'`;
    throw refuse(
      `The parameter value ${shown} is not part of the allowed value(s): '${allowedValues.join(",")}'.`,
    );
  }
  const length = typeof value === "string" || Array.isArray(value) ? value.length : null;
  if (length !== null && minLength !== undefined && length < minLength) {
    throw refuse(`Length of the value should be greater than or equal to '${minLength}'.`);
  }
  if (length !== null && maxLength !== undefined && length > maxLength) {
    throw refuse(`Length of the value should be less than or equal to '${maxLength}'.`);
  }
  if (typeof value !== "number") return;
  if (minValue !== undefined && value < minValue)
    throw refuse(`It should be greater than or equal to '${minValue}'.`);
  if (maxValue !== undefined && value > maxValue)
    throw refuse(`It should be less than or equal to '${maxValue}'.`);
}

function isSame(left: unknown, right: unknown): boolean {
  if (typeof left === "string" && typeof right === "string")
    return left.toLowerCase() === right.toLowerCase();
  return JSON.stringify(left) === JSON.stringify(right);
}

function kindOf(value: unknown): string {
  if (value === null) return "Null";
  if (Array.isArray(value)) return "Array";
  if (typeof value === "number") return Number.isInteger(value) ? "Integer" : "Float";
  if (typeof value === "boolean") return "Boolean";
  return typeof value === "string" ? "String" : "Object";
}
