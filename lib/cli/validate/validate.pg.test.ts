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
  const { host, port, user, password } = source;
  const client = await connect({ host, port, user, password, database: "postgres", sslMode: "Prefer" });
  try {
    await client.query("create database shop");
    await client.query("create role weak login password 'weak'");
  } finally {
    await client.end();
  }
});

afterAll(async () => {
  await Promise.all([source, target].map((server) => server?.[Symbol.asyncDispose]()));
});

beforeEach(() => {
  lines.length = 0;
});

function validate(database: string, ...more: string[]): Promise<number> {
  process.env["HOWDAH_SOURCE_PASSWORD"] = source.password;
  process.env["HOWDAH_TARGET_PASSWORD"] = target.password;
  const from = `postgresql://${source.user}@${source.host}:${source.port}/${database}`;
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
    expect(lines).toEqual([""]);
  });

  it("refuses what it does not know", async () => {
    expect(await validate("shop", "--format", "pdf")).toBe(EXIT.usage);
    expect(await validate("shop", "--mode", "sideways")).toBe(EXIT.usage);
  });
});
