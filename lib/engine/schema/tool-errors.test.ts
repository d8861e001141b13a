import { expect, test } from "vitest";
import { noToolError } from "./tool-errors";

test("blames the version when no built-in or installed tool can read it", () => {
  expect(noToolError(19, "auto")).toMatchObject({ code: "VERSION_TOO_NEW" });
  expect(noToolError(19, "native").message).toContain("PostgreSQL 19");
});

test("blames the installation when an installed tool was demanded", () => {
  expect(noToolError(17, "native")).toMatchObject({ code: "SCHEMA_TOOL_MISSING" });
});
