/** The description of the API in the form of https://spec.openapis.org/oas/v3.1.1.html, as far as Howdah uses it. */
export type JsonSchema = Record<string, unknown>;

export interface ApiParameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface ApiContent {
  [contentType: string]: { schema: JsonSchema };
}

export interface ApiResponse {
  description: string;
  content?: ApiContent;
}

export interface ApiOperation {
  operationId: string;
  summary: string;
  tags: string[];
  /** The least role that may call it; absent: anybody may. */
  "x-howdah-role"?: string;
  security?: Record<string, string[]>[];
  parameters?: ApiParameter[];
  requestBody?: { required: boolean; content: ApiContent };
  responses: Record<string, ApiResponse>;
}

export const API_METHODS = ["get", "put", "post", "patch", "delete"] as const;
export type ApiMethod = (typeof API_METHODS)[number];

export interface ApiDescription {
  openapi: "3.1.0";
  info: { title: string; version: string; summary: string; description: string };
  tags: { name: string; description: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Partial<Record<ApiMethod, ApiOperation>>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, JsonSchema>;
  };
}
