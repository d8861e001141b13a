/**
 * Writes and checks the store's migrations without Prisma's downloaded engine: the WASM build of the same engine diffs
 * prisma/migrations (replayed on an in-memory PGlite) against prisma/schema.prisma.
 *
 *   tsx scripts/prisma-migrations.ts create <name>   writes prisma/migrations/<timestamp>_<name>/migration.sql
 *   tsx scripts/prisma-migrations.ts check           exit 1 when schema and migrations drift
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { DiffResult, MigrationList, SchemaEngine } from "@prisma/schema-engine-wasm";
import * as glue from "@prisma/schema-engine-wasm/schema_engine_bg";
import { PrismaPGlite } from "pglite-prisma-adapter";

const ROOT = join(import.meta.dirname, "..");
const SCHEMA = join(ROOT, "prisma", "schema.prisma");
const FOLDER = join(ROOT, "prisma", "migrations");
const LOCK_FILE = "migration_lock.toml";
const DRIFT = 2;

/** The package's glue code as it really is; its typings describe the other entry point. */
interface EngineGlue {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
  SchemaEngine: typeof SchemaEngine;
}

async function loadEngine(database: PGlite): Promise<SchemaEngine> {
  const { __wbg_set_wasm, SchemaEngine: Engine } = glue as unknown as EngineGlue;
  // The engine reports panics through this global; without it the message is lost.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      message: "",
      get() {
        return this.message;
      },
      set_message(message: string) {
        this.message = message;
      },
    },
  });
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const wasm = readFileSync(join(entry, "..", "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, {
    "./schema_engine_bg.js": glue as unknown as WebAssembly.ModuleImports,
  });
  __wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPGlite(database));
  return await Engine.new({ datamodels: undefined }, () => undefined, adapter);
}

function readMigrations(): MigrationList {
  const lockPath = join(FOLDER, LOCK_FILE);
  if (!existsSync(lockPath)) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(lockPath, 'provider = "postgresql"\n');
  }
  const names = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: FOLDER,
    shadowDbInitScript: "",
    lockfile: { path: LOCK_FILE, content: readFileSync(lockPath, "utf8") },
    migrationDirectories: names.map((path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(join(FOLDER, path, "migration.sql"), "utf8") },
      },
    })),
  };
}

async function diff(): Promise<DiffResult> {
  const database = new PGlite();
  try {
    const engine = await loadEngine(database);
    return await engine.diff({
      from: { tag: "migrations", ...readMigrations() },
      to: { tag: "schemaDatamodel", files: [{ path: SCHEMA, content: readFileSync(SCHEMA, "utf8") }] },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
  } finally {
    await database.close();
  }
}

async function main(): Promise<number> {
  const [verb, name] = process.argv.slice(2);
  if (verb === "check") {
    const { exitCode, stdout } = await diff();
    if (exitCode !== DRIFT) return 0;
    console.error(
      `prisma/schema.prisma differs from prisma/migrations; run "npm run db:create -- <name>":\n\n${stdout}`,
    );
    return 1;
  }
  if (verb === "create" && name && /^[a-z][a-z0-9_]*$/.test(name)) {
    const { exitCode, stdout } = await diff();
    if (exitCode !== DRIFT || !stdout) {
      console.log("Nothing to do: the migrations already give the schema.");
      return 0;
    }
    const stamp = new Date().toISOString().replaceAll(/[-:T]|\..*$/g, "");
    const folder = join(FOLDER, `${stamp}_${name}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "migration.sql"), stdout);
    console.log(`Written: ${folder}/migration.sql`);
    return 0;
  }
  console.error("usage: prisma-migrations.ts create <lower_case_name> | check");
  return 2;
}

process.exitCode = await main();
