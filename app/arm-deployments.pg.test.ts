import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Answer, ArmApp, GROUP, migrationPath, VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";
import { openSecret } from "@/lib/store/secrets";
import { dumpStore } from "@/lib/store/testing/test-store";

/** A machine with other work takes its time. */
const PATIENT = { timeout: 30_000 };

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

interface Deployed {
  provisioningState: string;
  error?: { code: string; details: { code: string; target?: string }[] };
  outputResources: { id: string }[];
}

/** Follows the address of an answer to PUT as clients of Resource Manager do; returns the deployment as it ended. */
async function ended({ status, headers, body }: Answer): Promise<Deployed> {
  expect([200, 201], JSON.stringify(body)).toContain(status);
  expect(body).toMatchObject({ properties: { provisioningState: "Running" } });
  const address = new URL(headers.get("azure-asyncoperation") ?? "");
  const { body: done } = await vi.waitFor(async () => {
    const answer = await app.send("GET", address.pathname + address.search);
    expect(["Succeeded", "Failed"]).toContain(answer.body["status"]);
    return answer;
  }, PATIENT);
  const [path = ""] = address.pathname.split("/operationStatuses/");
  const read = await app.send("GET", `${path}?${MANAGEMENT}`);
  const properties = read.body["properties"] as Deployed;
  expect(properties.provisioningState).toBe(done["status"]);
  expect(properties.error).toEqual(done.error);
  return properties;
}

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
        provisioningState: "Running",
        outputs: {},
        outputResources: [],
        parameters: {
          sourceServerLoginPassword: { type: "SecureString" },
          dbNamesToMigrate: { type: "Array", value: ["ticketdb", "timedb"] },
        },
      },
    });
    expect(await ended(put)).toMatchObject({ outputResources: [{ id: migrationPath("from-template") }] });
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
    expect((await ended(again)).provisioningState).toBe("Succeeded");
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
    const failed = await ended(await app.send("PUT", deploymentPath("d"), bodyOf(TEMPLATE, loop)));
    expect(failed).toMatchObject({
      provisioningState: "Failed",
      error: {
        code: "DeploymentFailed",
        details: [
          {
            code: "SAME_SERVER",
            target: "properties.template.resources[0].properties.sourceDbServerResourceId",
          },
        ],
      },
      outputResources: [],
    });
  });

  test("operations tell what became of each migration; a failure stops only what depends on it", async () => {
    const [resource] = TEMPLATE.resources;
    const named = (name: string, more: object = {}) => ({
      ...resource,
      name: `crm-target/${name}`,
      properties: { ...(resource["properties"] as object), ...more },
    });
    const loop = { sourceDbServerResourceId: `${app.target.host}:${app.target.port}@x` };
    const after = (name: string, other: string) => ({ ...named(name), dependsOn: [`crm-target/${other}`] });
    const resources = [
      after("five", "four"),
      named("one"),
      named("two", loop),
      named("three"),
      after("four", "two"),
    ];
    const template = { ...TEMPLATE, resources };
    const deployed = await ended(await app.send("PUT", deploymentPath("ops"), bodyOf(template)));
    expect(deployed).toMatchObject({
      provisioningState: "Failed",
      error: { code: "DeploymentFailed", details: [{ code: "SAME_SERVER" }] },
    });
    const made = [{ id: migrationPath("one") }, { id: migrationPath("three") }];
    expect(deployed.outputResources).toEqual(made);
    const operations = `${GROUP}/deployments/OPS/operations`;
    const { body } = await app.send("GET", `${operations}?${MANAGEMENT}`);
    const value = body["value"] as { id: string; operationId: string; properties: object }[];
    expect(value.map(({ properties }) => properties)).toMatchObject([
      {
        provisioningState: "Failed",
        statusCode: "BadRequest",
        statusMessage: { error: { code: "SAME_SERVER" } },
        targetResource: { resourceName: "crm-target/two" },
      },
      {
        provisioningState: "Succeeded",
        statusCode: "Created",
        targetResource: { id: migrationPath("one"), resourceName: "crm-target/one" },
      },
      { provisioningState: "Succeeded", targetResource: { resourceName: "crm-target/three" } },
    ]);
    const [first] = value;
    const one = await app.send("GET", `${first?.id}?${MANAGEMENT}`);
    expect(one).toMatchObject({ status: 200, body: { operationId: first?.operationId } });
    expect(await app.send("GET", `${operations}/none?${MANAGEMENT}`)).toMatchObject({ status: 404 });
    const names = await store().migration.findMany({ select: { name: true }, orderBy: { name: "asc" } });
    expect(names).toEqual([{ name: "one" }, { name: "three" }]);
  });

  test("five are created at the same time; a canceled one finishes what it has begun, and begins nothing more", async () => {
    const [resource] = TEMPLATE.resources;
    const named = (name: string, more: object = {}) => ({ ...resource, name: `crm-target/${name}`, ...more });
    const first = ["a", "c", "d", "e", "f"];
    const after = named("b", { dependsOn: ["crm-target/a"] });
    const resources = [after, ...[...first, "g"].map((name) => named(name))];
    const cancel = () => app.send("POST", deploymentPath("stop", "/cancel"));
    expect(await cancel()).toMatchObject({ status: 404 });
    const put = await store().$transaction(async (held) => {
      // No migration can be created meanwhile.
      await held.$executeRaw`lock table migration in share mode`;
      const begun = await app.send("PUT", deploymentPath("stop"), bodyOf({ ...TEMPLATE, resources }));
      await vi.waitFor(async () => {
        const { operations } = await store().deployment.findFirstOrThrow();
        expect(operations).toMatchObject(
          first.map((name) => ({ state: "Running", resourceId: migrationPath(name) })),
        );
      }, PATIENT);
      expect(await cancel()).toMatchObject({ status: 204 });
      expect((await app.send("GET", deploymentPath("stop"))).body).toMatchObject({
        properties: { provisioningState: "Canceled", error: { code: "DeploymentCanceled" } },
      });
      return begun;
    });
    const made = first.map((name) => ({ id: migrationPath(name) }));
    await vi.waitFor(
      async () =>
        expect((await app.send("GET", deploymentPath("stop"))).body).toMatchObject({
          properties: { provisioningState: "Canceled", outputResources: made, outputs: {} },
        }),
      PATIENT,
    );
    const address = new URL(put.headers.get("azure-asyncoperation") ?? "");
    expect((await app.send("GET", address.pathname + address.search)).body).toMatchObject({
      status: "Canceled",
    });
    const { body } = await app.send("GET", `${GROUP}/deployments/stop/operations?${MANAGEMENT}`);
    expect(body["value"]).toMatchObject(
      first.map(() => ({ properties: { provisioningState: "Succeeded" } })),
    );
    const names = await store().migration.findMany({ select: { name: true }, orderBy: { name: "asc" } });
    expect(names).toEqual(first.map((name) => ({ name })));
    const again = await cancel();
    expect([again.status, again.body.error?.code]).toEqual([409, "DeploymentCannotBeCancelled"]);
    // Deployed again, it makes what is missing.
    const rest = await app.send("PUT", deploymentPath("stop"), bodyOf({ ...TEMPLATE, resources }));
    expect((await ended(rest)).outputResources).toHaveLength(7);
  });

  test("one that runs is neither replaced nor removed; of several at once one begins", async () => {
    const puts = await Promise.all(
      Array.from({ length: 5 }, () => app.send("PUT", deploymentPath("busy"), bodyOf(TEMPLATE))),
    );
    const begun = puts.filter(({ status }) => status < 300);
    expect(begun.length).toBeGreaterThanOrEqual(1);
    for (const { status, body } of puts) {
      if (status >= 300) expect([status, body.error?.code]).toEqual([409, "DeploymentActive"]);
    }
    await vi.waitFor(
      async () => expect(await store().deployment.count({ where: { provisioningState: "Running" } })).toBe(0),
      PATIENT,
    );
    await store().deployment.updateMany({ data: { provisioningState: "Running", aliveAt: new Date() } });
    for (const [method, body] of [["DELETE"], ["PUT", bodyOf(TEMPLATE)]] as const) {
      const refused = await app.send(method, deploymentPath("busy"), body);
      expect([refused.status, refused.body.error?.code]).toEqual([409, "DeploymentActive"]);
    }
    expect(await store().migration.count()).toBe(1);
  });

  test("one whose process has ended counts as failed, and is removed with its migrations left", async () => {
    const put = await app.send("PUT", deploymentPath("lost"), bodyOf(TEMPLATE));
    await ended(put);
    const aliveAt = new Date(Date.now() - 61_000);
    await store().deployment.updateMany({ data: { provisioningState: "Running", aliveAt, endedAt: null } });
    const address = new URL(put.headers.get("azure-asyncoperation") ?? "");
    expect((await app.send("GET", address.pathname + address.search)).body).toMatchObject({
      status: "Failed",
      error: { code: "DeploymentInterrupted" },
    });
    expect(await ended(await app.send("PUT", deploymentPath("lost"), bodyOf(TEMPLATE)))).toMatchObject({
      provisioningState: "Succeeded",
    });
    // The earlier one is told of no more.
    expect(await app.send("GET", address.pathname + address.search)).toMatchObject({ status: 404 });
    expect((await app.send("DELETE", deploymentPath("LOST"))).status).toBe(204);
    expect((await app.send("DELETE", deploymentPath("lost"))).status).toBe(204);
    expect((await app.send("GET", deploymentPath("lost"))).status).toBe(404);
    expect(await store().migration.count()).toBe(1);
  });

  test("the list comes in pages, newest first", async () => {
    const empty = bodyOf({ ...TEMPLATE, parameters: {}, resources: [] }, {});
    for (const name of ["a", "b", "c"]) await ended(await app.send("PUT", deploymentPath(name), empty));
    const names: string[] = [];
    let next: string | null = `${GROUP}/providers/Microsoft.Resources/deployments?${MANAGEMENT}&$top=2`;
    while (next !== null) {
      const page: Answer = await app.send("GET", next);
      names.push(...(page.body["value"] as { name: string }[]).map(({ name }) => name));
      const link = page.body["nextLink"] as string | undefined;
      next = link === undefined ? null : new URL(link).pathname + new URL(link).search;
    }
    expect(names).toEqual(["c", "b", "a"]);
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
    [
      "parameters that go in a circle",
      {
        ...TEMPLATE,
        parameters: {
          a: { type: "string", defaultValue: "[parameters('b')]" },
          b: { type: "string", defaultValue: "[parameters('A')]" },
        },
      },
      null,
      /parameter a -> parameter b -> parameter a/,
    ],
    ["a short password", TEMPLATE, { sourceServerLoginPassword: "tiny-pw" }, /sourceServerLoginPassword/],
    ["no template", [], {}, /expected object/],
  ])("refuses %s", async (_, template, change, message) => {
    const refused = await app.send(
      "PUT",
      deploymentPath("d"),
      bodyOf(template, change === null ? {} : { ...PARAMETERS, ...change }),
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
    expect(linked).toMatchObject({
      status: 400,
      body: { error: { code: "TemplateFeatureNotSupported", target: "properties.templateLink" } },
    });
    const looped = { ...TEMPLATE, resources: [{ ...TEMPLATE.resources[0], copy: { name: "l", count: 2 } }] };
    for (const rest of ["", "/validate"]) {
      const answer = await app.send(rest ? "POST" : "PUT", deploymentPath("d", rest), bodyOf(looped));
      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: {
            code: "TemplateFeatureNotSupported",
            target: "properties.template.resources[0].copy",
          },
        },
      });
    }
    expect(await app.send("PUT", deploymentPath("a%20b"), bodyOf(TEMPLATE))).toMatchObject({ status: 400 });
  });
});
