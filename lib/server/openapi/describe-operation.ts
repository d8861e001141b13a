import { z } from "zod";
import type { ApiOperation, ApiParameter, ApiResponse, JsonSchema } from "@/lib/migrations/api-description";
import { API_VERSION } from "@/lib/migrations/resource-paths";
import type { DescribedOperation } from "./described-operation";
import { errorBody } from "./error-schema";
import type { SchemaNames } from "./schema-names";

const JSON_TYPE = "application/json";

const STATUS_WORDS: Readonly<Record<number, string>> = {
  200: "Done.",
  201: "Created.",
  202: "Accepted; the Location header tells where to follow it.",
  204: "Done; there is nothing to tell.",
};

/** An operation in OpenAPI's words; its schemas are added to `names`. */
export function describeOperation(operation: DescribedOperation, names: SchemaNames): ApiOperation {
  const { endpoint, operationId, tag, method } = operation;
  const { facts } = endpoint;
  const open = endpoint.access === "open";
  const body = facts.body && names.refer(facts.body, "input", `${capitalized(operationId)}Request`);
  return {
    operationId,
    summary: facts.summary ?? endpoint.action,
    tags: [tag],
    ...(open ? { security: [] } : { "x-howdah-role": endpoint.access }),
    parameters: parametersOf(operation),
    ...(body ? { requestBody: { required: true, content: { [JSON_TYPE]: { schema: body } } } } : {}),
    responses: {
      ...Object.fromEntries(facts.statuses.map((status) => [status, successOf(status, operation, names)])),
      ...(method === "get" ? { 304: { description: "Unchanged since the ETag in If-None-Match." } } : {}),
      default: {
        description: "An error; `code` stays the same for the same cause.",
        content: { [JSON_TYPE]: { schema: names.refer(errorBody, "output", "Error") } },
      },
    },
  };
}

function successOf(
  status: number,
  { endpoint, operationId }: DescribedOperation,
  names: SchemaNames,
): ApiResponse {
  const { output, files } = endpoint.facts;
  const description = STATUS_WORDS[status] ?? "Answered.";
  if (files) {
    const content = Object.fromEntries(
      files.map((type) => [type.split(";")[0] ?? type, { schema: {} as JsonSchema }]),
    );
    return { description, content };
  }
  if (!output || status === 204) return { description };
  const schema = names.refer(output, "output", `${capitalized(operationId)}Response`);
  return { description, content: { [JSON_TYPE]: { schema } } };
}

function parametersOf({ path, tag, endpoint }: DescribedOperation): ApiParameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path" as const,
    required: true,
    schema: { type: "string" },
  }));
  const version: ApiParameter = {
    name: "api-version",
    in: "query",
    required: true,
    description: "Version of the resource provider; an error names all there are.",
    schema: { type: "string", examples: [API_VERSION] },
  };
  return [
    ...inPath,
    ...(tag === "Azure Resource Manager" ? [version] : []),
    ...queryParameters(endpoint.facts.query),
  ];
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
});

function queryParameters(query: z.ZodType | undefined): ApiParameter[] {
  if (!query) return [];
  const schema = z.toJSONSchema(query, { io: "input", unrepresentable: "any" });
  const { properties, required } = objectSchema.parse(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: property,
  }));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
