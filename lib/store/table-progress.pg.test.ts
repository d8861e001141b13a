import { afterAll, beforeAll, expect, it } from "vitest";
import { underLoad } from "@/lib/util/testing/under-load";
import { store } from "./client";
import { createMigration } from "./create-migration";
import { readCopyFigures } from "./read-timings";
import { stopLoading, type TableProgressRow, writePlan, writeTableProgress } from "./table-progress";
import { bodyOf, registerServer, startTestStore, type TestStore } from "./testing/test-store";

const SIDE = { host: "10.0.0.2", port: 5432, user: "admin", password: "secret" };

let testStore: TestStore;
let databaseId: string;

beforeAll(async () => {
  testStore = await startTestStore();
  const server = await registerServer(SIDE);
  const { id } = await createMigration({ server, name: "m", body: bodyOf(SIDE, SIDE), actor: "test" });
  const database = await store().migrationDatabase.findFirstOrThrow({ where: { migrationId: id } });
  databaseId = database.id;
});

afterAll(async () => {
  await testStore?.[Symbol.asyncDispose]();
});

function progress(name: string, change: Partial<TableProgressRow> = {}): TableProgressRow {
  return {
    databaseId,
    schema: "public",
    name,
    state: "loading",
    format: null,
    bytesCopied: 0,
    rowsCopied: 0,
    attempts: 1,
    startedAt: null,
    endedAt: null,
    ...change,
  };
}

it("writes names, nulls, big figures and times as they are", async () => {
  const name = 'a"b; drop {x,y} \\\\ "null" ü';
  await writePlan(store(), databaseId, [
    { schema: "public", name, bytesEstimated: 2 ** 53 - 1, rowsEstimated: -1 },
    { schema: "public", name: "other", bytesEstimated: 1.5, rowsEstimated: 3 },
  ]);
  const startedAt = new Date("2026-01-02T03:04:05.678Z");
  await writeTableProgress(store(), [
    progress(name, { format: "binary", bytesCopied: 2 ** 52, rowsCopied: 7, attempts: 2, startedAt }),
    progress("unknown"),
  ]);
  const rows = await store().migrationTable.findMany({ where: { databaseId }, orderBy: { id: "asc" } });
  expect(rows).toMatchObject([
    {
      name,
      state: "loading",
      format: "binary",
      bytesEstimated: 9007199254740991n,
      rowsEstimated: 0n,
      bytesCopied: 4503599627370496n,
      rowsCopied: 7n,
      attempts: 2,
      startedAt,
      endedAt: null,
    },
    { name: "other", state: "queued", bytesEstimated: 2n, format: null, startedAt: null },
  ]);
  await stopLoading(store(), [databaseId]);
  expect(await store().migrationTable.count({ where: { databaseId, state: "loading" } })).toBe(0);
});

it("takes back the rows of tables that are stopped in the middle, and no others", async () => {
  const planned = ["done", "half"].map((name) => ({
    ...{ schema: "public", name, bytesEstimated: 1000, rowsEstimated: 100 },
  }));
  await writePlan(store(), databaseId, planned);
  await writeTableProgress(store(), [
    progress("done", { state: "completed", rowsCopied: 90, bytesCopied: 900 }),
    progress("half", { rowsCopied: 50, bytesCopied: 450 }),
  ]);
  await store().migrationDatabase.update({ where: { id: databaseId }, data: { rowsCopied: 140 } });
  await stopLoading(store(), [databaseId]);
  const database = await store().migrationDatabase.findUniqueOrThrow({ where: { id: databaseId } });
  expect(database.rowsCopied).toBe(90n);
  const rows = await store().migrationTable.findMany({ where: { databaseId }, orderBy: { name: "asc" } });
  expect(rows).toMatchObject([
    { name: "done", state: "completed", rowsCopied: 90n },
    { name: "half", state: "queued", rowsCopied: 0n },
  ]);
});

it("counts as arrived what is through, and of tables under way the share of their rows", async () => {
  const names = ["done", "errored", "half", "more", "queued", "unknown"];
  const rowsEstimated = (name: string) => (name === "unknown" ? -1 : 100);
  await writePlan(
    store(),
    databaseId,
    names.map((name) => ({
      schema: "public",
      name,
      bytesEstimated: 1000,
      rowsEstimated: rowsEstimated(name),
    })),
  );
  await writeTableProgress(store(), [
    progress("done", { state: "completed", rowsCopied: 90, bytesCopied: 900 }),
    progress("errored", { state: "errored" }),
    progress("half", { rowsCopied: 50, bytesCopied: 450 }),
    progress("more", { rowsCopied: 300, bytesCopied: 2700 }),
    progress("unknown", { rowsCopied: 7, bytesCopied: 70 }),
  ]);
  const { migrationId } = await store().migrationDatabase.findUniqueOrThrow({ where: { id: databaseId } });
  const figures = (await readCopyFigures(migrationId)).get(databaseId);
  const ofAllButUnknown = BigInt(100 * (names.length - 1));
  expect(figures).toEqual({
    bytesPlanned: 6000n,
    rowsEstimated: ofAllButUnknown,
    arrivedRowsEstimated: 350n,
    arrivedBytesEstimated: 3490n,
    arrivedBytesCopied: 4050n,
  });
});

it("takes 20,000 tables at once, and a plan replaces the one before", async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `table_${index}`);
  const started = performance.now();
  await writePlan(
    store(),
    databaseId,
    names.map((name) => ({ schema: "public", name, bytesEstimated: 8192, rowsEstimated: 10 })),
  );
  await writeTableProgress(
    store(),
    names.map((name) => progress(name, { state: "completed", bytesCopied: 8000, rowsCopied: 10 })),
  );
  expect(performance.now() - started).toBeLessThan(underLoad(10_000));
  expect(await store().migrationTable.count({ where: { databaseId } })).toBe(20_000);
  expect(await store().migrationTable.count({ where: { databaseId, state: "completed" } })).toBe(20_000);
});
