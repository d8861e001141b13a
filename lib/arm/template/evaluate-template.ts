import { ArmError } from "@/lib/arm/arm-error";
import { type Entry, Evaluator, type Names, type SecretLeaf } from "./evaluator";
import type { DeploymentScope } from "./functions";
import { checkGivenNames, checkValue, isOfType, isSecure, typeName } from "./parameters";
import { evaluateResources, type TemplateMigration } from "./resources";
import { below, templateError } from "./template-error";
import { parseGivenParameters, parseTemplate, type Template } from "./template-schema";

/** A parameter or an output as a deployment shows it: a secure one without its value. */
export interface ShownValue {
  type: string;
  value?: unknown;
}

/** What a template comes to with the values given for its parameters. */
export interface EvaluatedTemplate {
  /** In the order to create them. Holds passwords. */
  migrations: TemplateMigration[];
  parameters: Record<string, ShownValue>;
  outputs: Record<string, ShownValue>;
}

/**
 * Evaluates a template as Resource Manager would, for the resources Howdah has: checks parameters, resolves expressions, orders by
 * dependsOn. `given`: {"name": {"value": ...}}. Throws ArmError InvalidTemplate with the place of what is wrong.
 * https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
 */
export function evaluateTemplate(json: unknown, given: unknown, scope: DeploymentScope): EvaluatedTemplate {
  const template = parseTemplate(json);
  const values = parseGivenParameters(given);
  checkGivenNames(template.parameters, values);
  try {
    return evaluateParts(template, values, scope);
  } catch (error) {
    throw withoutSecrets(error, template, values);
  }
}

function evaluateParts(
  template: Template,
  values: ReadonlyMap<string, unknown>,
  scope: DeploymentScope,
): EvaluatedTemplate {
  const evaluator: Evaluator = new Evaluator(
    namesOf(template, values, () => evaluator),
    scope,
  );
  const parameters = shownParameters(template, evaluator);
  for (const name of Object.keys(template.variables)) {
    evaluator.value(`[variables('${name.replaceAll("'", "''")}')]`, below("variables", name));
  }
  return {
    migrations: evaluateResources(template.resources, evaluator, scope),
    parameters,
    outputs: shownOutputs(template, evaluator),
  };
}

/** Messages may quote what an expression came to; what a secure parameter holds is taken out of them. */
function withoutSecrets(error: unknown, template: Template, given: ReadonlyMap<string, unknown>): unknown {
  if (!(error instanceof ArmError)) return error;
  const secure = new Set(
    Object.entries(template.parameters).flatMap(([name, { type }]) =>
      isSecure(type) ? [name.toLowerCase()] : [],
    ),
  );
  let { message } = error;
  for (const [name, value] of given) {
    if (!secure.has(name.toLowerCase())) continue;
    for (const text of textsOf(value)) message = message.replaceAll(text, "********");
  }
  return message === error.message
    ? error
    : new ArmError(error.status, error.code, message, { ...error.options, cause: undefined });
}

/** All texts within a value, the short ones aside, which would be found in any message. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return value.length < 3 ? [] : [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

function namesOf(template: Template, given: ReadonlyMap<string, unknown>, evaluator: () => Evaluator): Names {
  const values = new Map([...given].map(([name, value]) => [name.toLowerCase(), value] as const));
  const parameters = new Map<string, Entry>();
  for (const [name, declaration] of Object.entries(template.parameters)) {
    const path = `${below("parameters", name)}.defaultValue`;
    parameters.set(name.toLowerCase(), {
      name,
      secret: isSecure(declaration.type),
      evaluate() {
        const value = values.has(name.toLowerCase())
          ? values.get(name.toLowerCase())
          : evaluator().value(declaration.defaultValue, path);
        checkValue(name, declaration, value);
        return value;
      },
    });
  }
  const variables = new Map<string, Entry>();
  for (const [name, json] of Object.entries(template.variables)) {
    const path = below("variables", name);
    variables.set(name.toLowerCase(), { name, secret: false, evaluate: () => evaluator().value(json, path) });
  }
  return {
    parameter: (name) => parameters.get(name.toLowerCase()),
    variable: (name) => variables.get(name.toLowerCase()),
  };
}

function shownParameters(template: Template, evaluator: Evaluator): Record<string, ShownValue> {
  const shown = Object.entries(template.parameters).map(([name, { type }]) => {
    const leaves: SecretLeaf[] = [];
    const value = evaluator.value(
      `[parameters('${name.replaceAll("'", "''")}')]`,
      below("parameters", name),
      (leaf) => leaves.push(leaf),
    );
    return [name, { type: typeName(type), ...(leaves.length === 0 ? { value } : {}) }] as const;
  });
  return Object.fromEntries(shown);
}

function shownOutputs(template: Template, evaluator: Evaluator): Record<string, ShownValue> {
  const outputs: Record<string, ShownValue> = {};
  for (const [name, { type, value: json, condition }] of Object.entries(template.outputs)) {
    const path = below("outputs", name);
    if (condition !== undefined && evaluator.value(condition, `${path}.condition`) !== true) continue;
    const leaves: SecretLeaf[] = [];
    const value = evaluator.value(json, `${path}.value`, (leaf) => leaves.push(leaf));
    if (!isOfType(value, type)) {
      throw templateError(
        { path: `${path}.value` },
        `The output '${name}' is not of type '${typeName(type)}'.`,
      );
    }
    const [leaf] = leaves;
    if (leaf && !isSecure(type)) {
      throw templateError(
        { path: leaf.path },
        `The output '${name}' would show the secure parameter '${leaf.parameters.join(", ")}'; its type must be SecureString.`,
      );
    }
    outputs[name] = { type: typeName(type), ...(isSecure(type) ? {} : { value }) };
  }
  return outputs;
}
