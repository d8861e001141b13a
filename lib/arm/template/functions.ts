import { resourceGroupId } from "@/lib/migrations/resource-paths";

/** Where a deployment goes; what resourceGroup() and subscription() answer. */
export interface DeploymentScope {
  subscriptionId: string;
  resourceGroup: string;
  location: string;
}

/** A function was called with what it cannot take; the message names it. */
export class ArgumentProblem extends Error {}

type TemplateFunction = (args: readonly unknown[], scope: DeploymentScope) => unknown;

/** `parameters`, `variables` and `if` are the evaluator's own: they look up, and leave a branch alone. */
export const OWN_FUNCTIONS = ["parameters", "variables", "if"] as const;

/** The functions of templates that Howdah knows besides, by their usual spelling; calls may use any case. */
const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  concat,
  format,
  resourceId,
  toLower: ([text]) => textOf("toLower", text).toLowerCase(),
  toUpper: ([text]) => textOf("toUpper", text).toUpperCase(),
  trim: ([text]) => textOf("trim", text).trim(),
  string: ([value]) => (typeof value === "string" ? value : (shown(value) ?? JSON.stringify(value))),
  equals: ([left, right]) => isEqual(left, right),
  not: ([value]) => !boolOf("not", value),
  and: (args) => args.every((value) => boolOf("and", value)),
  or: (args) => args.some((value) => boolOf("or", value)),
  true: () => true,
  false: () => false,
  null: () => null,
  empty: ([value]) => isEmpty(value),
  length: ([value]) => lengthOf(value),
  contains: ([container, item]) => holds(container, item),
  coalesce: (args) => args.find((value) => value !== null && value !== undefined) ?? null,
  createArray: (args) => [...args],
  split: ([text, by]) => textOf("split", text).split(textOf("split", by)),
  resourceGroup: (_, scope) => ({
    id: resourceGroupId(scope.subscriptionId, scope.resourceGroup),
    name: scope.resourceGroup,
    type: "Microsoft.Resources/resourceGroups",
    location: scope.location,
    properties: { provisioningState: "Succeeded" },
  }),
  subscription: (_, { subscriptionId }) => ({ id: `/subscriptions/${subscriptionId}`, subscriptionId }),
};

/** How many arguments a function takes: [least, most]. */
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  concat: [1, 1000],
  format: [1, 1000],
  resourceId: [2, 20],
  equals: [2, 2],
  and: [2, 1000],
  or: [2, 1000],
  contains: [2, 2],
  split: [2, 2],
  coalesce: [1, 1000],
  createArray: [0, 1000],
  true: [0, 0],
  false: [0, 0],
  null: [0, 0],
  resourceGroup: [0, 0],
  subscription: [0, 0],
};

const BY_LOWER_NAME = new Map(
  Object.entries(FUNCTIONS).map(([name, run]) => [name.toLowerCase(), { name, run }] as const),
);

/** Names of all functions there are, for messages. */
export const FUNCTION_NAMES: readonly string[] = [...OWN_FUNCTIONS, ...Object.keys(FUNCTIONS)];

/** The function called `name`, in any case, with its count of arguments checked when it runs; null when there is none. */
export function findFunction(name: string): TemplateFunction | null {
  const found = BY_LOWER_NAME.get(name.toLowerCase());
  if (!found) return null;
  const [least, most] = COUNTS[found.name] ?? [1, 1];
  return (args, scope) => {
    if (args.length >= least && args.length <= most) return found.run(args, scope);
    const wanted = least === most ? `${least}` : `${least} or more`;
    throw new ArgumentProblem(`The function '${found.name}' takes ${wanted} arguments, not ${args.length}.`);
  };
}

function concat(args: readonly unknown[]): unknown {
  if (args.every((value) => Array.isArray(value))) return args.flat();
  return args.map((value) => partOf("concat", value)).join("");
}

/** .NET's composite format without its specifiers: "{0}-{1}", "{{" is a brace. */
function format([pattern, ...values]: readonly unknown[]): string {
  return textOf("format", pattern).replace(
    /\{\{|\}\}|\{([^{}]*)\}|[{}]/g,
    (part, inner: string | undefined) => {
      if (part === "{{" || part === "}}") return part.slice(1);
      const index = Number(inner);
      if (inner === undefined || !/^\d+$/.test(inner)) {
        throw new ArgumentProblem(
          `The function 'format' knows places such as {0}; '${part.slice(0, 40)}' is none.`,
        );
      }
      if (index >= values.length)
        throw new ArgumentProblem(`The function 'format' has no argument for {${index}}.`);
      return partOf("format", values[index]);
    },
  );
}

/** [subscription], [group], type, names...: the type is the first text with a slash. */
function resourceId(args: readonly unknown[], scope: DeploymentScope): string {
  const texts = args.map((value) => textOf("resourceId", value));
  const typeAt = texts.findIndex((text) => text.includes("/"));
  const type = texts[typeAt] ?? "";
  const before = texts.slice(0, Math.max(typeAt, 0));
  const names = texts.slice(typeAt + 1);
  const [provider = "", ...types] = type.split("/");
  if (typeAt < 0 || typeAt > 2 || types.length !== names.length) {
    throw new ArgumentProblem(
      "The function 'resourceId' takes a type such as 'a/b/c' and a name for each part after its provider.",
    );
  }
  const resourceGroup = before.at(-1) ?? scope.resourceGroup;
  const subscriptionId = before.length === 2 ? (before[0] ?? "") : scope.subscriptionId;
  const group = resourceGroupId(subscriptionId, resourceGroup);
  return `${group}/providers/${provider}/${types.map((part, index) => `${part}/${names[index]}`).join("/")}`;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new ArgumentProblem(`The function '${name}' takes texts here.`);
}

function boolOf(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ArgumentProblem(`The function '${name}' takes true or false.`);
}

/** A scalar as .NET writes it. */
function shown(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  return null;
}

function partOf(name: string, value: unknown): string {
  const text = shown(value);
  if (text !== null) return text;
  throw new ArgumentProblem(`The function '${name}' joins texts, numbers and booleans here.`);
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function isEmpty(value: unknown): boolean {
  return value === null || lengthOf(value) === 0;
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new ArgumentProblem("Only a text, an array or an object has a length.");
}

function holds(container: unknown, item: unknown): boolean {
  if (Array.isArray(container)) return container.some((value) => isEqual(value, item));
  if (typeof container === "string") return container.includes(textOf("contains", item));
  if (typeof container !== "object" || container === null)
    throw new ArgumentProblem("The function 'contains' looks into texts, arrays and objects.");
  const wanted = textOf("contains", item).toLowerCase();
  return Object.keys(container).some((key) => key.toLowerCase() === wanted);
}
