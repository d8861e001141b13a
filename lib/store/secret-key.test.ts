import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { secretKey } from "./secret-key";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "howdah-key-"));
  vi.stubEnv("HOWDAH_DATA_DIR", join(folder, "data"));
  vi.stubEnv("HOWDAH_SECRET_KEY", "");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it("takes hex and base64 from the environment", () => {
  const bytes = Buffer.alloc(32, 7);
  vi.stubEnv("HOWDAH_SECRET_KEY", bytes.toString("hex"));
  expect(secretKey()).toEqual(bytes);
  vi.stubEnv("HOWDAH_SECRET_KEY", ` ${bytes.toString("base64")}\n`);
  expect(secretKey()).toEqual(bytes);
});

it("refuses a key of another length without repeating it", () => {
  vi.stubEnv("HOWDAH_SECRET_KEY", "abcdef");
  expect(secretKey).toThrow(expect.objectContaining({ code: "SECRET_UNREADABLE" }));
  expect(secretKey).not.toThrow(/abcdef/);
});

it("creates a file of mode 0600 once and reads it from then on", () => {
  const key = secretKey();
  expect(key.length).toBe(32);
  expect(statSync(join(folder, "data", "secret.key")).mode & 0o777).toBe(0o600);
  expect(secretKey()).toEqual(key);
  expect(readdirSync(join(folder, "data"))).toEqual(["secret.key"]);
});

it("gives processes that start at once the same key", async () => {
  const program = `import { secretKey } from "${join(import.meta.dirname, "secret-key.ts")}"; console.log(secretKey().toString("hex"));`;
  const runs = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      env: { ...process.env },
    }),
  );
  const keys = (await Promise.all(runs)).map(({ stdout }) => stdout.trim());
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
});
