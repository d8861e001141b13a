import { expect, test } from "vitest";
import type { DatabaseSelection } from "@/lib/migrations/filter";
import { parseConnectionUri } from "./connection-uri";
import { migrationRequest, nameMigration } from "./migration-request";
import { serverNameFor } from "./register-target";

const source = parseConnectionUri("postgresql://reader@[fe80::1]:5433/shop?sslmode=require", "--source");
const target = parseConnectionUri("postgresql://admin@target.example.com?sslmode=verify-ca", "--target");
const options = {
  source: "",
  target: "",
  mode: "Offline",
  option: "Validate",
  overwrite: true,
  jobs: 3,
  vacuum: true,
} as const;

function request(databases: string[], selections: DatabaseSelection[] = []) {
  return migrationRequest({
    options,
    source,
    target,
    sourcePassword: "a",
    targetPassword: "b",
    databases,
    selections,
  });
}

test("the command line becomes the body a PUT carries", () => {
  expect(request(["shop", "odd name"]).properties).toMatchObject({
    migrationMode: "Offline",
    migrationOption: "Validate",
    sslMode: "Require",
    sourceDbServerResourceId: "[fe80::1]:5433@reader",
    dbsToMigrate: ["shop", "odd name"],
    overwriteDbsInTarget: "True",
    secretParameters: {
      adminCredentials: { sourceServerPassword: "a", targetServerPassword: "b" },
      targetServerUsername: "admin",
    },
    howdah: { targetSslMode: "VerifyCA", jobs: 3, vacuum: true },
  });
});

test("filters and target names go along, and two databases cannot share a target", () => {
  const selections = [{ name: "shop", targetName: "store", exclude: { tables: ["*.log"] } }];
  expect(request(["shop", "crm"], selections).properties.howdah?.databases).toEqual(selections);
  expect(() => request(["shop", "store"], selections)).toThrow("store");
});

test.each([[""], ["x".repeat(64)], ["a\0b"]])(
  "a database name PostgreSQL cannot have is refused: %j",
  (name) => {
    expect(() => request([name])).toThrow(expect.objectContaining({ name: "UsageError" }));
  },
);

test("a made-up name keeps the name rule and tells when", () => {
  expect(nameMigration(undefined, new Date("2026-11-21T07:25:03.042Z"))).toBe("cli-20261121-072503-042");
  expect(nameMigration("nightly-1", new Date())).toBe("nightly-1");
  expect(() => nameMigration("-x", new Date())).toThrow(expect.objectContaining({ name: "UsageError" }));
});

test.each([
  ["db.example.com", 5432, "db-example-com-5432"],
  ["10.0.0.4", 6000, "10-0-0-4-6000"],
  ["::1", 5432, "1-5432"],
  [`${"a".repeat(60)}.example.com`, 65_000, `${"a".repeat(57)}-65000`],
])("the target %s:%i is registered as %s", (host, port, name) => {
  expect(serverNameFor({ host, port })).toBe(name);
});
