import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { appendEvents } from "@/lib/store/events";
import { tablesOf } from "@/lib/store/read-log";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

const PASSWORDS = { source: "source-Secret-1", target: "target-Secret-2" };
/** More than two pages of the store. */
const EVENTS = 1_100;
let app: ServedApp;
let testStore: TestStore;
let token: string;
let id: string;

beforeAll(async () => {
  testStore = await startTestStore();
  app = await serveApp();
  token = await createApiToken({ name: "reader", role: "viewer" });
  id = await createSample();
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await testStore?.[Symbol.asyncDispose]();
});

async function createSample(): Promise<string> {
  const server = { host: "127.0.0.1", port: 1, user: "owner" };
  const migration = await createMigration({
    server: await registerServer(server),
    name: "logged",
    body: bodyOf(
      { ...server, password: PASSWORDS.source },
      { password: PASSWORDS.target },
      { dbsToMigrate: ["crm"] },
    ),
    actor: "ada",
  });
  const { id: databaseId } = await store().migrationDatabase.findFirstOrThrow({
    where: { migrationId: migration.id },
  });
  await appendEvents(
    store(),
    migration.id,
    Array.from({ length: EVENTS }, (_, n) => ({
      level: "debug" as const,
      kind: "index-completed" as const,
      message: `Index ${n} was built.`,
      database: "crm",
      object: `public.index_${n}`,
      data: { ms: n },
    })),
  );
  await appendEvents(store(), migration.id, [
    {
      level: "info",
      kind: "step-completed",
      message: "Rows took 3 s.",
      database: "crm",
      data: { step: "rows", ms: 3000 },
    },
    {
      level: "debug",
      kind: "index-completed",
      message: "Kept from the earlier run.",
      database: "crm",
      object: "public.index_7",
      data: { ms: 99_999, kept: true },
    },
    { level: "info", kind: "note", message: "two\nlines and \u001b[31mred" },
  ]);
  await store().migrationTable.createMany({
    data: ["big", "small", "third"].map((name, n) => ({
      databaseId,
      schema: "public",
      name,
      state: "completed",
      format: "binary",
      bytesCopied: BigInt(1_000_000 * (3 - n)),
      rowsCopied: BigInt(10 * (n + 1)),
      attempts: n + 1,
      startedAt: new Date("2026-11-21T14:00:00Z"),
      endedAt: new Date(`2026-11-21T14:00:0${2 + n}Z`),
      inserts: BigInt([5, 9, 1][n] ?? 0),
      updates: BigInt([1, 4, 2][n] ?? 0),
      deletes: BigInt([100, 0, 3][n] ?? 0),
    })),
  });
  await store().migrationProblem.create({
    data: {
      databaseId,
      severity: "error",
      kind: "constraint",
      object: "public.small_fk",
      code: "STATEMENT_FAILED",
      sqlState: "23503",
      message: "violates foreign key",
      remedy: "Mend the rows.",
      statement: "alter table small\nadd foreign key (a) references big",
    },
  });
  return migration.id;
}

const get = (path: string, bearer = token) =>
  fetch(app.baseUrl + path, { headers: { authorization: `Bearer ${bearer}` } });

interface Line {
  type: string;
  [name: string]: unknown;
}

test("JSON lines hold every event once, oldest first, and everything else after its kind", async () => {
  const response = await get(`/api/migrations/${id}/log?format=jsonl`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="logged-log.jsonl"');
  const body = await response.text();
  const lines = body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  expect([...new Set(lines.map(({ type }) => type))]).toEqual([
    "migration",
    "event",
    "problem",
    "table",
    "database",
    "end",
  ]);
  const built = lines.filter(({ message }) => /^Index/.test(String(message)));
  expect(built.map(({ object }) => object)).toEqual(
    Array.from({ length: EVENTS }, (_, n) => `public.index_${n}`),
  );
  expect(lines[0]).toMatchObject({ format: 1, name: "logged", createdBy: "ada", databases: ["crm"] });
  expect(lines.find(({ type }) => type === "problem")).toMatchObject({
    sqlState: "23503",
    statement: expect.stringContaining("foreign key"),
  });
  expect(lines.find(({ type, name }) => type === "table" && name === "big")).toMatchObject({
    bytesCopied: 3_000_000,
    rowsCopied: 10,
    ms: 2000,
    attempts: 1,
  });
  for (const password of Object.values(PASSWORDS)) expect(body).not.toContain(password);
});

test("the text says the same to people and cannot steer their terminal", async () => {
  const response = await get(`/api/migrations/${id}/log`);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.get("content-disposition")).toContain("logged-log.txt");
  const body = await response.text();
  expect(body).toMatch(/^Migration logged \(/);
  expect(body).toContain("two\n    lines and \uFFFD[31mred");
  expect(body).toContain("[STATEMENT_FAILED, SQLSTATE 23503]");
  expect(body).toContain("    | add foreign key (a) references big");
  expect(body).toMatch(
    /table {5}crm {2}public\.big {2}completed, 10 rows, 3\.0 MB, 2 s, 1\.5 MB\/s, binary, 5 inserts, 1 updates, 100 deletes\n/,
  );
  expect(body).not.toContain("\u001b");
  for (const password of Object.values(PASSWORDS)) expect(body).not.toContain(password);
});

test("the log is for those who are signed in, of migrations there are, in forms there are", async () => {
  expect((await get(`/api/migrations/${id}/log`, "hat_wrong")).status).toBe(401);
  expect((await get(`/api/migrations/00000000-0000-4000-8000-000000000000/log`)).status).toBe(404);
  expect((await get(`/api/migrations/${id}/log?format=xml`)).status).toBe(400);
});

test("pages of the store join without gap or repetition", async () => {
  const names: string[] = [];
  for await (const table of tablesOf(id, 2)) names.push(table.name);
  expect(names).toEqual(["big", "small", "third"]);
});

test("timings name the slowest indexes and sum all of them", async () => {
  const timings = await (await get(`/api/migrations/${id}/timings`)).json();
  expect(timings).toMatchObject({
    steps: [{ database: "crm", step: "rows", ms: 3000 }],
    indexesTotal: EVENTS,
    indexesMs: (EVENTS * (EVENTS - 1)) / 2,
  });
  expect(timings.indexes[0]).toEqual({
    database: "crm",
    object: `public.index_${EVENTS - 1}`,
    ms: EVENTS - 1,
  });
});

test("tables are sorted by any figure, whole list first", async () => {
  const order = async (sort: string) => {
    const page = await (await get(`/api/migrations/${id}/tables?sort=${sort}`)).json();
    return page.tables.map(({ name }: { name: string }) => name);
  };
  expect(await order("bytes")).toEqual(["third", "small", "big"]);
  expect(await order("-bytes")).toEqual(["big", "small", "third"]);
  expect(await order("-duration")).toEqual(["third", "small", "big"]);
  expect(await order("-rate")).toEqual(["big", "small", "third"]);
  expect(await order("-rowRate")).toEqual(["third", "small", "big"]);
  expect(await order("name")).toEqual(["big", "small", "third"]);
  expect(await order("-changes")).toEqual(["big", "small", "third"]);
  expect(await order("changes")).toEqual(["third", "small", "big"]);
  expect(await order("-inserts")).toEqual(["small", "big", "third"]);
  expect(await order("-updates")).toEqual(["small", "third", "big"]);
  expect(await order("-deletes")).toEqual(["big", "third", "small"]);
  expect((await get(`/api/migrations/${id}/tables?sort=secret`)).status).toBe(400);
});
