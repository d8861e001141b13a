import { beforeAll, expect, test } from "vitest";
import { classifyStatement, loadClassifier } from "./classify-statement";
import { filterStatement } from "./post-filters";

beforeAll(loadClassifier);

test.each<[string, number, string | null]>([
  ["SET transaction_timeout = 0", 16, null],
  ["SET transaction_timeout = 0", 17, "SET transaction_timeout = 0"],
  ["SET lock_timeout = 0", 12, "SET lock_timeout = 0"],
  ['CREATE SCHEMA "public"', 18, 'CREATE SCHEMA IF NOT EXISTS "public"'],
  ['CREATE SCHEMA "private"', 18, 'CREATE SCHEMA "private"'],
  [`ALTER TABLE ONLY "a"."t" ALTER COLUMN "c" SET ("pg_attver"='3')`, 18, null],
  [`ALTER TABLE ONLY a.t ALTER COLUMN c SET (pg_attver=3)`, 18, null],
  [
    `ALTER TABLE ONLY "a"."t" ALTER COLUMN "c" SET ("n_distinct"='5', "pg_attver"='3')`,
    18,
    `ALTER TABLE ONLY "a"."t" ALTER COLUMN "c" SET ("n_distinct"='5')`,
  ],
  [
    `ALTER TABLE ONLY "a"."pg_attver" ALTER COLUMN "c" SET STATISTICS 3`,
    18,
    `ALTER TABLE ONLY "a"."pg_attver" ALTER COLUMN "c" SET STATISTICS 3`,
  ],
  [`CREATE TABLE "a"."t" ("pg_attver" integer)`, 18, `CREATE TABLE "a"."t" ("pg_attver" integer)`],
])("%s for version %i", (sql, version, expected) => {
  expect(filterStatement(classifyStatement(sql), version)?.sql ?? null).toBe(expected);
});
