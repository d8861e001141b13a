import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { CliApp, SOURCE_SECRET, TARGET_SECRET } from "@/lib/cli/testing/cli-app";
import { store } from "@/lib/store/client";
import { openSecret } from "@/lib/store/secrets";

vi.mock("server-only", () => ({}));

const cli = CliApp.forFile();
const { howdah, spawned } = cli;

/** The properties file of Azure's own tutorial, word for word, with its placeholders filled. */
const AZURE_PROPERTIES = readFileSync(join(import.meta.dirname, "testing", "azure-properties.txt"), "utf8")
  .replace("<<source hostname or IP address>>:<<port>>@<<username>>", "db.example.com:5432@migrator")
  .replace("<<Source Password>>", SOURCE_SECRET)
  .replace("<<Target Password>>", TARGET_SECRET)
  .replace("<<Target username>>", "admin1")
  .replace(/"<<comma separated.*>>"/, '"ticketdb","timedb","inventorydb"');

beforeAll(() => writeFileSync(join(cli.folder, "migration_body.json"), AZURE_PROPERTIES));

/** The command lines of the tutorial without `az`, their placeholders filled. */
const SCOPE = [
  "--subscription",
  "11111111-1111-1111-1111-111111111111",
  "--resource-group",
  "my-learning-rg",
];
const AZ = ["postgres", "flexible-server", "migration"];
const TUTORIAL = {
  list: [...AZ, "list", ...SCOPE, "--name", "crm-target", "--filter", "All"],
  create: [
    ...AZ,
    "create",
    ...SCOPE,
    "--name",
    "crm-target",
    "--migration-name",
    "migration1",
    "--migration-option",
    "ValidateAndMigrate",
    "--properties",
    "migration_body.json",
    "--migration-mode",
    "offline",
  ],
  show: [...AZ, "show", ...SCOPE, "--name", "crm-target", "--migration-name", "migration1"],
  cancel: [...AZ, "update", "cancel", ...SCOPE, "--name", "crm-target", "--migration-name", "migration1"],
};

describe("the tutorial of Azure, as real processes", () => {
  test("its commands and its file do what they do there", { timeout: 120_000 }, async () => {
    expect(await howdah(...TUTORIAL.list, "-o", "json")).toMatchObject({ code: 0, out: "[]" });
    const created = await spawned(...TUTORIAL.create);
    expect(created.said).toContain("Note: targetServerUsername belongs into secretParameters");
    expect(created.said).toContain(
      "Creating PostgreSQL Migration for server 'crm-target' in group 'my-learning-rg' and subscription '11111111-1111-1111-1111-111111111111'...",
    );
    expect(created.said).toContain('Note: this Howdah has no resource group "my-learning-rg"');
    expect(created.code).toBe(0);
    expect(JSON.parse(created.out)).toMatchObject({
      name: "migration1",
      type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
      migrationMode: "Offline",
      migrationOption: "ValidateAndMigrate",
      sourceType: "AWS",
      sslMode: "Require",
      overwriteDbsInTarget: "True",
      setupLogicalReplicationOnSourceDbIfNeeded: "False",
      dbsToMigrate: ["ticketdb", "timedb", "inventorydb"],
      currentStatus: { state: "InProgress" },
    });
    const row = await store().migration.findFirstOrThrow();
    expect(row.targetUser).toBe("admin1");
    expect(await openSecret(store(), row.id, "source")).toBe(SOURCE_SECRET);

    const show = await spawned(
      ...TUTORIAL.show,
      "--query",
      "currentStatus.[state, currentSubStateDetails.currentSubState]",
      "-o",
      "tsv",
    );
    expect(show).toMatchObject({ code: 0, out: "InProgress\nPerformingPreRequisiteSteps" });
    const refused = await howdah(...TUTORIAL.cancel);
    expect(refused).toMatchObject({ code: 2, out: "", said: expect.stringContaining("--yes") });
    const canceled = await spawned(...TUTORIAL.cancel, "--yes");
    expect(canceled).toMatchObject({
      code: 0,
      said: expect.stringContaining('"update cancel" is written "update --cancel"'),
    });
    expect((await store().migration.findFirstOrThrow()).cancelRequestedAt).not.toBeNull();
    const everything = [created, show, refused, canceled].map(({ out, said }) => out + said).join();
    for (const secret of [SOURCE_SECRET, TARGET_SECRET, cli.token]) expect(everything).not.toContain(secret);
  });
});

