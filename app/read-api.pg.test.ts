import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ActivityPage, MigrationDetails, MigrationList, TablePage } from "@/lib/migrations/read-model";
import type { ServerList } from "@/lib/migrations/server-contract";
import type { ConnectionTestReport } from "@/lib/postgres/probes/report";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

let app: ServedApp;
let testStore: TestStore;
let server: TestServer;
let token: string;
let id: string;

beforeAll(async () => {
  [testStore, server] = await Promise.all([startTestStore(), startTestServer(16)]);
  app = await serveApp();
  token = await createApiToken({ name: "reader", role: "operator" });
  id = await createSample();
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await Promise.all([testStore, server].map((each) => each?.[Symbol.asyncDispose]()));
});

/** A migration half-way: two databases, four tables in four states, problems, samples, events. */
async function createSample(): Promise<string> {
  const migration = await createMigration({
    server: await registerServer({ ...server, port: 1 }),
    name: "sample",
    body: bodyOf(server, server, { dbsToMigrate: ["crm", 'odd"db'] }),
    actor: "ada",
  });
  const [crm] = await store().migrationDatabase.findMany({
    where: { migrationId: migration.id, name: "crm" },
  });
  if (!crm) throw new Error("the database was not stored");
  const table = (schema: string, name: string, state: string, bytesEstimated: bigint) => ({
    databaseId: crm.id,
    schema,
    name,
    state,
    bytesEstimated,
  });
  await store().migrationTable.createMany({
    data: [
      table("public", "done", "completed", 5n),
      table("public", "later", "queued", 9n),
      table("Odd.Schema", 'ta"ble', "errored", 1n),
      table("public", "moving", "loading", 2n),
      table("public", "huge", "queued", 2n ** 40n),
    ],
  });
  const problem = { databaseId: crm.id, kind: "table", code: "TABLE_UNREADABLE", remedy: "Grant." };
  await store().migrationProblem.createMany({
    data: [
      { ...problem, severity: "warning", object: "public.done", message: "a warning" },
      { ...problem, severity: "error", object: '"Odd.Schema"."ta""ble"', message: "permission denied" },
    ],
  });
  await store().migrationSample.createMany({
    data: Array.from({ length: 2000 }, (_, second) => ({
      migrationId: migration.id,
      at: new Date(1_790_000_000_000 + second * 1000),
      bytesCopied: BigInt(second),
      rowsCopied: 0n,
      activeJobs: 1,
    })),
  });
  await store().migrationDatabase.update({
    where: { id: crm.id },
    data: {
      state: "InProgress",
      bytesEstimated: 100n,
      bytesCopied: 40n,
      tablesCompleted: 1,
      tablesErrored: 1,
      tablesQueued: 2,
      tablesLoading: 1,
    },
  });
  return migration.id;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(app.baseUrl + path, { headers: { authorization: `Bearer ${token}`, ...headers } });

async function read<T>(path: string): Promise<T> {
  const response = await get(path);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

describe("what the pages read", () => {
  test("the list sums databases", async () => {
    const { migrations, workersOnline } = await read<MigrationList>("/api/migrations");
    expect(workersOnline).toBe(0);
    expect(migrations).toEqual([
      expect.objectContaining({
        id,
        name: "sample",
        sourceHost: server.host,
        sourcePort: server.port,
        databases: ["crm", 'odd"db'],
        bytesEstimated: 100,
        bytesCopied: 40,
        tablesTotal: 5,
        tablesCompleted: 1,
        tablesErrored: 1,
        resourceId: expect.stringMatching(/^\/subscriptions\/.*\/migrations\/sample$/),
      }),
    ]);
  });

  test("details carry problems with errors first, and samples thinned with the newest kept", async () => {
    const details = await read<MigrationDetails>(`/api/migrations/${id}`);
    expect(details.problemsTotal).toBe(2);
    expect(details.problems.map(({ severity, database }) => [severity, database])).toEqual([
      ["error", "crm"],
      ["warning", "crm"],
    ]);
    expect(details.samples.length).toBeGreaterThan(600);
    expect(details.samples.length).toBeLessThanOrEqual(720);
    expect(details.samples.at(-1)?.bytesCopied).toBe(1999);
    expect(details.samples.map(({ at }) => at)).toEqual(details.samples.map(({ at }) => at).sort());
    expect(details).toMatchObject({ createdBy: "ada", sourceUser: server.user, conflictingDatabases: [] });
    expect(JSON.stringify(details)).not.toContain(server.password);
  });

  test("databases in conflict are named only while they are asked about", async () => {
    const where = { migrationId: id, name: 'odd"db' };
    await store().migrationDatabase.updateMany({ where, data: { existsOnTarget: true } });
    expect((await read<MigrationDetails>(`/api/migrations/${id}`)).conflictingDatabases).toEqual([]);
    const { state, substate } = await store().migration.findUniqueOrThrow({ where: { id } });
    await store().migration.update({
      where: { id },
      data: { substate: "WaitingForTargetDBOverwriteConfirmation", state: "WaitingForUserAction" },
    });
    expect((await read<MigrationDetails>(`/api/migrations/${id}`)).conflictingDatabases).toEqual(['odd"db']);
    await store().migration.update({ where: { id }, data: { state, substate } });
  });

  test("tables: errored first with their error, then by size; filtered, searched, paged", async () => {
    const names = ({ tables }: TablePage) => tables.map(({ name }) => name);
    const all = await read<TablePage>(`/api/migrations/${id}/tables`);
    expect(names(all)).toEqual(['ta"ble', "moving", "huge", "later", "done"]);
    expect(all.tables[0]).toMatchObject({ schema: "Odd.Schema", error: "permission denied" });
    expect(all.tables[4]?.error).toBeNull();
    expect(all.tables[2]?.bytesEstimated).toBe(2 ** 40);
    const page = await read<TablePage>(`/api/migrations/${id}/tables?offset=1&limit=2`);
    expect([names(page), page.total, page.offset]).toEqual([["moving", "huge"], 5, 1]);
    expect(names(await read(`/api/migrations/${id}/tables?state=queued&database=crm`))).toEqual([
      "huge",
      "later",
    ]);
    expect(names(await read(`/api/migrations/${id}/tables?search=ODD.schema`))).toEqual(['ta"ble']);
    expect(
      names(await read(`/api/migrations/${id}/tables?search=${encodeURIComponent("%' or 1=1 --")}`)),
    ).toEqual([]);
    expect((await get(`/api/migrations/${id}/tables?state=lost`)).status).toBe(400);
    expect((await get(`/api/migrations/${id}/tables?limit=100000`)).status).toBe(400);
  });

  test("events page backwards", async () => {
    await store().migrationEvent.createMany({
      data: [1, 2, 3].map((n) => ({ migrationId: id, level: "info", kind: "note", message: `note ${n}` })),
    });
    const first = await read<ActivityPage>(`/api/migrations/${id}/events?limit=2`);
    expect(first.events.map(({ message }) => message)).toEqual(["note 3", "note 2"]);
    const rest = await read<ActivityPage>(`/api/migrations/${id}/events?before=${first.events[1]?.id}`);
    expect(rest.events.map(({ kind }) => kind)).toEqual(["note", "created"]);
    expect(rest.total).toBe(4);
    expect((await get(`/api/migrations/${id}/events?before=x`)).status).toBe(400);
  });

  test("servers count their migrations", async () => {
    const { servers } = await read<ServerList>("/api/servers");
    expect(servers).toEqual([expect.objectContaining({ migrationsTotal: 1, migrationsActive: 1, port: 1 })]);
  });

  test.each(["0199aaaa-0000-7000-8000-000000000000", "nonsense", "%27%3B--"])(
    "no migration %s",
    async (wrong) => {
      for (const path of [
        `/api/migrations/${wrong}`,
        `/api/migrations/${wrong}/tables`,
        `/api/migrations/${wrong}/events`,
      ]) {
        const response = await get(path);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ error: { code: "MIGRATION_NOT_FOUND" } });
      }
    },
  );
});

