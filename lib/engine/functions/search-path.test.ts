import { expect, test } from "vitest";
import { pathOf, setPath } from "./search-path";

test.each([
  [null, "app", ["app", "public"]],
  ['"$user", public', "app", ["public", "app"]],
  ['app, "Odd, ""name", pg_catalog, pg_temp', "public", ["app", 'Odd, "name', "public"]],
  ['""', "app", ["app", "public"]],
])("where %s and a function of %s look for names", (configured, schema, path) => {
  expect(pathOf(configured, schema)).toEqual(path);
});

test("what is temporary comes last", () => {
  expect(setPath(["Odd 'name"], "set local")).toBe("set local search_path = 'Odd ''name', 'pg_temp'");
});
