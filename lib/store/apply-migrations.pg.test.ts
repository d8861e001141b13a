import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { applyStoreMigrations } from "./apply-migrations";
import { urlOf } from "./testing/test-store";

const REAL = join(import.meta.dirname, "..", "..", "prisma", "migrations");
let server: TestServer;
let client: pg.Client;
let folder: string;

beforeAll(async () => {
  server = await startTestServer(18);
  client = new pg.Client({ connectionString: urlOf(server, "postgres") });
  await client.connect();
  folder = mkdtempSync(join(tmpdir(), "howdah-migrations-"));
  cpSync(REAL, folder, { recursive: true });
});

afterAll(async () => {
  await client?.end();
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function history(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select migration_name as name from _prisma_migrations where finished_at is not null order by 1",
  );
  return rows.map((row) => row.name);
}

it("brings an empty store up once, though three processes ask at the same time", async () => {
  const url = urlOf(server, "postgres");
  await Promise.all([1, 2, 3].map(() => applyStoreMigrations(url, folder)));
  const applied = await history();
  expect(applied.length).toBeGreaterThan(0);
  expect(new Set(applied).size).toBe(applied.length);
  const { rows } = await client.query(
    "select to_regclass('migration') as migrations, to_regclass('pgboss.job') as jobs",
  );
  expect(rows[0]).toEqual({ migrations: "migration", jobs: "pgboss.job" });
});

it("leaves nothing of a migration that fails halfway", async () => {
  const broken = join(folder, "29990101000000_broken");
  mkdirSync(broken);
  writeFileSync(join(broken, "migration.sql"), "create table half_done (); select no_such_function();");
  await expect(applyStoreMigrations(urlOf(server, "postgres"), folder)).rejects.toThrow(
    /29990101000000_broken/,
  );
  const { rows } = await client.query("select to_regclass('half_done') as made");
  expect(rows[0].made).toBeNull();
  expect(await history()).not.toContain("29990101000000_broken");
  rmSync(broken, { recursive: true });
});

it("refuses a migration that was edited after it had been applied", async () => {
  const [first = ""] = await history();
  writeFileSync(join(folder, first, "migration.sql"), "-- edited");
  await expect(applyStoreMigrations(urlOf(server, "postgres"), folder)).rejects.toThrow(/was edited/);
});