describe("flags of both generations", () => {
  const create = (...names: string[]) =>
    howdah(
      "migration",
      "create",
      "-g",
      "local",
      ...names,
      "-b",
      join(cli.folder, "migration_body.json"),
      "-o",
      "json",
    );

  test("name the server and the migration", async () => {
    expect(JSON.parse((await create("-n", "crm-target", "--migration-name", "old")).out)).toMatchObject({
      name: "old",
    });
    const untunable = await create("-s", "crm-target", "-n", "new", "--tune-target");
    expect(untunable).toMatchObject({ code: 1, said: expect.stringContaining("AZURE_TARGET_UNKNOWN") });
    expect(untunable.said).toContain("leave out howdah.tuneTarget (--tune-target)");
    const found = (azureResourceId: string | null) =>
      store().server.updateMany({ data: { azureResourceId } });
    await found(
      "/subscriptions/1/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/crm-target",
    );
    const tuned = JSON.parse((await create("-s", "crm-target", "-n", "new", "--tune-target")).out);
    expect(tuned).toMatchObject({ name: "new", howdah: { tuneTarget: true } });
    await found(null);
    expect(JSON.parse((await create("by-itself", "--server-name", "CRM-target")).out)).toMatchObject({
      name: "by-itself",
    });
    const anonymous = JSON.parse((await create("--name", "crm-target")).out) as { name: string };
    expect(anonymous.name).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    for (const names of [
      ["-n", "crm-target", "--migration-name", "old"],
      ["-s", "crm-target", "-n", "old"],
      ["old"],
      ["-n", "old"],
      ["old", "-n", "crm-target"],
    ]) {
      const shown = await howdah("migration", "show", ...names, "--query", "name", "-o", "tsv");
      expect(shown, names.join(" ")).toMatchObject({ code: 0, out: "old" });
    }
    const list = await howdah(
      "migration",
      "list",
      "-n",
      "crm-target",
      "--filter",
      "all",
      "--query",
      "length(@)",
      "-o",
      "tsv",
    );
    expect(list).toMatchObject({ out: "4", said: 'Note: the filter is written All; "all" is taken for it.' });
    expect((await howdah("migration", "list", "--query", "[0].name", "-o", "tsv")).out).toBe(anonymous.name);
    expect(await howdah("migration", "show", "a", "--migration-name", "b")).toMatchObject({ code: 2 });
    expect(await howdah("migration", "show", "a", "-s", "b", "-n", "c")).toMatchObject({ code: 2 });
  });

  test("an update is one of three things, in az's words", async () => {
    await create("-n", "crm-target", "--migration-name", "m1");
    const update = (...flags: string[]) =>
      howdah("migration", "update", "-n", "crm-target", "--migration-name", "m1", ...flags);
    expect(await update()).toMatchObject({
      code: 2,
      said: "Incorrect Usage: At least one update operation needs to be specified.",
    });
    expect(await update("--cancel", "--cutover")).toMatchObject({
      code: 2,
      said: "Incorrect Usage: Can only specify one update operation.",
    });
    expect(await update("--cutover", "--yes")).toMatchObject({
      code: 2,
      said: "Cutover is not possible for migration m1 if the migration_mode set to offline. The migration will cutover automatically",
    });
    expect(await update("cutover")).toMatchObject({ said: expect.stringContaining("update --cutover") });
    expect(await howdah("migration", "update", "cancel", "--", "help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("--setup-replication"),
    });
    expect(await howdah("migration", "\u2013-help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("check-name-availability"),
    });
  });

  test("a name is available until it is taken", async () => {
    const check = (...names: string[]) =>
      howdah("migration", "check-name-availability", ...names, "-o", "json");
    expect(JSON.parse((await check("-n", "crm-target", "--migration-name", "m1")).out)).toMatchObject({
      nameAvailable: true,
      reason: null,
    });
    await create("-n", "crm-target", "--migration-name", "m1");
    expect(JSON.parse((await check("-s", "crm-target", "-n", "m1")).out)).toMatchObject({
      nameAvailable: false,
      reason: "AlreadyExists",
    });
    const table = await howdah(
      "migration",
      "check-name-availability",
      "m2",
      "-s",
      "crm-target",
      "-o",
      "table",
    );
    expect(table.out).toBe('"m2" is available on crm-target.');
  });
});

