import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { FilterPreviewAnswer, SourceObjects } from "@/lib/migrations/filter-preview";
import { connect } from "@/lib/postgres/connect";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { startTestStore, type TestStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

let app: ServedApp;
let testStore: TestStore;
let server: TestServer;
let token: string;

beforeAll(async () => {
  [testStore, server] = await Promise.all([startTestStore(), startTestServer(16)]);
  app = await serveApp();
  token = await createApiToken({ name: "operator", role: "operator" });
  await run(
    "create schema app",
    "create table app.orders (id integer primary key, at date)",
    "create table app.lines (order_id integer constraint lines_order references app.orders)",
    "create table app.parted (id integer) partition by range (id)",
    "create table app.parted_1 partition of app.parted for values from (0) to (10)",
    "create view app.recent as select * from app.orders",
    "insert into app.orders select n, now() from generate_series(1, 1000) n",
    "analyze",
  );
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await Promise.all([testStore, server].map((each) => each?.[Symbol.asyncDispose]()));
});

async function run(...statements: string[]): Promise<void> {
  const client = await session();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function session() {
  const { host, port, user, password } = server;
  return connect({ host, port, user, password, database: "postgres", sslMode: "Prefer" });
}

function ask(path: string, body: Record<string, unknown> = {}, bearer = token): Promise<Response> {
  const { host, port, user, password } = server;
  return fetch(`${app.baseUrl}/api/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: JSON.stringify({ host, port, user, password, sslMode: "Prefer", database: "postgres", ...body }),
  });
}

test("a database's tables come with sizes, rows and indexes, and the question is audited without the password", async () => {
  const answer = await ask("source-objects");
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  const { schemas } = JSON.parse(text) as SourceObjects;
  const relations = schemas.find(({ name }) => name === "app")?.relations ?? [];
  expect(relations).toMatchObject([
    { name: "lines", kind: "table", bytes: 0, indexes: [] },
    { name: "orders", kind: "table", rows: 1000, indexes: [{ name: "orders_pkey" }] },
    { name: "parted", kind: "partitioned-table" },
    { name: "parted_1", kind: "partition", parent: { schema: "app", name: "parted" } },
    { name: "recent", kind: "view", rows: null },
  ]);
  expect(relations[1]?.bytes).toBeGreaterThan(30_000);
  const [entry] = await store().auditEvent.findMany({ orderBy: { id: "desc" }, take: 1 });
  expect(entry).toMatchObject({
    action: "Howdah/sourceObjects/action",
    target: `${server.host}:${server.port}`,
    data: { database: "postgres" },
  });
  expect(JSON.stringify(entry, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toContain(
    server.password,
  );
});

test("a preview counts and names what follows", async () => {
  const filter = { exclude: { tables: ["app.orders", "*.nothing"] } };
  const preview = (await (await ask("filter-previews", { filter })).json()) as FilterPreviewAnswer;
  expect(preview).toMatchObject({
    tables: 4,
    tablesLeftOut: 1,
    views: 1,
    viewsLeftOut: 1,
    consequencesTotal: 2,
  });
  expect(preview.consequences.map(({ object }) => object).sort()).toEqual([
    "app.recent",
    "lines_order on app.lines",
  ]);
  expect(preview.unmatched).toEqual([{ list: "exclude.tables", pattern: "*.nothing" }]);
  expect(preview.bytesLeftOut).toBeGreaterThan(30_000);
});

test("a table that is locked is listed with an estimate instead of waited for", async () => {
  const holder = await session();
  try {
    await holder.query("begin; lock table app.orders in access exclusive mode");
    const answer = (await (await ask("source-objects")).json()) as SourceObjects;
    const orders = answer.schemas.flatMap(({ relations }) => relations).find(({ name }) => name === "orders");
    expect(orders?.bytes).toBeGreaterThan(30_000);
  } finally {
    await holder.end();
  }
});

test.each([
  [{ filter: { exclude: { tables: ["a.b.c"] } } }, 400, "InvalidParameterValue"],
  [{ host: "169.254.169.254", filter: {} }, 400, "ADDRESS_NOT_ALLOWED"],
  [{ password: "wrong", filter: {} }, 400, "PASSWORD_REJECTED"],
])("%j is refused with %i %s", async (body, status, code) => {
  const answer = await ask("filter-previews", body);
  const text = await answer.text();
  expect([answer.status, JSON.parse(text).error.code], text).toEqual([status, code]);
});

test("a viewer may not make this machine log in anywhere", async () => {
  const viewer = await createApiToken({ name: "viewer", role: "viewer" });
  for (const path of ["source-objects", "filter-previews"]) {
    expect((await ask(path, { filter: {} }, viewer)).status).toBe(403);
    expect((await ask(path, { filter: {} }, "nobody")).status).toBe(401);
  }
});
