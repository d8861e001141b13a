import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { migrationResourceId, serverResourceId } from "@/lib/migrations/resource-paths";
import type {
  VerificationItemPage,
  VerificationItemView,
  VerificationRowPage,
  VerificationSchema,
} from "@/lib/migrations/verification";
import { connect } from "@/lib/postgres/connect";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import {
  bodyOf,
  dumpStore,
  registerServer,
  startTestStore,
  type TestStore,
} from "@/lib/store/testing/test-store";
import { startWorker, type Worker } from "@/lib/worker/start-worker";

vi.mock("server-only", () => ({}));

const VERSION = "api-version=2025-08-01";

let app: ServedApp;
let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let worker: Worker;
let migrationId: string;
/** ARM id of the migration. */
let resource: string;
const tokens: Record<string, string> = {};

/** The source as it is and the target as differs from it: a parent and its child, a key that swaps, words that are hard to quote. */
const SHOP = [
  "create table customer (id int primary key, name text not null, note text)",
  `create table orders (id int primary key, customer_id int not null references customer, at timestamptz not null, price numeric(8,2))`,
  `create table "Odd ""table; --" (a int, b text)`,
  "create table secret (id int primary key)",
  "insert into customer select n, 'Name ' || n, null from generate_series(1, 300) n",
  "insert into orders select n, 1 + n % 300, timestamptz '2026-01-01 00:00+00' + n * interval '1 hour', n from generate_series(1, 900) n",
  `insert into "Odd ""table; --" values (1, E'it''s \\\\ "q"'), (1, E'it''s \\\\ "q"'), (2, null)`,
];
const DIFFERENCES = [
  "delete from orders where id = 17 or customer_id = 7",
  "delete from customer where id = 7",
  "insert into customer values (9001, 'extra', null)",
  "insert into orders values (9001, 9001, now(), 1)",
  "update customer set name = E'changed ''x'' \\\\ y' where id = 3",
  `delete from "Odd ""table; --" where ctid in (select ctid from "Odd ""table; --" where a = 1 limit 1)`,
  "create index orders_at on orders (at)",
];

beforeAll(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(16),
    startTestServer(17),
  ]);
  app = await serveApp();
  for (const role of ["viewer", "operator"] as const) {
    tokens[role] = await createApiToken({ name: role, role });
  }
  for (const server of [source, target]) {
    await run(server, "postgres", ["create database shop"]);
    await run(server, "shop", SHOP);
    await run(server, "shop", [
      "create role reader login password 'r3ader'",
      "grant pg_read_all_data to reader",
    ]);
  }
  const server = await registerServer(target);
  const body = bodyOf(source, target, { dbsToMigrate: ["shop"], migrationOption: "Migrate" });
  migrationId = (await createMigration({ server, name: "moved", body, actor: "test" })).id;
  await store().migration.update({
    where: { id: migrationId },
    data: { state: "Succeeded", substate: "Completed", endedAt: new Date() },
  });
  await store().migrationSecret.deleteMany();
  resource = migrationResourceId(serverResourceId({ ...server, serverName: server.name }), "moved");
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
});

