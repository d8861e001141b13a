/** The form of a template and of the values given to it, as far as Howdah takes them; expressions are looked at elsewhere. */
import { z } from "zod";
import { templateError } from "./template-error";
import { refuseUnsupported } from "./unsupported-features";

const anyValue = z.unknown();

/** Types are written in any case: "SecureString", "securestring". */
export const PARAMETER_TYPES = [
  "string",
  "securestring",
  "int",
  "bool",
  "array",
  "object",
  "secureobject",
] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

const parameterType = z
  .string()
  .transform((type) => type.toLowerCase())
  .pipe(z.enum(PARAMETER_TYPES));

const parameterDeclaration = z.strictObject({
  type: parameterType,
  defaultValue: anyValue.optional(),
  allowedValues: z.array(anyValue).min(1).optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  minValue: z.int().optional(),
  maxValue: z.int().optional(),
  metadata: anyValue.optional(),
});
export type ParameterDeclaration = z.infer<typeof parameterDeclaration>;

const resourceDeclaration = z.strictObject({
  type: z.string(),
  apiVersion: z.string(),
  name: z.string(),
  location: z.string().optional(),
  tags: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  dependsOn: z.array(z.string()).optional(),
  condition: z.union([z.boolean(), z.string()]).optional(),
  comments: z.string().optional(),
  metadata: anyValue.optional(),
  properties: z.record(z.string(), anyValue),
});
export type ResourceDeclaration = z.infer<typeof resourceDeclaration>;

const outputDeclaration = z.strictObject({
  type: parameterType,
  value: anyValue,
  condition: z.union([z.boolean(), z.string()]).optional(),
  metadata: anyValue.optional(),
});

const templateForm = z.strictObject({
  $schema: z
    .string()
    .regex(
      /deploymentTemplate\.json#?$/i,
      "The $schema must be that of a deploymentTemplate for resource groups.",
    ),
  contentVersion: z.string(),
  apiProfile: z.string().optional(),
  metadata: anyValue.optional(),
  parameters: z.record(z.string(), parameterDeclaration).default({}),
  variables: z.record(z.string(), anyValue).default({}),
  functions: z.array(anyValue).max(0, "User-defined functions are not supported.").optional(),
  resources: z.array(resourceDeclaration).max(100),
  outputs: z.record(z.string(), outputDeclaration).default({}),
});
export type Template = z.infer<typeof templateForm>;

/**
 * Checks the form of a template. Throws ArmError InvalidTemplate with the place of the first thing that is wrong, or
 * TemplateFeatureNotSupported.
 */
export function parseTemplate(json: unknown): Template {
  refuseUnsupported(json);
  const parsed = templateForm.safeParse(json);
  if (parsed.success) return parsed.data;
  throw problemOf(parsed.error);
}

const givenParameters = z.record(
  z.string(),
  z.strictObject({
    value: anyValue.optional(),
    reference: anyValue.optional(),
    metadata: anyValue.optional(),
  }),
);

/** The values for parameters as a deployment's body holds them: {"name": {"value": ...}}. Throws ArmError InvalidTemplate. */
export function parseGivenParameters(json: unknown): Map<string, unknown> {
  const parsed = givenParameters.safeParse(json ?? {});
  if (!parsed.success) {
    throw templateError({ path: "" }, 'Parameters have the form {"name": {"value": ...}}.');
  }
  const values = new Map<string, unknown>();
  for (const [name, { value, reference }] of Object.entries(parsed.data)) {
    if (reference !== undefined) {
      throw templateError(
        { path: "" },
        `The parameter '${name}' refers to a key vault, which is not supported here; give its value.`,
      );
    }
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

function problemOf(error: z.ZodError): Error {
  const [issue] = error.issues;
  const path = issue ? z.core.toDotPath(issue.path) : "";
  if (issue?.code === "unrecognized_keys") {
    const names = issue.keys.map((key) => `'${key}'`).join(", ");
    return templateError({ path }, `${names} ${issue.keys.length === 1 ? "is" : "are"} not supported here.`);
  }
  if (issue?.code === "invalid_type" && issue.input === undefined && issue.message.endsWith("undefined")) {
    return templateError({ path }, "A required property is missing.");
  }
  return templateError({ path }, issue?.message ?? "The template is not an object.");
}
