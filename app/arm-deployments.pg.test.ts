import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ArmApp, GROUP, migrationPath, VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";
import { openSecret } from "@/lib/store/secrets";
import { dumpStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const MANAGEMENT = "api-version=2025-04-01";
const SOURCE_SECRET = "deployed-Source-1";
const TARGET_SECRET = "deployed-Target-2";

const TEMPLATE = JSON.parse(
  readFileSync(
    join(import.meta.dirname, "..", "lib", "arm", "template", "testing", "azure-template.json"),
    "utf8",
  ),
) as { resources: [Record<string, unknown>]; outputs: Record<string, unknown> };

const given = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));

const PARAMETERS = {
  targetServerName: "crm-target",
  migrationName: "from-template",
  sourceServerResourceId: "db.example.com:5432@postgres",
  sourceServerLoginName: "postgres",
  sourceServerLoginPassword: SOURCE_SECRET,
  targetServerLoginName: "admin1",
  targetServerLoginPassword: TARGET_SECRET,
  dbNamesToMigrate: ["ticketdb", "timedb"],
  migrationOption: "Validate",
};

const deploymentPath = (name: string, rest = "") =>
  `${GROUP}/providers/Microsoft.Resources/deployments/${name}${rest}?${MANAGEMENT}`;

const bodyOf = (template: unknown, values: Record<string, unknown> = PARAMETERS) => ({
  properties: { mode: "Incremental", template, parameters: given(values) },
});

beforeEach(async () => {
  await store().migration.deleteMany({});
  await store().deployment.deleteMany({});
});

describe("deployments", () => {
  test("Azure's own template makes the migration it asks for, and keeps no password", async () => {
    const put = await app.send("PUT", deploymentPath("first"), bodyOf(TEMPLATE));
    expect(put.status, JSON.stringify(put.body)).toBe(201);
    expect(put.body).toMatchObject({
      name: "first",
      type: "Microsoft.Resources/deployments",
      properties: {
        provisioningState: "Succeeded",
        outputs: {},
        outputResources: [{ id: migrationPath("from-template") }],
        parameters: {
          sourceServerLoginPassword: { type: "SecureString" },
          dbNamesToMigrate: { type: "Array", value: ["ticketdb", "timedb"] },
        },
      },
    });
    const migration = await app.send("GET", `${migrationPath("from-template")}?${VERSION}`);
    expect(migration.body).toMatchObject({
      properties: {
        migrationOption: "Validate",
        overwriteDbsInTarget: "True",
        dbsToMigrate: ["ticketdb", "timedb"],
        sourceDbServerResourceId: "db.example.com:5432@postgres",
      },
    });
    const row = await store().migration.findFirstOrThrow();
    expect(await openSecret(store(), row.id, "source")).toBe(SOURCE_SECRET);
    const dump = await dumpStore();
    for (const secret of [SOURCE_SECRET, TARGET_SECRET]) expect(dump).not.toContain(secret);

    const again = await app.send("PUT", deploymentPath("first"), bodyOf(TEMPLATE));
    expect(again.status).toBe(200);
    expect(await store().migration.count()).toBe(1);
    const read = await app.send("GET", deploymentPath("FIRST"));
    expect(read.body).toMatchObject({ properties: { provisioningState: "Succeeded" } });
    const list = await app.send("GET", `${GROUP}/providers/microsoft.resources/deployments?${MANAGEMENT}`);
    expect(list.body["value"]).toHaveLength(1);
  });

  test("nothing is made when one of two migrations is refused beforehand", async () => {
    const [resource] = TEMPLATE.resources;
    const twice = {
      ...TEMPLATE,
      resources: [
        { ...resource, name: "crm-target/one" },
        {
          ...resource,
          name: "crm-target/two",
          properties: { ...(resource["properties"] as object), bogus: 1 },
        },
      ],
    };
    const refused = await app.send("PUT", deploymentPath("d"), bodyOf(twice));
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "InvalidRequestContent" } } });
    expect(refused.body.error?.target).toBe("properties.template.resources[1].properties.bogus");
    const nowhere = await app.send(
      "PUT",
      deploymentPath("d"),
      bodyOf(TEMPLATE, { ...PARAMETERS, targetServerName: "gone" }),
    );
    expect(nowhere).toMatchObject({ status: 404, body: { error: { code: "ParentResourceNotFound" } } });
    expect(await store().migration.count()).toBe(0);
    expect(await app.send("GET", deploymentPath("d"))).toMatchObject({ status: 404 });
  });

  test("a resource that fails is told, and the record of the deployment tells it too", async () => {
    const loop = { ...PARAMETERS, sourceServerResourceId: `${app.target.host}:${app.target.port}@x` };
    const failed = await app.send("PUT", deploymentPath("d"), bodyOf(TEMPLATE, loop));
    expect(failed).toMatchObject({ status: 400, body: { error: { code: "DeploymentFailed" } } });
    expect(JSON.stringify(failed.body)).toContain("SAME_SERVER");
    const read = await app.send("GET", deploymentPath("d"));
    expect(read.body).toMatchObject({
      properties: {
        provisioningState: "Failed",
        error: { code: "DeploymentFailed", details: [{ code: "SAME_SERVER" }] },
      },
    });
  });

  test("validate checks without making anything", async () => {
    const checked = await app.send("POST", deploymentPath("d", "/validate"), bodyOf(TEMPLATE));
    expect(checked).toMatchObject({ status: 200, body: { properties: { provisioningState: "Succeeded" } } });
    expect(await store().migration.count()).toBe(0);
  });

  test.each([
    [
      "an unknown function",
      { ...TEMPLATE, outputs: { x: { type: "string", value: "[newGuid()]" } } },
      {},
      /'newGuid' is not supported.*outputs\.x\.value, character 2/,
    ],
    ["a short password", TEMPLATE, { sourceServerLoginPassword: "tiny-pw" }, /sourceServerLoginPassword/],
    ["no template", [], {}, /expected object/],
  ])("refuses %s", async (_, template, change, message) => {
    const refused = await app.send(
      "PUT",
      deploymentPath("d"),
      bodyOf(template, { ...PARAMETERS, ...change }),
    );
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "InvalidTemplate" } } });
    expect(refused.body.error?.message).toMatch(message);
    expect(JSON.stringify(refused.body)).not.toContain("tiny-pw");
  });

  test("refuses what is no deployment of this kind", async () => {
    const complete = await app.send("PUT", deploymentPath("d"), {
      properties: { mode: "Complete", template: TEMPLATE },
    });
    expect(complete).toMatchObject({ status: 400, body: { error: { code: "InvalidDeploymentMode" } } });
    const linked = await app.send("PUT", deploymentPath("d"), {
      properties: { templateLink: { uri: "https://x" } },
    });
    expect(linked).toMatchObject({ status: 400, body: { error: { target: "properties.templateLink" } } });
    expect(await app.send("PUT", deploymentPath("a%20b"), bodyOf(TEMPLATE))).toMatchObject({ status: 400 });
  });
});
