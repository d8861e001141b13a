import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { installJobQueue } from "./job-queue";

/** The key Prisma itself locks while it migrates, so that its tools and this runner exclude each other. */
const PRISMA_LOCK = 72_707_369;

interface MigrationFile {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Brings the store at `databaseUrl` to this version's schema and installs the job queue; safe to run from several
 * processes at once and when there is nothing to do. Keeps Prisma's own table, so `prisma migrate` agrees with it.
 * `folder` defaults to prisma/migrations of this installation. Throws when an applied migration was edited since.
 */
export async function applyStoreMigrations(databaseUrl: string, folder = migrationsFolder()): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "howdah migrations" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [PRISMA_LOCK]);
    await createHistory(client);
    const applied = await readHistory(client);
    for (const file of readFiles(folder)) {
      const checksum = applied.get(file.name);
      if (checksum === undefined) await apply(client, file);
      else if (checksum !== file.checksum) {
        throw new Error(
          `Store migration ${file.name} was edited after it had been applied; write a new one.`,
        );
      }
    }
  } finally {
    await client.end();
  }
  await installJobQueue(databaseUrl);
}

/** The sources, a bundle in dist/ and a test all lie somewhere below the installation's root. */
function migrationsFolder(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "prisma", "migrations");
    if (existsSync(join(candidate, "migration_lock.toml"))) return candidate;
  }
  throw new Error("prisma/migrations was not found above the program; the installation is incomplete.");
}

function readFiles(folder: string): MigrationFile[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => {
      const sql = readFileSync(join(folder, entry.name, "migration.sql"), "utf8");
      return { name: entry.name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function createHistory(client: pg.Client): Promise<void> {
  await client.query(`
    create table if not exists _prisma_migrations (
      id varchar(36) primary key not null,
      checksum varchar(64) not null,
      finished_at timestamptz,
      migration_name varchar(255) not null,
      logs text,
      rolled_back_at timestamptz,
      started_at timestamptz not null default now(),
      applied_steps_count integer not null default 0
    )`);
}

async function readHistory(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    "select migration_name as name, checksum from _prisma_migrations where rolled_back_at is null",
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

async function apply(client: pg.Client, file: MigrationFile): Promise<void> {
  await client.query("begin");
  try {
    await client.query(file.sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), 1)`,
      [randomUUID(), file.checksum, file.name],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw new Error(`Store migration ${file.name} failed: ${String(error)}`, { cause: error });
  }
}
