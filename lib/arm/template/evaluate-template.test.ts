import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArmError } from "@/lib/arm/arm-error";
import { migrationCreateBody } from "@/lib/migrations/contract";
import { type EvaluatedTemplate, evaluateTemplate } from "./evaluate-template";

/** The template of Azure's own page on migrating with ARM templates, word for word. */
const AZURE_TEMPLATE: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, "testing", "azure-template.json"), "utf8"),
);
const SCOPE = {
  subscriptionId: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "local",
  location: "here",
};
const SECRET = "pa55-source-word";

const GIVEN = {
  targetServerName: { value: "crm-target" },
  migrationName: { value: "from-template" },
  sourceServerResourceId: { value: "db.example.com:5432@postgres" },
  sourceServerLoginName: { value: "postgres" },
  sourceServerLoginPassword: { value: SECRET },
  targetServerLoginName: { value: "admin1" },
  targetServerLoginPassword: { value: "pa55-target-word" },
  dbNamesToMigrate: { value: ["ticketdb", "timedb"] },
};

const MIGRATION = {
  type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
  apiVersion: "2025-08-01",
  name: "crm-target/one",
  properties: {},
};

interface Parts {
  parameters?: Record<string, unknown>;
  variables?: Record<string, unknown>;
  resources?: unknown[];
  outputs?: Record<string, unknown>;
}

const templateOf = (parts: Parts) => ({
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  resources: [],
  ...parts,
});

/** What an expression comes to. */
function outputOf(expression: unknown, type = "string", parts: Parts = {}, given: unknown = {}): unknown {
  const template = templateOf({ ...parts, outputs: { out: { type, value: expression } } });
  return evaluateTemplate(template, given, SCOPE).outputs["out"]?.value;
}

