import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ArmApp, GROUP, migrationPath, SERVERS, VERSION } from "@/lib/server/testing/arm-app";

vi.mock("server-only", () => ({}));

/** Whatever is sent: never a 5xx, and always an answer as the description has it, which the served app sees to. */
const app = ArmApp.forFile();
const { send, create, migrationBody, serverBody } = app;

beforeAll(async () => {
  vi.stubEnv("HOWDAH_ARM_CALLS_FACTOR", "1000");
  await create("there");
});
afterAll(() => void vi.unstubAllEnvs());

const RUNS = { numRuns: 60 };

/** Requests as they come in, with and without a body. */
async function isAnswered(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await send(method, path, body);
  expect(
    answer.status,
    `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`,
  ).toBeLessThan(500);
}

const PLACES = [
  ["PUT", `${migrationPath("random")}?${VERSION}`],
  ["PATCH", `${migrationPath("there")}?${VERSION}`],
  ["PUT", `${SERVERS}/random-server?${VERSION}`],
  ["POST", `${SERVERS}/crm-target/checkMigrationNameAvailability?${VERSION}`],
  ["POST", `${migrationPath("there")}/verify?${VERSION}`],
  ["PUT", `${GROUP}/providers/Microsoft.Resources/deployments/random?${VERSION}`],
] as const;
const place = fc.constantFrom(...PLACES);

/** Any UTF-16, halves of pairs too. */
const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

/** A place within a JSON value: keys and indexes. */
const spot = fc.array(
  fc.oneof(
    fc.constantFrom(
      "properties",
      "tags",
      "location",
      "howdah",
      "databases",
      "include",
      "throttle",
      "secretParameters",
      "adminCredentials",
      "sourceServerPassword",
      "dbsToMigrate",
      "migrationMode",
      "sourceDbServerResourceId",
      "sourceDbServerFullyQualifiedDomainName",
      "migrationWindowStartTimeInUtc",
      "fullyQualifiedDomainName",
      "template",
      "parameters",
      "resources",
      "__proto__",
      "constructor",
      "0",
    ),
    fc.string({ maxLength: 8 }),
  ),
  { minLength: 1, maxLength: 4 },
);

/** `value` put into a copy of `json` at the place; what is in the way is replaced. */
function planted(json: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = Array.isArray(json) ? [...json] : json !== null && typeof json === "object" ? { ...json } : {};
  const before: unknown = Object.hasOwn(copy, key) ? (copy as Record<string, unknown>)[key] : undefined;
  Object.defineProperty(copy, key, {
    value: planted(before, rest, value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

test("any JSON as a body", async () => {
  await fc.assert(
    fc.asyncProperty(place, fc.jsonValue({ maxDepth: 4 }), ([method, path], body) =>
      isAnswered(method, path, JSON.stringify(body)),
    ),
    RUNS,
  );
});

test("a good body with something else in some place of it", async () => {
  const { administratorLoginPassword: _, ...properties } = serverBody().properties;
  const good = {
    [PLACES[0][1]]: migrationBody({ howdah: { jobs: 2, databases: [{ name: "crm" }] } }),
    [PLACES[1][1]]: { properties: { cancel: "False", howdah: { throttle: { connections: 2 } } } },
    [PLACES[2][1]]: { location: "local", properties },
    [PLACES[3][1]]: { name: "m", type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations" },
    [PLACES[4][1]]: { secretParameters: migrationBody().properties.secretParameters },
    [PLACES[5][1]]: { properties: { mode: "Incremental", template: { resources: [] }, parameters: {} } },
  };
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom("", "\0", "\ud800", "x".repeat(5000), -1, 1e308, "True", "2030-01-01T00:00:00Z", "a:1@b"),
  );
  await fc.assert(
    fc.asyncProperty(place, spot, value, ([method, path], where, planting) =>
      isAnswered(method, path, JSON.stringify(planted(good[path], where, planting))),
    ),
    { numRuns: 120 },
  );
});

test("any text as a body, and JSON cut off or nested without end", async () => {
  const whole = JSON.stringify(migrationBody());
  const text = fc.oneof(
    fc.string({ unit, maxLength: 200 }),
    fc.nat(whole.length).map((length) => whole.slice(0, length)),
    fc.nat(100_000).map((depth) => "[".repeat(depth) + "]".repeat(depth)),
    fc.nat(20_000).map((depth) => `${'{"properties":'.repeat(depth)}1${"}".repeat(depth)}`),
  );
  await fc.assert(
    fc.asyncProperty(place, text, ([method, path], body) => isAnswered(method, path, body)),
    RUNS,
  );
});

test("any path, method and query", async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      ...`${migrationPath("there")}/verifications`.slice(1).split("/"),
      "deployments",
      "operationStatuses",
      "Microsoft.Resources",
      "checkMigrationNameAvailability",
      "%00",
      "%E0%A4%A",
      "%2F",
    ),
    fc.string({ unit, maxLength: 10 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const prefix = fc.constantFrom(
    "/subscriptions",
    GROUP,
    `${GROUP}/providers`,
    SERVERS,
    `${SERVERS}/crm-target/migrations`,
    migrationPath("there"),
    "/api/migrations",
    "/api",
  );
  const query = fc.record({
    "api-version": fc.oneof(fc.constant("2025-08-01"), fc.string({ maxLength: 12 })),
    $top: fc.option(fc.oneof(fc.integer(), fc.string({ maxLength: 4 })), { nil: undefined }),
    $skipToken: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
    migrationListFilter: fc.option(fc.constantFrom("All", "Active", "none"), { nil: undefined }),
    removeRecord: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
    limit: fc.option(fc.integer(), { nil: undefined }),
    before: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
  });
  const method = fc.constantFrom("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS");
  await fc.assert(
    fc.asyncProperty(
      method,
      prefix,
      fc.array(segment, { maxLength: 4 }),
      query,
      (verb, start, rest, asked) => {
        const pairs = Object.entries(asked).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value).toWellFormed()]],
        );
        const path = [start, ...rest].join("/");
        const body = ["PUT", "POST", "PATCH"].includes(verb) ? {} : undefined;
        return isAnswered(verb, `${path}?${new URLSearchParams(pairs)}`, body);
      },
    ),
    { numRuns: 200 },
  );
});
