import { expect, test } from "vitest";
import { formatSourceAddress, migrationCreateBody, migrationName, parseSourceAddress } from "./contract";

const secretParameters = { adminCredentials: { sourceServerPassword: "a", targetServerPassword: "b" } };

test.each([
  ["20.66.25.58:5432@postgres", { host: "20.66.25.58", port: 5432, user: "postgres" }],
  ["db.example.com:6432@svc@tenant", { host: "db.example.com", port: 6432, user: "svc@tenant" }],
  ["[fe80::1]:5432@app", { host: "fe80::1", port: 5432, user: "app" }],
])("source address %s", (text, parts) => {
  expect(parseSourceAddress(text)).toEqual(parts);
  expect(formatSourceAddress(parts)).toBe(text);
});

test.each([
  "db.example.com",
  "db.example.com:5432",
  ":5432@u",
  "db:0@u",
  "db:70000@u",
  "db:5432@",
  "db:5432@a\0b",
])("no source address: %j", (text) => {
  expect(parseSourceAddress(text)).toBeNull();
});

test("enumerations are accepted in any case and kept in ARM's spelling", () => {
  const { properties } = migrationCreateBody.parse({
    properties: {
      migrationMode: "offline",
      migrationOption: "validate",
      sourceType: "aws_rds",
      secretParameters,
    },
  });
  expect(properties).toMatchObject({
    migrationMode: "Offline",
    migrationOption: "Validate",
    sourceType: "AWS_RDS",
  });
});

test.each([[""], ["x".repeat(64)], ["ä".repeat(32)], ["a\0b"]])("database name %j is refused", (name) => {
  expect(
    migrationCreateBody.safeParse({ properties: { dbsToMigrate: [name], secretParameters } }).success,
  ).toBe(false);
});

test("a database name may be anything PostgreSQL takes", () => {
  const names = [`x"; drop database other; --`, "Ünïcode", "a b", "select"];
  expect(
    migrationCreateBody.safeParse({ properties: { dbsToMigrate: names, secretParameters } }).success,
  ).toBe(true);
});

test.each([
  ["", false],
  ["-a", false],
  ["a_b", false],
  ["a b", false],
  ["x".repeat(64), false],
  ["1-A-b", true],
])("migration name %j: %s", (name, valid) => {
  expect(migrationName.safeParse(name).success).toBe(valid);
});
