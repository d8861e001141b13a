import {
  migrationResource,
  resourceGroupResource,
  serverResource,
  subscriptionResource,
} from "@/lib/arm/resource-schemas";
import type { ApiDescription } from "@/lib/migrations/api-description";
import { API_VERSION } from "@/lib/migrations/resource-paths";
import { verificationResource } from "../verification-schemas";
import { armOperations } from "./arm-operations";
import { describeOperation } from "./describe-operation";
import type { DescribedOperation } from "./described-operation";
import { errorBody, errorDetail } from "./error-schema";
import { ownOperations } from "./own-operations";
import { SchemaNames } from "./schema-names";

/** Resources that several operations answer with, by the names Azure gives them. */
const RESOURCES = {
  Migration: migrationResource,
  Server: serverResource,
  Subscription: subscriptionResource,
  ResourceGroup: resourceGroupResource,
  Verification: verificationResource,
  Error: errorBody,
  ErrorDetail: errorDetail,
};

/** All operations there are, Azure's first. */
export function allOperations(): DescribedOperation[] {
  return [...armOperations(), ...ownOperations()];
}

/** The OpenAPI description of every route, made of the schemas that check what comes in and goes out. */
export function buildDescription(): ApiDescription {
  const names = new SchemaNames();
  for (const [name, schema] of Object.entries(RESOURCES)) names.refer(schema, "output", name);
  const paths: ApiDescription["paths"] = {};
  for (const operation of allOperations()) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: describeOperation(operation, names),
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Howdah",
      version: API_VERSION,
      summary: "Moves PostgreSQL databases.",
      description: DESCRIPTION,
    },
    tags: [
      {
        name: "Azure Resource Manager",
        description: `The contract of Microsoft.DBforPostgreSQL/flexibleServers/migrations, with Howdah's additions under "howdah". Fixed words of a path and names of properties are compared without regard to case.`,
      },
      { name: "Howdah", description: "What the dashboard's own pages read." },
    ],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: names.toSchemas(),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "As `howdah token create` prints one." },
        session: { type: "apiKey", in: "cookie", name: "howdah_session" },
      },
    },
  };
}

const DESCRIPTION =
  "Programs send a bearer token, browsers their session. Answers carry x-ms-request-id and x-ms-correlation-request-id; reads carry an ETag for If-None-Match, and changes take If-Match.";