afterAll(async () => {
  await worker?.stop();
  await app?.[Symbol.asyncDispose]();
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function run(
  on: TestServer,
  database: string,
  statements: readonly string[],
  user = {},
): Promise<void> {
  const client = await connect({ ...on, ...user, database, sslMode: "Prefer" });
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function send(method: string, path: string, body?: unknown, role = "operator"): Promise<Response> {
  return await fetch(app.baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function read<T>(path: string): Promise<T> {
  const response = await send(
    "GET",
    `/api/migrations/${migrationId}/verifications/${path}`,
    undefined,
    "viewer",
  );
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

function passwords(more: object = {}) {
  return {
    secretParameters: {
      adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
      ...more,
    },
  };
}

interface Operation {
  name: string;
  status: string;
  error?: { code: string };
  properties: { state: string };
}

/** Starts a verification and follows it as an ARM client does. */
async function verify(body: object = passwords()): Promise<Operation> {
  const started = await send("POST", `${resource}/verify?${VERSION}`, body);
  expect(started.status, await started.clone().text()).toBe(202);
  const address = started.headers.get("azure-asyncoperation") ?? "";
  expect(started.headers.get("location")).toBe(address);
  let operation = (await started.json()) as Operation;
  await expect
    .poll(
      async () => {
        const answer = await fetch(address, { headers: { authorization: `Bearer ${tokens["viewer"]}` } });
        operation = (await answer.json()) as Operation;
        return operation.status;
      },
      { timeout: 30_000, interval: 100 },
    )
    .not.toBe("InProgress");
  return operation;
}

const byName = (page: VerificationItemPage, name: string): VerificationItemView | undefined =>
  page.items.find((item) => item.name === name);

describe("a verification", () => {
  test("is refused without passwords, to viewers, of other databases and with patterns that are none", async () => {
    const post = (body: object, role?: string) => send("POST", `${resource}/verify?${VERSION}`, body, role);
    const missing = await post({});
    expect([missing.status, await missing.json()]).toMatchObject([
      400,
      { error: { target: "secretParameters.adminCredentials.sourceServerPassword" } },
    ]);
    expect((await post(passwords(), "viewer")).status).toBe(403);
    expect((await post({ ...passwords(), databases: ["other"] })).status).toBe(400);
    expect((await post({ ...passwords(), onlyTables: ["a.b.c"] })).status).toBe(400);
    expect(await store().verification.count()).toBe(0);
  });

  test("of equal sides succeeds, with a login that may only read", async () => {
    const reader = { sourceServerPassword: "r3ader", targetServerPassword: "r3ader" };
    const login = { sourceServerUsername: "reader", targetServerUsername: "reader" };
    const { status, properties } = await verify({
      secretParameters: { adminCredentials: reader, ...login },
      onlyTables: ["public.customer", "orders"],
      throttle: { megabytesPerSecond: 500, connections: 1 },
    });
    expect([status, properties]).toMatchObject([
      "Succeeded",
      { state: "equal", throttle: { connections: 1 } },
    ]);
    const audited = await store().auditEvent.findFirst({ where: { action: { endsWith: "verify/action" } } });
    expect(audited).not.toBeNull();
    expect(await dumpStore()).not.toContain("r3ader");
  });
});

describe("differences", () => {
  let id: string;
  let page: VerificationItemPage;

  test("are told from equality", async () => {
    await run(target, "shop", DIFFERENCES);
    const operation = await verify();
    expect([operation.status, operation.error?.code]).toEqual(["Failed", "VERIFICATION_FAILED"]);
    id = operation.name;
    page = await read<VerificationItemPage>(`${id}/items`);
  });

  test("come first, with counts and checksums", async () => {
    expect(page.items[0]?.state).toBe("different");
    expect(byName(page, "customer")).toMatchObject({
      sourceRows: "300",
      targetRows: "300",
      state: "different",
    });
    expect(byName(page, "secret")).toMatchObject({ state: "equal" });
    expect(byName(page, "customer")?.sourceChecksum).not.toBe(byName(page, "customer")?.targetChecksum);
    const found = await read<VerificationItemPage>(`${id}/items?search=ORD&state=different&kind=table`);
    expect(found.items.map(({ name }) => name)).toEqual(["orders"]);
    expect((await read<VerificationItemPage>(`${id}/items?database=none`)).total).toBe(0);
  });

  test("are shown row by row, and the schema line by line", async () => {
    const rows = await read<VerificationRowPage>(`${id}/items/${byName(page, "customer")?.id}/rows?limit=2`);
    expect([rows.total, rows.rows.length]).toEqual([3, 2]);
    const all = await read<VerificationRowPage>(`${id}/items/${byName(page, "customer")?.id}/rows`);
    expect(all.rows).toContainEqual(
      expect.objectContaining({
        kind: "changed",
        key: { id: "3" },
        source: expect.objectContaining({ name: "Name 3", note: null }),
        target: expect.objectContaining({ name: "changed 'x' \\ y" }),
      }),
    );
    expect(all.rows.map(({ kind }) => kind).sort()).toEqual(["changed", "extra", "missing"]);
    const schema = page.items.find(({ kind }) => kind === "schema");
    expect(schema).toMatchObject({ state: "different", hasLines: true });
    const { lines } = await read<VerificationSchema>(`${id}/items/${schema?.id}/schema`);
    expect(
      lines
        .filter(({ kind }) => kind === "added")
        .map(({ text }) => text)
        .join("\n"),
    ).toContain("orders_at");
  });

  test("can be taken along as JSON and CSV", async () => {
    const file = (name: string) =>
      send("GET", `/api/migrations/${migrationId}/verifications/${id}/export/${name}`, undefined, "viewer");
    const report = await file("report.json");
    expect(report.headers.get("content-disposition")).toBe(
      'attachment; filename="moved-verification-report.json"',
    );
    const { items } = (await report.json()) as { items: { name: string; rows?: unknown[] }[] };
    expect(items.find(({ name }) => name === "customer")?.rows).toHaveLength(3);
    const csv = await (await file(`rows.csv?item=${byName(page, "customer")?.id}`)).text();
    expect(csv.trim().split("\r\n")).toHaveLength(4);
    expect((await file("passwords.txt")).status).toBe(404);
    const [viewer, stranger] = await Promise.all([
      file("repair.sql"),
      fetch(`${app.baseUrl}/api/migrations/${migrationId}/verifications/${id}/export/repair.sql`),
    ]);
    expect([viewer.status, stranger.status]).toEqual([200, 401]);
  });

  test("are repaired by the script, also where foreign keys cannot be put aside", async () => {
    const path = `/api/migrations/${migrationId}/verifications/${id}/export/repair.sql`;
    const script = await (await send("GET", path, undefined, "viewer")).text();
    expect(script).toContain("Run it on the TARGET server");
    await run(target, "postgres", ["create role plain login password 'pl4in'"]);
    await run(target, "shop", [
      "grant select, insert, update, delete on all tables in schema public to plain",
      "drop index orders_at",
    ]);
    await run(target, "shop", [script], { user: "plain", password: "pl4in" });
    const operation = await verify({ ...passwords(), onlyTables: ["public.*"] });
    expect(operation.properties.state).toBe("equal");
  });
});

test("a table that cannot be read makes it incomplete, never a pass", async () => {
  for (const server of [source, target]) {
    await run(server, "shop", [
      "create role limited login password 'l1mited'",
      "grant select on customer, orders to limited",
    ]);
  }
  const limited = { sourceServerPassword: "l1mited", targetServerPassword: "l1mited" };
  const login = { sourceServerUsername: "limited", targetServerUsername: "limited" };
  const operation = await verify({
    secretParameters: { adminCredentials: limited, ...login },
    onlyTables: ["customer", "secret"],
  });
  expect([operation.status, operation.properties.state]).toEqual(["Failed", "incomplete"]);
  const { items } = await read<VerificationItemPage>(`${operation.name}/items`);
  expect(items.map(({ name, state }) => [name, state])).toEqual([
    ["secret", "unchecked"],
    ["customer", "equal"],
  ]);
  expect(items[0]?.message).toMatch(/permission|privilege|select/i);
});

test("goes with its migration", async () => {
  expect(await store().verification.count()).toBeGreaterThan(2);
  const removed = await send("DELETE", `${resource}?removeRecord=true&${VERSION}`);
  expect(removed.status).toBe(200);
  expect(await store().verification.count()).toBe(0);
  expect(await store().verificationRow.count()).toBe(0);
});
