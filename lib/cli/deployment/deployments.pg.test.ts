import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { CliApp, REPOSITORY, SOURCE_SECRET, TARGET_SECRET } from "@/lib/cli/testing/cli-app";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { exportOfRequest, exportOfResource } from "@/lib/migrations/export/exported-migration";
import { cliCommand } from "@/lib/migrations/export/properties-file";
import { localServerResourceId, migrationResourceId } from "@/lib/migrations/resource-paths";
import { VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";
import { openSecret } from "@/lib/store/secrets";

vi.mock("server-only", () => ({}));

const cli = CliApp.forFile();
const { howdah, spawned } = cli;

describe("exports and waiting", () => {
  test("the exported script makes the migration it was exported from, in a shell", {
    timeout: 120_000,
  }, async () => {
    const serverId = localServerResourceId("crm-target");
    const { ca } = await createTestCertificates("127.0.0.1");
    const { ca: other } = await createTestCertificates("127.0.0.1");
    const certificates = { sourceCaCertificate: ca, targetCaCertificate: ca + other };
    const exported = exportOfRequest(migrationResourceId(serverId, "again"), {
      tags: { owner: "it's me" },
      properties: {
        migrationOption: "Migrate",
        sourceType: "AWS_RDS",
        sslMode: "Require",
        sourceDbServerResourceId: "db.example.com:5432@migrator",
        dbsToMigrate: ["shop $HOME `id`", "crm"],
        overwriteDbsInTarget: "True",
        secretParameters: {
          adminCredentials: { sourceServerPassword: "left", targetServerPassword: "out" },
          targetServerUsername: "admin1",
        },
        howdah: { jobs: 2, databases: [{ name: "crm", targetName: "crm2" }], ...certificates },
      },
    });
    const ran = await cli.shell(cliCommand(exported), {
      HOWDAH_SOURCE_PASSWORD: SOURCE_SECRET,
      HOWDAH_TARGET_PASSWORD: TARGET_SECRET,
    });
    expect(ran.code, ran.said).toBe(0);
    const { id } = z.object({ id: z.string() }).parse(JSON.parse(ran.out));
    const made = await cli.served.send("GET", `${id}?${VERSION}`);
    const resource = made.body as unknown as Parameters<typeof exportOfResource>[0];
    const again = exportOfResource(resource, { sourceUser: "migrator", targetUser: "admin1" });
    expect(again).toMatchObject({ ...exported, properties: expect.objectContaining(exported.properties) });
    expect(again.properties["howdah"]).toMatchObject(certificates);
  });

  test("--wait shows the way on standard error and the end as the result", async () => {
    const properties = {
      sourceDbServerResourceId: "db.example.com:5432@migrator",
      dbsToMigrate: ["a", "b", "c"],
      secretParameters: {
        adminCredentials: { sourceServerPassword: SOURCE_SECRET, targetServerPassword: TARGET_SECRET },
      },
    };
    writeFileSync(join(cli.folder, "w.json"), JSON.stringify({ properties }));
    const creating = howdah(
      "migration",
      "create",
      "w",
      "-s",
      "crm-target",
      "-b",
      join(cli.folder, "w.json"),
      "--wait",
      "--query",
      "currentStatus.state",
      "-o",
      "tsv",
    );
    await vi.waitFor(async () => expect(await store().migration.count()).toBe(1), 40_000);
    await store().migration.updateMany({
      data: { state: "Canceled", substate: "Completed", endedAt: new Date(), version: { increment: 1 } },
    });
    expect(await creating).toMatchObject({
      code: 130,
      out: "Canceled",
      said: expect.stringMatching(/Migration w: 3 databases[\s\S]*Canceled after/),
    });
  });
});

describe("servers, output and deployments", () => {
  test("a server is added, listed and shown in every format", async () => {
    const { host, port, user, password } = cli.served.target;
    vi.stubEnv("HOWDAH_TARGET_PASSWORD", password);
    const added = await howdah(
      "server",
      "add",
      "second",
      "--host",
      host,
      "--port",
      String(port),
      "--user",
      user,
      "-o",
      "table",
    );
    expect(added).toMatchObject({ code: 0, out: "second was registered; it runs PostgreSQL 17." });
    expect((await howdah("server", "list", "--query", "[].name | sort(@)", "-o", "tsv")).out).toBe(
      "crm-target\nsecond",
    );
    expect((await howdah("server", "show", "second", "-o", "yaml")).out).toMatch(/^name: second$/m);
    expect(
      (
        await howdah(
          "server",
          "show",
          "-n",
          "second",
          "-g",
          "rg",
          "--query",
          "{Name: name, Port: howdah.port}",
          "-o",
          "table",
        )
      ).out,
    ).toMatch(new RegExp(`^NAME +PORT\\nsecond +${port}$`));
    expect((await howdah("server", "list", "-o", "jsonc")).out).toMatch(/^\[/);
    expect(await howdah("server", "show", "second", "--query", "a[")).toMatchObject({
      code: 2,
      said: expect.stringContaining("--query"),
    });
    expect(await howdah("server", "show", "none")).toMatchObject({
      code: 1,
      said: expect.stringContaining("ResourceNotFound"),
    });
    expect(await howdah("server", "list", "-o", "xml")).toMatchObject({ code: 2 });
  });

  test("Azure's own template is deployed, with comments and parameters from everywhere", {
    timeout: 120_000,
  }, async () => {
    const azure = readFileSync(
      join(REPOSITORY, "lib", "arm", "template", "testing", "azure-template.json"),
      "utf8",
    );
    writeFileSync(join(cli.folder, "t.json"), `// a comment\n${azure}`);
    writeFileSync(
      join(cli.folder, "p.json"),
      JSON.stringify({
        $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        contentVersion: "1.0.0.0",
        parameters: {
          targetServerName: { value: "crm-target" },
          migrationName: { value: "overridden" },
          sourceServerResourceId: { value: "db.example.com:5432@postgres" },
          sourceServerLoginName: { value: "postgres" },
          targetServerLoginName: { value: "admin1" },
          targetServerLoginPassword: { value: TARGET_SECRET },
        },
      }),
    );
    writeFileSync(join(cli.folder, "source.txt"), `${SOURCE_SECRET}\n`);
    const words = [
      "migrationName=from-t",
      "sourceServerLoginPassword=@source.txt",
      'dbNamesToMigrate=["a","b"]',
    ];
    const deployed = await spawned(
      "deployment",
      "group",
      "create",
      "-g",
      "my-rg",
      "--template-file",
      "t.json",
      "--parameters",
      "@p.json",
      ...words,
    );
    expect(deployed).toMatchObject({ code: 0, said: expect.stringContaining('own resource group, "local"') });
    expect(JSON.parse(deployed.out)).toMatchObject({
      name: "t",
      properties: { provisioningState: "Succeeded" },
    });
    expect(deployed.out + deployed.said).not.toContain(SOURCE_SECRET);
    const row = await store().migration.findFirstOrThrow();
    expect(row.name).toBe("from-t");
    expect(await openSecret(store(), row.id, "source")).toBe(SOURCE_SECRET);
    expect((await howdah("deployment", "list", "--query", "[].name", "-o", "tsv")).out).toBe("t");
    expect((await howdah("deployment", "show", "t", "-o", "table")).out).toMatch(/State +Succeeded/);
  });

  test("what fails is told with its place; --no-wait returns at once; records are removed", async () => {
    const { host, port } = cli.served.target;
    const path = join(cli.folder, "one.json");
    const properties = {
      sourceDbServerResourceId: "[parameters('source')]",
      dbsToMigrate: ["a"],
      migrationOption: "Validate",
      secretParameters: {
        adminCredentials: { sourceServerPassword: SOURCE_SECRET, targetServerPassword: TARGET_SECRET },
      },
    };
    const template = {
      $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      contentVersion: "1.0.0.0",
      parameters: { source: { type: "string" } },
      resources: [
        {
          type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
          apiVersion: "2025-08-01",
          name: "crm-target/one",
          properties,
        },
      ],
    };
    writeFileSync(path, JSON.stringify(template, null, 2));
    const create = (source: string, ...more: string[]) =>
      howdah("deployment", "create", "-f", path, "-p", `source=${source}`, ...more);

    const failed = await create(`${host}:${port}@x`);
    expect(failed).toMatchObject({ code: 1, out: "" });
    expect(failed.said).toMatch(/one\.json:15:\d+: At least one resource .*\[SAME_SERVER\]/);
    const why = ["deployment", "operations", "one", "--query", "[].properties.statusMessage.error.code"];
    expect((await howdah(...why, "-o", "tsv")).out).toBe("SAME_SERVER");
    expect((await howdah("deployment", "operations", "one", "-o", "table")).out).toMatch(
      /^MIGRATION +STATE +ERROR\ncrm-target\/one +Failed/,
    );
    expect((await howdah("deployment", "show", "one", "-o", "table")).out).toMatch(/Error +At least one/);

    const state = ["--query", "properties.provisioningState", "-o", "tsv"];
    const begun = await create("db.example.com:5432@x", "--no-wait", "--name", "later", ...state);
    expect(begun).toMatchObject({ code: 0, out: "Running" });
    await vi.waitFor(
      async () => expect((await howdah("deployment", "show", "later", ...state)).out).toBe("Succeeded"),
      10_000,
    );
    expect(await create("db.example.com:5432@x", "--wait", ...state)).toMatchObject({ out: "Succeeded" });
    expect(await howdah("deployment", "cancel", "later")).toMatchObject({
      code: 1,
      said: expect.stringContaining("DeploymentCannotBeCancelled"),
    });
    await store().deployment.updateMany({
      where: { name: "later" },
      data: { provisioningState: "Running", aliveAt: new Date() },
    });
    expect(await howdah("deployment", "cancel", "-n", "later")).toMatchObject({ code: 0 });
    expect((await howdah("deployment", "show", "later", ...state)).out).toBe("Canceled");
    for (const name of ["later", "one"]) {
      expect(await howdah("deployment", "delete", name)).toMatchObject({ code: 0, out: "" });
    }
    expect(await howdah("deployment", "show", "one")).toMatchObject({ code: 1 });
    expect(await store().migration.count()).toBe(1);
  });

  test("a mistake in a template is told with its line, one in parameters by name", async () => {
    const template = (value: string) => `{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", "parameters": {"n": {"type": "int"}}, "resources": [],
  "outputs": { "x": { "type": "string",
      "value": "${value}" } } }`;
    const path = join(cli.folder, "bad-t.json");
    const run = (...words: string[]) => howdah("deployment", "validate", "-f", path, ...words);
    writeFileSync(path, template("[concat('a', guid('b'))]"));
    const refused = await run("-p", "n=1");
    expect(refused.code).toBe(1);
    expect(refused.said).toMatch(/bad-t\.json:5:16: .*'guid' is not supported.*character 14/);
    expect(await run("-p", "n=one")).toMatchObject({
      code: 2,
      said: expect.stringContaining("n=...: the value is not JSON"),
    });
    expect(await run("-p", join(cli.folder, "gone.json"))).toMatchObject({
      code: 2,
      said: expect.stringContaining("does not exist"),
    });
    expect(await run("-p", '{"n": 1}')).toMatchObject({
      code: 2,
      said: expect.stringContaining("'n' must have the form"),
    });
    expect(await run("-p", "n=1", "N=2", "m=3")).toMatchObject({
      code: 1,
      said: expect.stringContaining("'m'"),
    });
  });
});
