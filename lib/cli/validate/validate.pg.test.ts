import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute } from "@/lib/cli/execute";
import { EXIT } from "@/lib/cli/exit-codes";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { parseValidationDetails } from "@/lib/migrations/validation-schema";
import { connect } from "@/lib/postgres/connect";

let source: TestServer;
let target: TestServer;
const lines: string[] = [];
const output = { out: (line: string) => void lines.push(line), say: (line: string) => void lines.push(line) };

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(15), startTestServer(17)]);
  await run(source, "postgres", "create database shop");
  await run(source, "postgres", "create role weak login password 'weak'");
  await run(source, "shop", "create table hidden (id int primary key)");
  await run(target, "postgres", "create database store");
});

async function run(server: TestServer, database: string, sql: string): Promise<void> {
  const { host, port, user, password } = server;
  const client = await connect({ host, port, user, password, database, sslMode: "Prefer" });
  await client.query(sql).finally(() => client.end());
}

afterAll(async () => {
  await Promise.all([source, target].map((server) => server?.[Symbol.asyncDispose]()));
});

beforeEach(() => {
  lines.length = 0;
});

const validate = (database: string, ...more: string[]) => as(source, database, ...more);

/** The command with another login on the source. */
function as(
  login: Pick<TestServer, "user" | "password">,
  database: string,
  ...more: string[]
): Promise<number> {
  process.env["HOWDAH_SOURCE_PASSWORD"] = login.password;
  process.env["HOWDAH_TARGET_PASSWORD"] = target.password;
  const from = `postgresql://${login.user}@${source.host}:${source.port}/${database}`;
  const to = `postgresql://${target.user}@${target.host}:${target.port}`;
  return execute(["validate", "--source", from, "--target", to, ...more], output);
}

describe("howdah validate", () => {
  it("prints what passed and what warns, and succeeds with warnings", async () => {
    expect(await validate("shop")).toBe(EXIT.succeeded);
    const text = lines.join("\n");
    expect(text).toMatch(/Database shop: \d+ passed/);
    expect(text).toMatch(
      /warning {2}roles-present: 1 role of the source does not exist on the target\. \[ROLE_MISSING\]/,
    );
    expect(text).toContain("where: weak");
    expect(lines.at(-1)).toMatch(/^1 warning · \d+ passed in /);
    expect(text).not.toContain(source.password);
  });

  it("exits with 3 when something failed, and prints the same report as JSON", async () => {
    expect(await validate("gone", "--json")).toBe(EXIT.validationFailed);
    const report = parseValidationDetails(JSON.parse(lines.join("\n")));
    expect(report?.dbLevelValidationDetails[0]?.summary[0]?.messages[0]?.code).toBe("DATABASE_VANISHED");
  });

  it("checks more for an online migration, and prints the statements alone", async () => {
    expect(await validate("shop", "--mode", "online", "--format", "markdown")).toBe(EXIT.succeeded);
    expect(lines.join("\n")).toContain("- wal-level: wal\\_level is logical on the source.");
    lines.length = 0;
    expect(await validate("shop", "--fixes")).toBe(EXIT.succeeded);
    expect(lines.join("\n").split("\n").slice(-2)).toEqual(["-- roles-present", 'create role "weak" login;']);
  });

  it("leaves out what the filter leaves out, and looks for the name that a database has on the target", async () => {
    const reader = { ...source, user: "weak", password: "weak" };
    const hidden = await as(reader, "shop", "--exclude-table", "hidden", "--rename", "shop=store");
    expect(hidden).toBe(EXIT.succeeded);
    const text = lines.join("\n");
    expect(text).not.toContain("TABLE_UNREADABLE");
    expect(text).toMatch(/target-database-absent: The target already has a database "store"; .* wait/);
    lines.length = 0;
    expect(await as(reader, "shop", "--rename", "shop=store", "--overwrite")).toBe(EXIT.validationFailed);
    expect(lines.join("\n")).toContain("public.hidden");
    expect(lines.join("\n")).toMatch(/a database "store"; it is replaced/);
    lines.length = 0;
    expect(await validate("shop", "--databases", "shop,other", "--rename", "shop=other")).toBe(EXIT.usage);
    expect(await validate("shop", "--rename", "gone=other")).toBe(EXIT.usage);
  });

  it("refuses what it does not know", async () => {
    expect(await validate("shop", "--format", "pdf")).toBe(EXIT.usage);
    expect(await validate("shop", "--mode", "sideways")).toBe(EXIT.usage);
  });
});
