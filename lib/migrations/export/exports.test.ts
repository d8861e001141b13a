import { createRequire } from "node:module";
import { parseToObject } from "hcl2-parser";
import { describe, expect, it } from "vitest";
import { Language, Parser } from "web-tree-sitter";
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

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Whether a text is no Bicep, and its strings as they are meant. */
async function bicepParser(): Promise<(text: string) => { hasError: boolean; strings: string[] }> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve("tree-sitter-bicep/tree-sitter-bicep.wasm");
  const parser = new Parser().setLanguage(await Language.load(grammar));
  return (text) => {
    const root = parser.parse(text)?.rootNode;
    if (!root) throw new Error("Nothing was parsed.");
    const strings = root
      .descendantsOfType("string")
      .map((node) =>
        node.text.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped),
      );
    return { hasError: root.hasError, strings };
  };
}

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
  it("a parser of Bicep reads back what was written, whatever it holds", async () => {
    const parse = await bicepParser();
    for (const odd of [
      PLACE,
      "%{if}",
      "new\nline\ttab\rreturn",
      `it's "q" \\`,
      "ünïcode",
      "'''",
      "https://x",
      "a\\",
    ]) {
      const properties = {
        ...migration.properties,
        dbsToMigrate: ["shop", odd],
        howdah: { jobs: 2, databases: [{ name: odd, exclude: { tables: ["public.log*"] } }], vacuum: true },
      };
      const written = bicep({ ...migration, tags: { [odd]: "y", owner: odd }, properties });
      const { hasError, strings } = parse(written);
      expect([odd, hasError]).toEqual([odd, false]);
      // A database, its filter, a tag's name and another's value: everywhere it is the same text again.
      expect(strings.filter((text) => text === odd)).toHaveLength(4);
    }
    // The parser does refuse what is no Bicep.
    for (const broken of [
      bicep(migration).replace("{", ""),
      bicep(migration).replace("'crm-target'", "'crm-target"),
      bicep(migration).replace("name: migrationName", "name:"),
    ])
      expect(parse(broken).hasError).toBe(true);
  });
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
