import { beforeAll, describe, expect, test } from "vitest";
import { classifyQuickly } from "./classify-quickly";
import { classifyByGrammar, classifyStatement, loadClassifier } from "./classify-statement";
import type { StatementKind } from "./statement";

beforeAll(loadClassifier);

const T = { schema: "app", name: "t" };

describe("classifyStatement", () => {
  test.each<[string, StatementKind, string, { schema: string; name: string } | null]>([
    ["SET statement_timeout = 0", "setting", "statement_timeout", null],
    ["SELECT pg_catalog.set_config('search_path', '', false)", "setting", "", null],
    ['CREATE SCHEMA "Upper.Dot"', "schema", '"Upper.Dot"', null],
    ['CREATE EXTENSION IF NOT EXISTS "hstore" WITH SCHEMA "app"', "extension", "hstore", null],
    [`CREATE TYPE "app"."mood" AS ENUM ('a')`, "type", "app.mood", null],
    ['CREATE TYPE "app"."pair" AS ("a" integer)', "type", "app.pair", null],
    ['CREATE TYPE "app"."span" AS RANGE (subtype = integer)', "type", "app.span", null],
    ['CREATE DOMAIN "app"."d" AS "text"', "type", "app.d", null],
    ["CREATE COLLATION app.c (provider = libc, locale = 'C')", "type", "app.c", null],
    [
      `CREATE FUNCTION "app"."f"("a" integer DEFAULT 1, OUT "b" "text") AS 'x' LANGUAGE sql`,
      "function",
      "app.f(integer)",
      null,
    ],
    ["CREATE PROCEDURE app.p(v text[]) BEGIN ATOMIC SELECT 1; END", "function", "app.p(text[])", null],
    ["CREATE AGGREGATE app.a(*) (SFUNC = f, STYPE = integer)", "function", "app.a(*)", null],
    ["CREATE CAST (integer AS app.kind) WITH INOUT", "cast", "integer as app.kind", null],
    [
      "CREATE TRANSFORM FOR app.kind LANGUAGE sql (FROM SQL WITH FUNCTION app.f(internal))",
      "transform",
      "app.kind for sql",
      null,
    ],
    ["CREATE CONVERSION app.conv FOR 'LATIN1' TO 'UTF8' FROM app.f", "conversion", "app.conv", null],
    ["CREATE ACCESS METHOD own TYPE INDEX HANDLER app.handler", "access-method", "own", null],
    ["CREATE OPERATOR app.=== (FUNCTION = f, LEFTARG = integer)", "operator", 'app."==="', null],
    ['CREATE TABLE "app"."t" ("id" integer)', "table", "app.t", T],
    [
      'CREATE UNLOGGED TABLE "a.b"."c""d; drop" ()',
      "table",
      '"a.b"."c""d; drop"',
      { schema: "a.b", name: 'c"d; drop' },
    ],
    [
      'ALTER TABLE ONLY "app"."p" ATTACH PARTITION "app"."t" DEFAULT',
      "table-attach",
      "app.t",
      { schema: "app", name: "p" },
    ],
    ["CREATE SEQUENCE app.s START WITH 1", "sequence", "app.s", null],
    ["ALTER SEQUENCE app.s OWNED BY app.t.id", "sequence", "app.s", null],
    [
      "ALTER TABLE app.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME app.s)",
      "sequence",
      "app.t.id",
      T,
    ],
    [`ALTER TABLE ONLY app.t ALTER COLUMN id SET DEFAULT nextval('s')`, "column-default", "app.t.id", T],
    ["CREATE VIEW app.t AS SELECT 1", "view", "app.t", T],
    ["CREATE MATERIALIZED VIEW app.t AS SELECT 1 WITH NO DATA", "materialized-view", "app.t", T],
    ["CREATE INDEX i ON app.t USING btree (id)", "index", "app.i", T],
    ["ALTER INDEX app.i ATTACH PARTITION app.j", "index-attach", "app.j", null],
    ["ALTER INDEX app.i ALTER COLUMN 1 SET STATISTICS 100", "statistics", "app.i", null],
    ["ALTER TABLE ONLY app.t ADD CONSTRAINT k PRIMARY KEY (id)", "primary-key", "app.k", T],
    ["ALTER TABLE ONLY app.t ADD CONSTRAINT k UNIQUE (id)", "unique", "app.k", T],
    ["ALTER TABLE ONLY app.t ADD CONSTRAINT k EXCLUDE USING gist (id WITH =)", "exclusion", "app.k", T],
    ["ALTER TABLE app.t ADD CONSTRAINT k CHECK (id > 0) NOT VALID", "check", "k on app.t", T],
    ["ALTER TABLE app.t ADD CONSTRAINT k NOT NULL id NOT VALID", "check", "k on app.t", T],
    [
      "ALTER TABLE ONLY app.t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES app.u(id)",
      "foreign-key",
      "k on app.t",
      T,
    ],
    [
      "CREATE TRIGGER g AFTER INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()",
      "trigger",
      "g on app.t",
      T,
    ],
    ["ALTER TABLE app.t DISABLE TRIGGER g", "trigger", "g on app.t", T],
    ["CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION app.f()", "event-trigger", "e", null],
    ["COMMENT ON EVENT TRIGGER e IS 'x'", "event-trigger", "e", null],
    ["ALTER EVENT TRIGGER e OWNER TO bob", "event-trigger", "e", null],
    ["CREATE RULE r AS ON DELETE TO app.t DO INSTEAD (SELECT 1; SELECT 2)", "rule", "r on app.t", T],
    ["CREATE POLICY p ON app.t USING (true)", "policy", "p on app.t", T],
    ["ALTER TABLE app.t ENABLE ROW LEVEL SECURITY", "row-security", "app.t", T],
    ["CREATE STATISTICS app.s ON a, b FROM app.t", "statistics", "app.s", T],
    ["CREATE PUBLICATION p FOR ALL TABLES", "publication", "p", null],
    ["ALTER PUBLICATION p ADD TABLE ONLY app.t", "publication", "p", null],
    ["CREATE SERVER s FOREIGN DATA WRAPPER w", "foreign-data", "s", null],
    ["CREATE FOREIGN TABLE app.t (id integer) SERVER s", "foreign-data", "app.t", T],
    ["CREATE TEXT SEARCH CONFIGURATION app.c (PARSER = pg_catalog.default)", "text-search", "app.c", null],
    ["COMMENT ON COLUMN app.t.id IS ';'", "comment", "app.t.id", T],
    ["COMMENT ON TRIGGER g ON app.t IS 'x'", "comment", "g on app.t", T],
    ["COMMENT ON FUNCTION app.f(integer, text[]) IS 'x'", "comment", "app.f(integer, text[])", null],
    ["COMMENT ON EXTENSION hstore IS 'x'", "comment", "hstore", null],
    ["ALTER TABLE app.t OWNER TO bob", "owner", "app.t", T],
    ["ALTER FUNCTION app.f() OWNER TO bob", "owner", "app.f()", null],
    ["ALTER TABLE app.t REPLICA IDENTITY USING INDEX i", "replica-identity", "app.t", T],
    ["ALTER TABLE app.t CLUSTER ON i", "cluster-on", "i on app.t", T],
    ["GRANT SELECT ON TABLE app.t TO bob", "grant", "app.t", T],
    ["something the grammar never heard of", "other", "", null],
  ])("%s", (sql, kind, object, table) => {
    expect(classifyStatement(sql)).toMatchObject({ sql, kind, object, table });
  });

  test.each<[string, string[]]>([
    ['ALTER TABLE app.t OWNER TO "Bob"', ["Bob"]],
    ["GRANT SELECT(a), INSERT ON TABLE app.t TO bob, alice WITH GRANT OPTION", ["bob", "alice"]],
    ["GRANT ALL ON SCHEMA app TO PUBLIC", []],
    ["ALTER DEFAULT PRIVILEGES FOR ROLE bob IN SCHEMA app GRANT SELECT ON TABLES TO alice", ["bob", "alice"]],
    ["CREATE POLICY p ON app.t TO bob, PUBLIC USING (true)", ["bob"]],
    ['SET SESSION AUTHORIZATION "bob"', ["bob"]],
  ])("names the roles of %s", (sql, roles) => {
    expect(classifyStatement(sql).roles).toEqual(roles);
  });

  test("knows partitioned tables and what a foreign key points to", () => {
    expect(classifyStatement("CREATE TABLE app.t (a int) PARTITION BY LIST (a)").partitioned).toBe(true);
    expect(classifyStatement("CREATE TABLE app.t (a int)")).not.toHaveProperty("partitioned");
    expect(classifyStatement("CREATE INDEX i ON ONLY app.t (a)").partitioned).toBe(true);
    expect(
      classifyStatement("ALTER TABLE ONLY app.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES b.u").references,
    ).toEqual({ schema: "b", name: "u" });
  });
});

