import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseConnectionUri } from "./connection-uri";
import { findPassword, takePasswordVariables } from "./find-password";

const address = parseConnectionUri("postgresql://ada@db.example.com:6543/shop", "--source");
const NONE = { source: null, target: null };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "howdah-pgpass-"));
  vi.stubEnv("PGPASSFILE", join(folder, "pgpass"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function writePasswordFile(mode = 0o600): void {
  writeFileSync(join(folder, "pgpass"), "*:*:other:ada:wrong\ndb.example.com:6543:shop:ada:from\\:file\n", {
    mode,
  });
}

test("the URI comes before variables, these before the password file", async () => {
  writePasswordFile();
  const variables = { source: "from variable", target: null };
  expect(await findPassword("source", { ...address, password: "from uri" }, variables)).toBe("from uri");
  expect(await findPassword("source", address, variables)).toBe("from variable");
  expect(await findPassword("source", address, NONE)).toBe("from:file");
});

test("one side's variable is never used for the other", async () => {
  const variables = takePasswordVariables({ NODE_ENV: "test", PGPASSWORD: "of the source" });
  expect(variables).toEqual({ source: "of the source", target: null });
  await expect(findPassword("target", address, variables)).rejects.toThrow(/HOWDAH_TARGET_PASSWORD/);
});

test("variables are taken out of the environment, so that nothing started later inherits them", () => {
  const environment: NodeJS.ProcessEnv = {
    NODE_ENV: "test",
    PGPASSWORD: "a",
    HOWDAH_TARGET_PASSWORD: "b",
    PGPASSWORD_TARGET: "c",
  };
  expect(takePasswordVariables(environment)).toEqual({ source: "a", target: "b" });
  expect(environment).toEqual({ NODE_ENV: "test" });
});

test("the password file of the target is read although PGPASSWORD is set for the source", async () => {
  writePasswordFile();
  vi.stubEnv("PGPASSWORD", "of the source");
  expect(await findPassword("target", address, takePasswordVariables(process.env))).toBe("from:file");
});

test("without a password and a terminal the command ends with usage", async () => {
  await expect(findPassword("source", address, NONE)).rejects.toMatchObject({ name: "UsageError" });
});