function refusal(run: () => unknown): ArmError {
  try {
    run();
  } catch (error) {
    if (error instanceof ArmError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

describe("Azure's own template", () => {
  const deploy = (given: object = {}): EvaluatedTemplate =>
    evaluateTemplate(AZURE_TEMPLATE, { ...GIVEN, ...given }, SCOPE);

  it("comes to one migration that the contract accepts, with its defaults", () => {
    const { migrations, parameters } = deploy();
    const [migration, ...others] = migrations;
    expect(others).toEqual([]);
    expect(migration).toMatchObject({ serverName: "crm-target", migrationName: "from-template" });
    expect(migration?.body).toMatchObject({ location: "here" });
    const { properties } = migrationCreateBody.parse(migration?.body);
    expect(properties).toMatchObject({
      dbsToMigrate: ["ticketdb", "timedb"],
      migrationMode: "Offline",
      migrationOption: "ValidateAndMigrate",
      overwriteDbsInTarget: "True",
      sourceType: "OnPremises",
      sslMode: "Prefer",
    });
    expect(properties.secretParameters).toMatchObject({
      adminCredentials: { sourceServerPassword: SECRET },
      targetServerUsername: "admin1",
    });
    expect(JSON.stringify(parameters)).not.toContain("pa55");
    expect(parameters["sourceServerLoginPassword"]).toEqual({ type: "SecureString" });
    expect(parameters["SslMode"]).toEqual({ type: "String", value: "Prefer" });
  });

  it.each([
    [
      { sourceServerLoginPassword: { value: "short" } },
      /sourceServerLoginPassword.*greater than or equal to '8'/,
    ],
    [{ sourceServerLoginName: { value: "" } }, /sourceServerLoginName.*greater than or equal to '1'/],
    [{ migrationMode: { value: "Online" } }, /'Online' is not part of the allowed value\(s\): 'Offline'/],
    [{ dbNamesToMigrate: { value: "ticketdb" } }, /Expected a value of type 'Array', .*'String'/],
    [{ migrationName: { value: 7 } }, /Expected a value of type 'String', .*'Integer'/],
    [
      { migrationname2: { value: "x" } },
      /'migrationname2' in the parameters file are not valid.*'SourceType, targetServerName/,
    ],
    [{ targetServerName: {} }, /'targetServerName' is not provided/],
    [{ targetServerName: { reference: {} } }, /key vault/],
  ])("refuses %j", (given, message) => {
    expect(refusal(() => deploy(given)).message).toMatch(message);
  });

  it("takes names of parameters in any case", () => {
    expect(deploy({ SSLMODE: { value: "require" } }).migrations[0]?.body).toMatchObject({
      properties: { sslMode: "require" },
    });
  });
});

describe("expressions", () => {
  it.each([
    ["[concat('a', 'b''c', 3)]", "ab'c3"],
    ["[toLower(format('{0}-{1}{{}}', 'A', 2))]", "a-2{}"],
    ["[if(equals(1, 1), 'yes', variables('none'))]", "yes"],
    ["[IF(not(true()), 'yes', toUpper('no'))]", "NO"],
    ["[resourceGroup().location]", "here"],
    ["[resourceGroup()['name']]", "local"],
    ["[split('a/b', '/')[1]]", "b"],
    [
      "[resourceId('Microsoft.DBforPostgreSQL/flexibleServers', 'x')]",
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.DBforPostgreSQL/flexibleServers/x",
    ],
    [
      "[resourceId('g', 'A/b/c', 'x', 'y')]",
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/A/b/x/c/y",
    ],
    ["[[not an expression]", "[not an expression]"],
    ["[plain", "[plain"],
    [" [toLower('A')]", " [toLower('A')]"],
  ])("%s is %s", (expression, value) => {
    expect(outputOf(expression)).toBe(value);
  });

  it.each([
    ["[uniqueString('a')]", 2, "'uniqueString' is not supported"],
    ["[concat('a', newGuid())]", 14, "'newGuid' is not supported"],
    ["[contoso.make('a')]", 2, "User-defined functions"],
    ["[concat('a'", undefined, null],
    ["[concat('a']", 12, "ends too early|missing"],
    ["[concat('a)]", 9, "not closed"],
    ["[concat('a',, 'b')]", 13, "','"],
    ["[parameters('gone')]", 2, "'gone' is not found"],
    ["[resourceGroup().tags]", 18, "'tags' does not exist"],
    ["[if('x', 1, 2)]", 5, "true or false"],
    ["[toLower(1)]", 2, "takes texts"],
    ["[toLower('a', 'b')]", 2, "takes 1 arguments, not 2"],
    ["[format('{0:N}', 1)]", 2, "such as"],
    ["[1 + 2]", 4, "no meaning"],
    ["[]", 2, "ends too early"],
  ])("refuses %s at character %j", (expression, position, message) => {
    if (message === null) return expect(outputOf(expression)).toBe(expression);
    const error = refusal(() => outputOf(expression));
    expect(error).toMatchObject({
      code: "InvalidTemplate",
      options: { target: "properties.template.outputs.out.value" },
    });
    expect(error.message).toMatch(new RegExp(message));
    expect(error.options.additionalInfo?.[0]?.info).toMatchObject({ position });
  });

  it("names the whole circle, of variables, of defaults and of dependsOn", () => {
    const circle = { a: "[variables('b')]", b: { c: ["[variables('A')]"] } };
    expect(refusal(() => outputOf("x", "string", { variables: circle })).message).toContain(
      "Circular reference: variable a -> variable b -> variable a",
    );
    const parameters = { p: { type: "string", defaultValue: "[parameters('p')]" } };
    expect(refusal(() => outputOf("x", "string", { parameters })).message).toContain(
      "parameter p -> parameter p",
    );
    const resources = [
      {
        ...MIGRATION,
        dependsOn: [
          "[resourceId('Microsoft.DBforPostgreSQL/flexibleServers/migrations', 'crm-target', 'two')]",
        ],
      },
      { ...MIGRATION, name: "crm-target/two", dependsOn: ["crm-target/one"] },
    ];
    expect(refusal(() => outputOf("x", "string", { resources })).message).toContain("one -> two -> one");
  });

  it("never fails on any text other than with a place in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ac'(),.[]1 -concat", "\u00e9") }), (text) => {
        try {
          outputOf(`[${text}]`);
        } catch (error) {
          expect(error).toBeInstanceOf(ArmError);
        }
      }),
    );
    expect(refusal(() => outputOf(`[${"concat(".repeat(3_000)}]`)).message).toContain("nested deeper");
  });
});