test.each([
  'CREATE TABLE "app"."t" (\n    "id" integer NOT NULL,\n    "v" "text" DEFAULT \'x\'\n)',
  'CREATE UNLOGGED TABLE "a.b"."c""d; drop" (\n)',
  'CREATE TABLE "app"."child" (\n)\nINHERITS ("app"."t")',
  'ALTER TABLE "app"."t" OWNER TO "some""one"',
  'ALTER TABLE ONLY "app"."T" OWNER TO "me"',
  'CREATE INDEX "i" ON "app"."t" USING "btree" ("id")',
  'CREATE UNIQUE INDEX "I i" ON "app"."t" USING "btree" ("lower"("v")) WHERE ("id" > 0)',
  'ALTER TABLE ONLY "app"."t"\n    ADD CONSTRAINT "k" PRIMARY KEY ("id", "a, b""c")',
  'ALTER TABLE ONLY "app"."t"\n    ADD CONSTRAINT "K" UNIQUE ("id")',
  'ALTER TABLE ONLY "app"."t"\n    ADD CONSTRAINT "k" FOREIGN KEY ("a", "b") REFERENCES "x"."Y"("c", "d") ON DELETE CASCADE NOT VALID',
  'CREATE SEQUENCE "app"."s"\n    START WITH 1\n    CACHE 1',
  'ALTER SEQUENCE "app"."s" OWNED BY "app"."t"."id"',
  'ALTER TABLE ONLY "app"."t" ALTER COLUMN "Id" SET DEFAULT "nextval"(\'"app"."s"\'::"regclass")',
  "SET client_min_messages = warning",
  "SELECT pg_catalog.set_config('search_path', '', false)",
])("the short way says what the grammar says of %s", (sql) => {
  expect(classifyQuickly(sql)).not.toBeNull();
  expect(classifyStatement(sql)).toEqual(classifyByGrammar(sql));
});

test.each([
  'CREATE TABLE "app"."t" (\n    "id" integer\n)\nPARTITION BY RANGE ("id")',
  'CREATE INDEX "i" ON ONLY "app"."t" USING "btree" ("id")',
  'ALTER TABLE ONLY "app"."t"\n    ADD CONSTRAINT "k" UNIQUE ("id") INCLUDE ("v") DEFERRABLE',
  'ALTER TABLE ONLY "app"."t"\n    ADD CONSTRAINT "k" PRIMARY KEY ("id") WITH ("fillfactor"=\'70\')',
  "SET SESSION AUTHORIZATION 'me'",
])("%s is left to the grammar", (sql) => {
  expect(classifyQuickly(sql)).toBeNull();
});