describe("polling", () => {
  const paths = () => ["/api/migrations", `/api/migrations/${id}`, `/api/migrations/${id}/tables`];

  test("what has not changed costs no body", async () => {
    for (const path of paths()) {
      const etag = (await get(path)).headers.get("etag") ?? "";
      expect(etag).toMatch(/^".+"$/);
      const again = await get(path, { "if-none-match": etag });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
  });

  test("what has changed is sent: a new version, a worker that comes online, a record that goes", async () => {
    const etags = new Map<string, string>();
    for (const path of paths()) etags.set(path, (await get(path)).headers.get("etag") ?? "");
    await store().migration.update({ where: { id }, data: { version: { increment: 1 } } });
    for (const path of paths()) {
      expect((await get(path, { "if-none-match": etags.get(path) ?? "" })).status, path).toBe(200);
    }
    const before = (await get("/api/migrations")).headers.get("etag") ?? "";
    await store().worker.create({ data: { name: "w", host: "h", pid: 1 } });
    expect((await get("/api/migrations", { "if-none-match": before })).status).toBe(200);
  });
});

describe("connection tests", () => {
  const probe = (body: Record<string, unknown>, bearer = token) =>
    fetch(`${app.baseUrl}/api/connection-tests`, {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify({
        side: "source",
        host: server.host,
        port: server.port,
        user: server.user,
        password: server.password,
        sslMode: "prefer",
        ...body,
      }),
    });

  test("a reachable server shows its inventory", async () => {
    const report = (await (await probe({})).json()) as ConnectionTestReport;
    expect(report).toMatchObject({ ok: true, inventory: { version: expect.stringMatching(/^16\./) } });
    expect(JSON.stringify(report)).not.toContain(server.password);
  });

  test("a wrong password is a report, not an error", async () => {
    const response = await probe({ password: "wrong" });
    const report = (await response.json()) as ConnectionTestReport;
    expect([response.status, report.ok]).toEqual([200, false]);
    expect(report.probes.find(({ name }) => name === "login")).toMatchObject({
      outcome: "failed",
      code: "PASSWORD_REJECTED",
    });
    const [entry] = await store().auditEvent.findMany({ orderBy: { id: "desc" }, take: 1 });
    expect(entry).toMatchObject({
      action: "Howdah/connectionTests/action",
      target: `${server.host}:${server.port}`,
      outcome: "succeeded",
      data: { ok: false, code: "PASSWORD_REJECTED", side: "source" },
    });
  });

  test.each([
    ["host", "169.254.169.254", "ADDRESS_NOT_ALLOWED"],
    ["host", "/var/run/postgresql", "InvalidParameterValue"],
    ["host", "user@db", "InvalidParameterValue"],
    ["port", 0, "InvalidParameterValue"],
    ["sslMode", "maybe", "InvalidParameterValue"],
  ])("%s %s is refused", async (key, value, code) => {
    const response = await probe({ [key]: value });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code, target: key } });
  });

  test("thirty in a minute, then a pause; others are not held up", async () => {
    const busy = await createApiToken({ name: "busy", role: "operator" });
    const statuses: number[] = [];
    for (let n = 0; n < 31; n++) statuses.push((await probe({ host: "169.254.169.254" }, busy)).status);
    expect(statuses).toEqual([...Array(30).fill(400), 429]);
    const refused = await probe({}, busy);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: "TooManyRequests" } });
    expect((await probe({})).status).toBe(200);
  });
});

// Last, since it takes the store away.
test("without its store Howdah says so, and does not hang", async () => {
  expect(await (await fetch(`${app.baseUrl}/api/health`)).json()).toEqual({ status: "ok" });
  await testStore.server.stop();
  const health = await fetch(`${app.baseUrl}/api/health`);
  expect([health.status, await health.json()]).toEqual([503, { status: "unavailable" }]);
  const list = await get("/api/migrations");
  expect([list.status, list.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await list.json()).toMatchObject({ error: { code: "StoreUnavailable" } });
});
