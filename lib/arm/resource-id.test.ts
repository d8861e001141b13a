import { describe, expect, it } from "vitest";
import { migrationResourceId, serverResourceId } from "@/lib/migrations/resource-paths";
import { ArmError } from "./arm-error";
import { parseArmPath, parseServerId, serverKey, unknownPath } from "./resource-id";

const server = {
  subscriptionId: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "local",
  serverName: "crm-target",
};

describe("parseArmPath", () => {
  it("reads back what was formatted, in any case", () => {
    const id = migrationResourceId(serverResourceId(server), "Go-1");
    expect(parseArmPath(id)).toEqual({ kind: "migration", migrationName: "Go-1", ...server });
    expect(parseArmPath(id.toLowerCase())).toMatchObject({ kind: "migration", migrationName: "go-1" });
    expect(parseArmPath(id.toUpperCase())).toMatchObject({ kind: "migration", serverName: "CRM-TARGET" });
  });

  it.each([
    ["/subscriptions", "subscriptions"],
    ["/Subscriptions/", "subscriptions"],
    ["/subscriptions/s", "subscription"],
    ["/subscriptions/s/resourcegroups", "resourceGroups"],
    ["/subscriptions/s/resourceGroups/g", "resourceGroup"],
    ["/subscriptions/s/providers/microsoft.dbforpostgresql/flexibleservers", "serversOfSubscription"],
    [
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers",
      "serversOfGroup",
    ],
    [`${serverResourceId(server)}/checkMigrationNameAvailability`, "nameAvailability"],
    [`${serverResourceId(server)}/migrations`, "migrations"],
  ])("%s", (path, kind) => {
    expect(parseArmPath(path)?.kind).toBe(kind);
  });

  it.each([
    [""],
    ["/"],
    ["/subscriptions/s/resourceGroups//providers"],
    [`${serverResourceId(server)}/databases`],
    [`${serverResourceId(server)}/migrations/a/b`],
  ])("knows no resource at %j", (path) => {
    expect(parseArmPath(path)).toBeNull();
  });

  it("decodes names and refuses what cannot be decoded", () => {
    expect(parseServerId(serverResourceId({ ...server, serverName: "a b/c" }))?.serverName).toBe("a b/c");
    expect(() => parseArmPath("/subscriptions/%E0%A4%A")).toThrow(ArmError);
  });
});

describe("keys", () => {
  it("are equal for all spellings of one server", () => {
    expect(serverKey({ ...server, serverName: "CRM-Target", resourceGroup: "LOCAL" })).toBe(
      "00000000-0000-0000-0000-000000000000/local/crm-target",
    );
  });

  it("only a server's id is one", () => {
    expect(parseServerId(serverResourceId(server))).toMatchObject(server);
    expect(parseServerId(migrationResourceId(serverResourceId(server), "m"))).toBeNull();
  });
});

describe("unknownPath", () => {
  it.each([
    ["/subscriptions/s/providers/Microsoft.Compute/virtualMachines", "InvalidResourceNamespace"],
    ["/subscriptions/s/providers/microsoft.dbforpostgresql/servers", "InvalidResourceType"],
    ["/subscriptions/s/locks", "NotFound"],
  ])("%s is %s", (path, code) => {
    expect(unknownPath(path)).toMatchObject({ status: 404, code });
  });

  it("names the whole type, not its known beginning", () => {
    const { message } = unknownPath(`${migrationResourceId(serverResourceId(server), "m")}/cancel`);
    expect(message).toContain("'flexibleServers/migrations/cancel' could not be found");
    expect(message).toContain("canceled and cut over with PATCH");
  });
});
