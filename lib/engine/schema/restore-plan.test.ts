import { beforeAll, describe, expect, test } from "vitest";
import { stepsOf } from "./build-steps";
import { classifyStatement, loadClassifier } from "./classify-statement";
import { planRestore, type RestorePlan, tableKey } from "./restore-plan";
import { splitStatements } from "./split-statements";

beforeAll(loadClassifier);

function plan(preData: string, postData: string): RestorePlan {
  const classify = (text: string) => splitStatements(text).map(classifyStatement);
  return planRestore({
    preData: classify(preData),
    postData: classify(postData),
    tool: "",
    warnings: [],
    failures: [],
  });
}

const PRE = `
SET client_encoding = 'UTF8';
CREATE TABLE "app"."t" ("id" integer NOT NULL);
CREATE TABLE "app"."p" ("id" integer NOT NULL) PARTITION BY RANGE ("id");
CREATE TABLE "app"."p1" ("id" integer NOT NULL);
CREATE MATERIALIZED VIEW "app"."m" AS SELECT 1 WITH NO DATA;
`;

const POST = `
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
ALTER TABLE ONLY "app"."p" ADD CONSTRAINT "p_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "app"."p1" ADD CONSTRAINT "p1_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "app"."t" ADD CONSTRAINT "t_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "app"."t" ADD CONSTRAINT "t_excl" EXCLUDE USING gist ("id" WITH =);
CREATE INDEX "p_idx" ON ONLY "app"."p" USING btree ("id");
CREATE INDEX "p1_idx" ON "app"."p1" USING btree ("id");
CREATE INDEX "m_idx" ON "app"."m" USING btree ("id");
COMMENT ON INDEX "app"."p1_idx" IS 'x';
ALTER TABLE "app"."t" CLUSTER ON "t_pkey";
CREATE MATERIALIZED VIEW "app"."late" AS SELECT 1 WITH NO DATA;
CREATE INDEX "late_idx" ON "app"."late" USING btree ("id");
ALTER INDEX "app"."p_idx" ATTACH PARTITION "app"."p1_idx";
CREATE EVENT TRIGGER "e" ON sql_drop EXECUTE FUNCTION "app"."f"();
COMMENT ON EVENT TRIGGER "e" IS 'x';
ALTER TABLE ONLY "app"."t" ADD CONSTRAINT "fk" FOREIGN KEY ("id") REFERENCES "app"."p"("id");
ALTER TABLE "app"."t" ADD CONSTRAINT "late_check" CHECK (true) NOT VALID;
`;

describe("planRestore", () => {
  test("gives every statement exactly one place", () => {
    const { session, tables, partitionedIndexes, attaches, foreignKeys, rest } = plan(PRE, POST);
    const builds = [...tables.values()].flatMap((table) => table.builds);
    const count =
      session.length +
      builds.length +
      partitionedIndexes.length +
      attaches.length +
      foreignKeys.length +
      rest.length;
    expect(count).toBe(splitStatements(POST).length);
  });

  test("builds on tables with rows, keys in two steps, exclusion constraints in one", () => {
    const { tables } = plan(PRE, POST);
    expect([...tables.keys()].sort()).toEqual(['"app"."m"', '"app"."p1"', '"app"."t"']);
    const builds = tables.get(tableKey({ schema: "app", name: "t" }))?.builds ?? [];
    expect(builds.map(({ statement }) => statement.object)).toEqual(["app.t_pkey", "app.t_excl"]);
    expect(builds.map((build) => stepsOf(build).map((one) => one.kind))).toEqual([
      ["index", "primary-key"],
      ["exclusion"],
    ]);
    const half = builds.map((build) => stepsOf({ ...build, hasIndex: true }).map((one) => one.kind));
    expect(half).toEqual([["primary-key"], ["exclusion"]]);
  });

  test("keeps what belongs to partitioned tables whole and before the attaches", () => {
    const { partitionedIndexes, attaches } = plan(PRE, POST);
    expect(partitionedIndexes.map((one) => one.object)).toEqual(["app.p_pkey", "app.p_idx"]);
    expect(partitionedIndexes[0]?.sql).toContain("ADD CONSTRAINT");
    expect(attaches.map((one) => one.object)).toEqual(["app.p1_idx"]);
  });

  test("leaves indexes of a late materialised view in order, after it", () => {
    const objects = plan(PRE, POST).rest.map((one) => one.object);
    expect(objects.indexOf("app.late")).toBeLessThan(objects.indexOf("app.late_idx"));
  });

  test("creates event triggers last of all", () => {
    const { rest } = plan(PRE, POST);
    expect(rest.slice(-2).map((one) => one.kind)).toEqual(["event-trigger", "event-trigger"]);
    expect(rest.map((one) => one.object)).toContain("late_check on app.t");
  });

  test("takes the settings at the head for every session", () => {
    const { session, preData } = plan(PRE, POST);
    expect(session).toHaveLength(2);
    expect(preData).toHaveLength(5);
  });
});
