import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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

const CHECKPOINTS = "20261123200000_checkpoint_table";

it("a migration that was under way before checkpoints had a table of their own goes on from its own", async () => {
  await client.query("create database earlier");
  const url = urlOf(server, "earlier");
  const earlier = mkdtempSync(join(tmpdir(), "howdah-migrations-"));
  try {
    cpSync(REAL, earlier, { recursive: true });
    for (const name of readdirSync(earlier))
      if (name >= CHECKPOINTS && name !== "migration_lock.toml")
        rmSync(join(earlier, name), { recursive: true });
    await applyStoreMigrations(url, earlier);
  } finally {
    rmSync(earlier, { recursive: true, force: true });
  }
  const old = new pg.Client({ connectionString: url });
  await old.connect();
  try {
    const [id, head, start] = [randomUUID(), { schemaHash: "a.b" }, { tables: [{ name: "t" }] }];
    await old.query(
      `insert into server (id, subscription_id, resource_group, key, name, host, administrator_login, updated_at)
       values ($1, 's', 'g', 's/g/n', 'n', 'h', 'a', now())`,
      [id],
    );
    await old.query(
      `insert into migration (id, server_id, name, name_key, mode, option, source_type, ssl_mode, properties, source_user, target_user,
                              state, substate, last_active_substate, created_by)
       values ($1, $1, 'm', 'm', 'Online', 'Migrate', 'OnPremises', 'Prefer', '{}', 'u', 'u', 'InProgress', 'MigratingData', 'MigratingData', 'a')`,
      [id],
    );
    await old.query(
      `insert into migration_database (id, migration_id, name, position, checkpoint, follow_start)
       values ($1, $1, 'followed', 0, $2, $3), (gen_random_uuid(), $1, 'new', 1, null, null)`,
      [id, head, start],
    );
    await applyStoreMigrations(url);
    const { rows } = await old.query("select database_id, head, follow_start from migration_checkpoint");
    expect(rows).toEqual([{ database_id: id, head, follow_start: start }]);
  } finally {
    await old.end();
  }
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