describe("properties files", () => {
  const create = (file: string) =>
    howdah(
      "migration",
      "create",
      "m1",
      "-s",
      "crm-target",
      "--properties",
      join(cli.folder, file),
      "-o",
      "json",
    );
  const properties = (change: object) => ({
    properties: {
      sourceDbServerResourceId: "db.example.com:5432@migrator",
      secretParameters: {
        adminCredentials: { sourceServerPassword: SOURCE_SECRET, targetServerPassword: TARGET_SECRET },
      },
      dbsToMigrate: ["a"],
      ...change,
    },
  });

  test.each([
    ["is missing", null, /^Properties file does not exist in the given location: /],
    ["is empty", " \n", /is empty\.$/],
    [
      "is not JSON",
      '{"properties": {\n  "sslMode" "x"}}',
      /^Invalid json file\. .* line 2, position 13 on \(colon expected\)/,
    ],
    ["has comments, which az refuses", "// x\n{}", /line 1, position 1/],
    ["is a list", "[]", /the file must be an object/],
    ["has no properties", "{}", /properties must be an object; it is missing/],
    [
      "has an unknown key",
      properties({ dbToMigrate: ["a"] }),
      /unknown key 'dbToMigrate' in properties\. Known are: .*dbsToMigrate/,
    ],
    [
      "has a boolean for a text",
      properties({ OverwriteDbsInTarget: true }),
      /^Value of Key OverwriteDbsInTarget must be either 'True' or 'False'$/,
    ],
    [
      "has one text for a list",
      properties({ dbsToMigrate: "a,b" }),
      /'dbsToMigrate' must be a list of texts/,
    ],
    ["has a number for a text", properties({ sslMode: 1 }), /'sslMode' must be a text, not a number/],
    ["has a key twice", properties({ DBSTOMIGRATE: ["b"] }), /'dbsToMigrate' is in properties twice/],
    [
      "holds a placeholder",
      properties({ sourceType: "<<type>>" }),
      /properties\.sourceType still holds the placeholder <<type>>/,
    ],
    [
      "names no server as runtime server",
      properties({ migrationRuntimeResourceId: "x" }),
      /resource ID of a flexible server/,
    ],
  ])("one that %s is refused by name", async (_, content, message) => {
    const file = "bad.json";
    rmSync(join(cli.folder, file), { force: true });
    if (content !== null)
      writeFileSync(join(cli.folder, file), typeof content === "string" ? content : JSON.stringify(content));
    const refused = await create(file);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.said).toMatch(message);
    expect(refused.said).not.toContain(SOURCE_SECRET);
    expect(await store().migration.count()).toBe(0);
  });

  test("a directory is refused by name; a mark of Windows' editors is passed over", async () => {
    mkdirSync(join(cli.folder, "directory"), { recursive: true });
    expect(await create("directory")).toMatchObject({
      code: 2,
      said: expect.stringContaining("is a directory"),
    });
    writeFileSync(
      join(cli.folder, "bom.json"),
      `\uFEFF${JSON.stringify(properties({ migrationMode: "Online" }))}`,
    );
    const created = await create("bom.json");
    expect(created).toMatchObject({
      code: 0,
      said: expect.stringContaining("migrationMode of the file is not read"),
    });
    expect(JSON.parse(created.out)).toMatchObject({
      migrationMode: "Offline",
      overwriteDbsInTarget: "False",
    });
  });

  test("passwords that a file leaves out come from the environment", async () => {
    const { secretParameters: _, ...rest } = properties({}).properties;
    writeFileSync(join(cli.folder, "bare.json"), JSON.stringify({ properties: rest }));
    expect(await create("bare.json")).toMatchObject({
      code: 2,
      said: expect.stringContaining("HOWDAH_SOURCE_PASSWORD"),
    });
    vi.stubEnv("HOWDAH_SOURCE_PASSWORD", SOURCE_SECRET);
    vi.stubEnv("HOWDAH_TARGET_PASSWORD", TARGET_SECRET);
    expect(await create("bare.json")).toMatchObject({ code: 0 });
    const row = await store().migration.findFirstOrThrow();
    expect(await openSecret(store(), row.id, "target")).toBe(TARGET_SECRET);
  });
});
