import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { StandInArm } from "@/lib/azure/testing/stand-in-arm";
import { API_METHODS, type ApiOperation } from "@/lib/migrations/api-description";
import { buildDescription } from "@/lib/server/openapi/build-description";
import { ArmApp } from "@/lib/server/testing/arm-app";
import { valuesOf } from "@/lib/server/testing/random-values";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

/** Every operation of the description, with bodies and queries made of its own schemas: never a 500, and always an answer as described. */
const app = ArmApp.forFile();
const description = JSON.parse(JSON.stringify(buildDescription())) as ReturnType<typeof buildDescription>;
const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  API_METHODS.flatMap((method) => {
    const operation = item[method];
    return operation ? [[`${method.toUpperCase()} ${path}`, method, path, operation] as const] : [];
  }),
);
// What is removed is there for the others until then.
operations.sort(([, a], [, b]) => Number(a === "delete") - Number(b === "delete"));

const folder = mkdtempSync(join(tmpdir(), "howdah-random-"));
let arm: StandInArm;
let token: string;
/** What names in paths stand for: things there are, and things there are not. */
const names: Record<string, string[]> = {
  subscriptionId: ["00000000-0000-0000-0000-000000000000"],
  resourceGroup: ["local", "LOCAL"],
  serverName: ["crm-target", "none"],
  migrationName: ["there", "random"],
  deploymentName: ["random", "a b"],
  file: ["repair.sql", "rows.csv", "report.json", "none"],
};

beforeAll(async () => {
  vi.stubEnv("HOWDAH_ARM_CALLS_FACTOR", "1000");
  arm = await StandInArm.start();
  writeFileSync(join(folder, "ca.pem"), arm.ca);
  vi.stubEnv("HOWDAH_AZURE_ENDPOINT", arm.endpoint);
  vi.stubEnv("AZURE_AUTHORITY_HOST", arm.endpoint);
  vi.stubEnv("HOWDAH_AZURE_CA_FILE", join(folder, "ca.pem"));
  token = await createApiToken({ name: "random", role: "admin" });
  const created = await app.create("there");
  const { migrationId } = created.body["properties"] as { migrationId: string };
  const { id } = await store().verification.create({
    data: { migrationId, kind: "on-demand", requestedBy: "tester", state: "different" },
  });
  const item = await store().verificationItem.create({
    data: {
      verificationId: id,
      database: "crm",
      kind: "table",
      schema: "public",
      name: "t",
      state: "different",
    },
  });
  Object.assign(names, { id: [migrationId, "none"], verification: [id], verificationId: [id, "x"] });
  Object.assign(names, { item: [String(item.id), "99999999999999999999"] });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await arm?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function requestsOf(path: string, { parameters = [], requestBody }: ApiOperation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const inQuery = parameters.filter((one) => one.in === "query" && one.name !== "api-version");
  const schema = requestBody?.content["application/json"]?.schema;
  return fc.record({
    named: fc.record(
      Object.fromEntries(inPath.map((name) => [name, fc.constantFrom(...(names[name] ?? ["x"]))])),
    ),
    query: fc.record(
      Object.fromEntries(inQuery.map((one) => [one.name, valuesOf(one.schema, description)])),
      { requiredKeys: [] },
    ),
    body: schema ? valuesOf(schema, description) : fc.constant(undefined),
  });
}

test.each(operations)("%s", async (_, method, path, operation) => {
  await fc.assert(
    fc.asyncProperty(requestsOf(path, operation), async ({ named, query, body }) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name) => encodeURIComponent(named[name] ?? ""));
      const pairs = Object.entries(query).map(([name, value]) => [name, textOf(value)]);
      const version = path.startsWith("/subscriptions") ? [["api-version", versionOf(path)]] : [];
      const asked = new URLSearchParams([...version, ...pairs] as string[][]);
      const response = await fetch(`${app.baseUrl}${filled}?${asked}`, {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      // What Azure itself refuses is passed on as such.
      const isAzures = /"code":"AZURE_/.test(text) && [502, 503].includes(response.status);
      expect(response.status < 500 || isAzures, `${response.status} ${text}`).toBe(true);
    }),
    { numRuns: 5 },
  );
});

/** An object may have a toString of its own that is none. */
function textOf(value: unknown): string {
  return (typeof value === "object" ? JSON.stringify(value) : String(value)).toWellFormed();
}

function versionOf(path: string): string {
  return path.includes("/Microsoft.DBforPostgreSQL/") ? "2025-08-01" : "2025-04-01";
}
