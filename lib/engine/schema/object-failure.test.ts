import { beforeAll, expect, test } from "vitest";
import { classifyStatement, loadClassifier } from "./classify-statement";
import { schemaFailure } from "./object-failure";

beforeAll(loadClassifier);

const unsupported = Object.assign(new Error("compression method lz4 not supported"), {
  code: "0A000",
  severity: "ERROR",
});

test.each([
  [`ALTER TABLE ONLY "public"."t" ALTER COLUMN "a b" SET COMPRESSION lz4`, "warning"],
  [`ALTER TABLE ONLY "public"."t" ALTER COLUMN "a" SET STORAGE EXTERNAL`, "warning"],
  [`ALTER TABLE ONLY "public"."t" ALTER COLUMN "a" SET NOT NULL`, "error"],
  [`CREATE TABLE "public"."SET COMPRESSION" ("a" integer)`, "error"],
])("%s, refused, is of severity %s", (sql, severity) => {
  expect(schemaFailure(classifyStatement(sql), unsupported)).toMatchObject({ severity });
});

test.each([
  ["0A000", "EXTENSION_UNAVAILABLE"],
  ["58P01", "EXTENSION_UNAVAILABLE"],
  ["42704", "OBJECT_FAILED"],
  ["42P07", "OBJECT_FAILED"],
])("an extension that is refused with %s is %s", (code, expected) => {
  const error = Object.assign(new Error("refused"), { code, severity: "ERROR" });
  const statement = classifyStatement('CREATE EXTENSION IF NOT EXISTS "one" WITH SCHEMA "public"');
  expect(schemaFailure(statement, error)).toMatchObject({ code: expected });
});

test("an extension that the login may not create is one for a superuser", () => {
  const error = Object.assign(new Error("permission denied"), { code: "42501", severity: "ERROR" });
  expect(schemaFailure(classifyStatement("CREATE EXTENSION pg_cron"), error)).toMatchObject({
    code: "PRIVILEGE_MISSING",
    remedy: expect.stringContaining("superuser"),
  });
});