describe("secure parameters", () => {
  const parameters = {
    secret: { type: "secureString" },
    plain: { type: "string", defaultValue: "[parameters('secret')]" },
  };
  const given = { secret: { value: SECRET } };
  const migrate = (change: object, variables = {}) =>
    evaluateTemplate(
      templateOf({ parameters, variables, resources: [{ ...MIGRATION, ...change }] }),
      given,
      SCOPE,
    );

  it("go into secretParameters and nowhere else", () => {
    const secretParameters = { adminCredentials: { sourceServerPassword: "[parameters('plain')]" } };
    const { migrations, parameters: shown } = migrate({ properties: { secretParameters } });
    expect(JSON.stringify(migrations[0]?.body)).toContain(SECRET);
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    const leak = "[concat('a', variables('v').x)]";
    const variables = { v: { x: "[parameters('plain')]" } };
    for (const change of [
      { name: `crm-target/${leak}` },
      { tags: { a: leak } },
      { properties: { dbsToMigrate: [leak] } },
      { location: leak },
    ]) {
      if ("name" in change) change.name = "[concat('crm-target/', variables('v').x)]";
      const error = refusal(() => migrate(change, variables));
      expect(error.message).toMatch(/'plain, secret'|'secret, plain'|'secret'/);
      expect(error.message).not.toContain(SECRET);
    }
  });

  it("do not come out as outputs, nor in messages", () => {
    expect(outputOf("[parameters('secret')]", "secureString", { parameters }, given)).toBeUndefined();
    for (const expression of [
      "[parameters('plain')]",
      "[parameters(parameters('secret'))]",
      "[resourceGroup()[parameters('secret')]]",
    ]) {
      expect(refusal(() => outputOf(expression, "string", { parameters }, given)).message).not.toContain(
        SECRET,
      );
    }
  });
});

describe("resources", () => {
  const deploy = (...resources: object[]) =>
    evaluateTemplate(templateOf({ resources }), {}, SCOPE).migrations;

  it("come in the order of dependsOn, without those whose condition is false", () => {
    const names = deploy(
      { ...MIGRATION, name: "t/a", dependsOn: ["t/c"] },
      { ...MIGRATION, name: "t/b", condition: "[equals('a', 'b')]" },
      { ...MIGRATION, name: "t/c" },
    ).map(({ migrationName }) => migrationName);
    expect(names).toEqual(["c", "a"]);
  });

  it.each([
    [{ type: "Microsoft.Storage/storageAccounts" }, "resources[0].type", /cannot be deployed here/],
    [{ apiVersion: "2017-01-01" }, "resources[0].apiVersion", /is invalid/],
    [{ name: "only-one" }, "resources[0].name", /server\/migration/],
    [{ type: 7 }, "resources[0].type", /expected string/],
    [{ sku: {} }, "resources[0]", /'sku' is not supported/],
    [{ dependsOn: ["t/none"] }, "resources[0].dependsOn[0]", /not defined in the template/],
    [{ condition: "maybe" }, "resources[0].condition", /true or false/],
    [{ properties: 1 }, "resources[0].properties", /./],
  ])("refuses %j", (change, path, message) => {
    const error = refusal(() => deploy({ ...MIGRATION, ...change }));
    expect(error.options.target).toBe(`properties.template.${path}`);
    expect(error.message).toMatch(message);
  });

  it("refuses the same migration twice, and a template that is none", () => {
    expect(refusal(() => deploy(MIGRATION, { ...MIGRATION, name: "CRM-target/ONE" })).message).toContain(
      "multiple times",
    );
    for (const json of [null, [], {}, "x", { $schema: "https://x/deploymentParameters.json#" }]) {
      expect(refusal(() => evaluateTemplate(json, {}, SCOPE)).code).toBe("InvalidTemplate");
    }
  });
});

describe("features Howdah has not are refused by name", () => {
  const nested = { type: "Microsoft.Resources/deployments", apiVersion: "2025-04-01", name: "inner" };

  it.each([
    [
      { resources: [{ ...MIGRATION, copy: { name: "l", count: 2 } }] },
      "resources[0].copy",
      /Loops \('copy'\)/,
    ],
    [{ resources: [{ ...MIGRATION, properties: { Copy: [] } }] }, "resources[0].properties.copy", /Loops/],
    [{ variables: { copy: [{ name: "v", count: 2, input: 1 }] } }, "variables.copy", /Loops/],
    [{ outputs: { o: { type: "array", copy: {} } } }, "outputs.o.copy", /Loops/],
    [
      { resources: [MIGRATION, { ...nested, resourceGroup: "other", properties: { template: {} } }] },
      "resources[1].type",
      /Nested templates are not/,
    ],
    [
      { resources: [{ ...nested, properties: { templateLink: { uri: "https://x" } } }] },
      "resources[0].type",
      /Linked templates \('templateLink'\)/,
    ],
    [{ resources: [{ ...MIGRATION, resources: [] }] }, "resources[0].resources", /Child resources/],
    [{ languageVersion: "2.0", resources: {} }, "languageVersion", /Symbolic names/],
    [{ definitions: {} }, "definitions", /User-defined types/],
  ])("%j", (parts, path, message) => {
    const error = refusal(() => evaluateTemplate({ ...templateOf({}), ...parts }, {}, SCOPE));
    expect(error).toMatchObject({
      status: 400,
      code: "TemplateFeatureNotSupported",
      options: { target: `properties.template.${path}` },
    });
    expect(error.message).toMatch(message);
  });
});
