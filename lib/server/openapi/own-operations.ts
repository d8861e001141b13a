import type { ApiMethod } from "@/lib/migrations/api-description";
import type { Endpoint } from "../endpoint";
import { readApiDescription } from "../endpoints/api-description";
import { listAuditEvents } from "../endpoints/audit-events";
import {
  getAzureAccount,
  getAzureServer,
  getAzureServers,
  getAzureSubscriptions,
  putAzureAccount,
  removeAzureAccount,
} from "../endpoints/azure";
import { getAzureAllowances, setAzureAllowances } from "../endpoints/azure-allowances";
import { runConnectionTest } from "../endpoints/connection-tests";
import { readHealth } from "../endpoints/health";
import { downloadLog } from "../endpoints/migration-log";
import { getMigration, getTimings, listEvents, listMigrations, listTables } from "../endpoints/migrations";
import { listServers } from "../endpoints/servers";
import { readSession, signIn, signOut } from "../endpoints/session";
import { listSourceObjects, previewSourceFilter } from "../endpoints/source-objects";
import { downloadVerification } from "../endpoints/verification-downloads";
import {
  listItems,
  listMigrationVerifications,
  listRows,
  readSchema,
  readVerification,
} from "../endpoints/verifications";
import { type DescribedOperation, operationIdOf } from "./described-operation";

const MIGRATION = "/api/migrations/{id}";
const VERIFICATION = `${MIGRATION}/verifications/{verification}`;
const ITEM = `${VERIFICATION}/items/{item}`;

/** The routes below /api, as the files below app/api serve them; a test compares the two. */
const ROUTES: readonly [path: string, operations: Partial<Record<ApiMethod, Endpoint>>][] = [
  ["/api/session", { get: readSession, post: signIn, delete: signOut }],
  ["/api/health", { get: readHealth }],
  ["/api/openapi.json", { get: readApiDescription }],
  ["/api/servers", { get: listServers }],
  ["/api/migrations", { get: listMigrations }],
  [MIGRATION, { get: getMigration }],
  [`${MIGRATION}/tables`, { get: listTables }],
  [`${MIGRATION}/events`, { get: listEvents }],
  [`${MIGRATION}/timings`, { get: getTimings }],
  [`${MIGRATION}/log`, { get: downloadLog }],
  [`${MIGRATION}/verifications`, { get: listMigrationVerifications }],
  [VERIFICATION, { get: readVerification }],
  [`${VERIFICATION}/export/{file}`, { get: downloadVerification }],
  [`${VERIFICATION}/items`, { get: listItems }],
  [`${ITEM}/rows`, { get: listRows }],
  [`${ITEM}/schema`, { get: readSchema }],
  ["/api/connection-tests", { post: runConnectionTest }],
  ["/api/source-objects", { post: listSourceObjects }],
  ["/api/filter-previews", { post: previewSourceFilter }],
  ["/api/azure/account", { get: getAzureAccount, put: putAzureAccount, delete: removeAzureAccount }],
  ["/api/azure/subscriptions", { get: getAzureSubscriptions }],
  ["/api/azure/servers", { get: getAzureServers }],
  ["/api/azure/server", { get: getAzureServer }],
  ["/api/azure/server/allowances", { get: getAzureAllowances, post: setAzureAllowances }],
  ["/api/audit-events", { get: listAuditEvents }],
];

/** Howdah's own operations, as the pages use them. */
export function ownOperations(): DescribedOperation[] {
  return ROUTES.flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, endpoint]) => ({
      path,
      method: method as ApiMethod,
      operationId: operationIdOf(method as ApiMethod, wordsOf(path)),
      tag: "Howdah" as const,
      endpoint,
    })),
  );
}

/** "/api/migrations/{id}/verifications/{verification}" is "api", "migrations", "verifications", "by-name". */
function wordsOf(path: string): string[] {
  const fixed = path.split("/").filter((segment) => !segment.startsWith("{"));
  return path.endsWith("}") ? [...fixed, "by-name"] : fixed;
}
