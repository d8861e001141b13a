import type pg from "pg";
import { describe, expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { loadSamples, SAMPLE_DATABASES } from "@/scripts/demo/samples";

/** What the samples must hold between them; each query yields one row per object found. */
const KINDS: Record<string, string> = {
  "range partitioning": "select 1 from pg_partitioned_table where partstrat = 'r'",
  "list partitioning": "select 1 from pg_partitioned_table where partstrat = 'l'",
  "hash partitioning": "select 1 from pg_partitioned_table where partstrat = 'h'",
  "nested partitioning": "select 1 from pg_class where relkind = 'p' and relispartition",
  inheritance: "select 1 from pg_inherits i join pg_class c on c.oid = inhrelid where not c.relispartition",
  "identity always": "select 1 from pg_attribute where attidentity = 'a'",
  "identity by default": "select 1 from pg_attribute where attidentity = 'd'",
  "generated columns": "select 1 from pg_attribute where attgenerated = 's'",
  enums: "select 1 from pg_type where typtype = 'e'",
  domains: "select 1 from pg_type where typtype = 'd' and oid >= 16384",
  composites: "select 1 from pg_class where relkind = 'c' and oid >= 16384",
  ranges: "select 1 from pg_type where typtype = 'r' and oid >= 16384",
  arrays: "select 1 from pg_attribute where attndims > 0 and attrelid >= 16384",
  jsonb: "select 1 from pg_attribute where atttypid = 'jsonb'::regtype and attrelid >= 16384",
  bytea: "select 1 from pg_attribute where atttypid = 'bytea'::regtype and attrelid >= 16384",
  tsvector: "select 1 from pg_attribute where atttypid = 'tsvector'::regtype and attrelid >= 16384",
  views: "select 1 from pg_class where relkind = 'v' and oid >= 16384",
  "materialised views on each other":
    "select 1 from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class join pg_class t on t.oid = d.refobjid where v.relkind = 'm' and t.relkind = 'm' and v.oid <> t.oid",
  functions: "select 1 from pg_proc where prokind = 'f' and oid >= 16384",
  aggregates: "select 1 from pg_proc where prokind = 'a' and oid >= 16384",
  procedures: "select 1 from pg_proc where prokind = 'p' and oid >= 16384",
  triggers: "select 1 from pg_trigger where not tgisinternal",
  rules: "select 1 from pg_rewrite where rulename <> '_RETURN' and oid >= 16384",
  policies: "select 1 from pg_policy",
  "exclusion constraints": "select 1 from pg_constraint where contype = 'x'",
  "deferrable constraints": "select 1 from pg_constraint where condeferrable",
  "foreign key cycles":
    "select 1 from pg_constraint a join pg_constraint b on a.conrelid = b.confrelid and a.confrelid = b.conrelid and a.conrelid <> b.conrelid where a.contype = 'f' and b.contype = 'f'",
  "expression indexes": "select 1 from pg_index where indexprs is not null and indexrelid >= 16384",
  "partial indexes": "select 1 from pg_index where indpred is not null and indexrelid >= 16384",
  "statistics objects": "select 1 from pg_statistic_ext",
  comments: "select 1 from pg_description where objoid >= 16384",
  extensions:
    "select 1 from pg_extension e join pg_namespace n on n.oid = extnamespace where nspname not in ('public', 'pg_catalog')",
  "event triggers": "select 1 from pg_event_trigger",
  "owned sequences":
    "select 1 from pg_depend where deptype = 'a' and classid = 'pg_class'::regclass and refobjsubid > 0 and objid in (select oid from pg_class where relkind = 'S')",
  "free sequences":
    "select 1 from pg_class c where relkind = 'S' and not exists (select from pg_depend where objid = c.oid and deptype in ('a', 'i'))",
  "large objects": "select 1 from pg_largeobject_metadata",
  "unlogged tables": "select 1 from pg_class where relkind = 'r' and relpersistence = 'u'",
  "default privileges": "select 1 from pg_default_acl",
  "tables without columns": "select 1 from pg_class where relkind = 'r' and relnatts = 0",
};

const INDEX_METHODS = ["btree", "hash", "gin", "gist", "spgist", "brin"];
const EXTENSIONS = ["btree_gist", "citext", "hstore", "pg_trgm", "pgcrypto"];

async function kindsIn(client: pg.Client): Promise<string[]> {
  const kinds: string[] = [];
  for (const [kind, sql] of Object.entries(KINDS)) {
    if ((await client.query(`${sql} limit 1`)).rowCount) kinds.push(kind);
  }
  const methods = await client.query<{ name: string }>(
    "select distinct a.amname as name from pg_class c join pg_am a on a.oid = c.relam where relkind = 'i' and c.oid >= 16384",
  );
  const extensions = await client.query<{ name: string }>(
    "select extname as name from pg_extension where extname <> 'plpgsql'",
  );
  return [...kinds, ...methods.rows.map((row) => row.name), ...extensions.rows.map((row) => row.name)];
}

describe("the sample databases", () => {
  test.each([12, 16] as const)("hold every kind of object, on PostgreSQL %i", async (major) => {
    await using server = await startTestServer(major);
    const settings = { ...pick(server), database: "postgres", sslMode: "Prefer" } as const;
    await loadSamples(settings);
    const found = new Set<string>();
    let bytes = 0;
    for (const database of SAMPLE_DATABASES) {
      const client = await connect({ ...settings, database });
      try {
        for (const kind of await kindsIn(client)) found.add(kind);
        const size = await client.query<{ bytes: string }>(
          "select pg_database_size(current_database()) as bytes",
        );
        bytes += Number(size.rows[0]?.bytes);
      } finally {
        await client.end();
      }
    }
    expect([...found].sort()).toEqual([...Object.keys(KINDS), ...INDEX_METHODS, ...EXTENSIONS].sort());
    expect(bytes / 2 ** 20).toBeGreaterThan(130);
    expect(bytes / 2 ** 20).toBeLessThan(200);
  });

  test("are left alone when they are there, and begun again when a load was interrupted", async () => {
    await using server = await startTestServer(16);
    const settings = { ...pick(server), database: "postgres", sslMode: "Prefer" } as const;
    const client = await connect(settings);
    try {
      await client.query("create database ticketdb");
      await client.query("create database inventorydb");
      await client.query("create database timedb_loading");
      await loadSamples(settings);
      const names = await client.query<{ datname: string; filled: boolean }>(
        "select datname, pg_database_size(oid) > 20000000 as filled from pg_database where datname ~ 'db' order by 1",
      );
      expect(names.rows).toEqual([
        { datname: "inventorydb", filled: false },
        { datname: "ticketdb", filled: false },
        { datname: "timedb", filled: true },
      ]);
    } finally {
      await client.end();
    }
  });
});

function pick(server: { host: string; port: number; user: string; password: string }) {
  return { host: server.host, port: server.port, user: server.user, password: server.password };
}
