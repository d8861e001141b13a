import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test, vi } from "vitest";
import { API_METHODS } from "@/lib/migrations/api-description";
import { routeFiles } from "../testing/app-routes";
import { allOperations, buildDescription } from "./build-description";

vi.mock("server-only", () => ({}));

const description = buildDescription();
const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  API_METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
);

test("the description is valid OpenAPI 3.1, and every reference leads somewhere", async () => {
  const text = JSON.stringify(description);
  const { valid, errors } = await new Validator().validate(JSON.parse(text));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  for (const [, name = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    expect(Object.keys(description.components.schemas)).toContain(name);
  }
});

test("it names each operation once, in words of its own", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(operations.length).toBe(allOperations().length);
  expect(ids).toEqual(
    expect.arrayContaining([
      "putMigration",
      "patchMigration",
      "deleteMigration",
      "getMigrations",
      "putServer",
    ]),
  );
  const wordless = operations.filter(({ operation }) => /^(Howdah|Microsoft\.)/.test(operation.summary));
  expect(wordless.map(({ operation }) => operation.operationId)).toEqual([]);
});

test("it has every route of the app, and none besides", () => {
  const served = routeFiles()
    .map(({ path }) => path.replaceAll(/\[(\w+)\]/g, "{$1}"))
    .filter((path) => !path.includes("[[..."));
  const own = operations.map(({ path }) => path).filter((path) => path.startsWith("/api/"));
  expect([...new Set(own)].sort()).toEqual(served.sort());
});

test("passwords can be sent and are never answered", () => {
  const { schemas } = description.components;
  const naming = (part: string) =>
    Object.keys(schemas).filter((name) => JSON.stringify(schemas[name]).includes(part));
  expect(naming('"sourceServerPassword"')).toEqual(
    expect.arrayContaining(["PutMigrationRequest", "PatchMigrationRequest"]),
  );
  for (const name of naming("Password")) expect(name).toMatch(/Request\d*$/);
});
