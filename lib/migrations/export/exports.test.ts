import { parseToObject } from "hcl2-parser";
import { describe, expect, it } from "vitest";
import { localServerResourceId, migrationResourceId } from "@/lib/migrations/resource-paths";
import { bicep } from "./bicep";
import { exportOfRequest, exportOfResource } from "./exported-migration";
import { cliCommand, propertiesFile } from "./properties-file";
import { terraform } from "./terraform";

const ID = migrationResourceId(localServerResourceId("crm-target"), "shop-01");

/** What Bicep and Terraform would fill in. */
const PLACE = ["$", "{x}"].join("");

const migration = exportOfResource(
  {
    id: ID,
    location: "local",
    tags: { owner: "it's me" },
    properties: {
      migrationId: "0199",
      currentStatus: { state: "InProgress" },
      migrationMode: "Offline",
      migrationOption: "Migrate",
      sourceDbServerResourceId: "db.example.com:5432@app",
      dbsToMigrate: ["shop", PLACE],
      overwriteDbsInTarget: "False",
      howdah: { attempt: 1, throttle: { megabytesPerSecond: null, connections: null }, bytesCopied: 1 },
    },
  },
  { sourceUser: "app", targetUser: "admin1" },
);

/** The values are the contract's, though their types are wider. */
const migrationCreateInput = (body: unknown) => body as Parameters<typeof exportOfRequest>[1];

describe("exports", () => {
  it("keep what can be asked for, and nothing the server alone tells", () => {
    expect(migration).toEqual({
      subscriptionId: "00000000-0000-0000-0000-000000000000",
      resourceGroup: "local",
      serverName: "crm-target",
      name: "shop-01",
      location: "local",
      tags: { owner: "it's me" },
      properties: {
        migrationMode: "Offline",
        migrationOption: "Migrate",
        sourceDbServerResourceId: "db.example.com:5432@app",
        dbsToMigrate: ["shop", PLACE],
        overwriteDbsInTarget: "False",
      },
      sourceServerUsername: null,
      targetServerUsername: "admin1",
    });
  });

  it("a request and the resource that comes of it are written down alike", () => {
    const { properties } = migration;
    const secretParameters = {
      adminCredentials: { sourceServerPassword: "a", targetServerPassword: "b" },
      targetServerUsername: "admin1",
    };
    const body = { location: "local", tags: migration.tags, properties: { ...properties, secretParameters } };
    expect(exportOfRequest(ID, migrationCreateInput(body))).toEqual(migration);
  });

  it("Bicep", () => expect(bicep(migration)).toMatchSnapshot());
  it("Terraform", () => {
    expect(terraform(migration)).toContain(`"$${PLACE}"`);
    expect(terraform(migration)).toMatchSnapshot();
  });
  it("Terraform's own parser reads back what was written, whatever it holds", () => {
    const properties = {
      ...migration.properties,
      dbsToMigrate: [PLACE, "%{if}", "new\nline\ttab", `it's "q" \\`, "ünïcode"],
      howdah: { jobs: 2, databases: [{ name: PLACE, exclude: { tables: ["public.log*"] } }], vacuum: true },
    };
    const tags = { "a b": 'x"y\\z', owner: PLACE };
    const [read, problem]: unknown[] = parseToObject(terraform({ ...migration, tags, properties }));
    expect(problem).toBeNull();
    const resource = { name: "shop-01", tags, body: { properties } };
    expect(read).toMatchObject({ resource: { azapi_resource: { migration: [resource] } } });
    // The parser does refuse what is no HCL.
    expect(parseToObject(terraform(migration).replace("{", ""))[1]).not.toBeNull();
  });
  it("the command line", () => expect(cliCommand(migration)).toMatchSnapshot());
  it("the properties file", () => expect(propertiesFile(migration)).toMatchSnapshot());
});
