import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dataDirectory, prepareDataDirectory } from "./data-directory";

const ROOT = process.getuid?.() === 0;
let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "howdah-data-"));
  chmodSync(parent, 0o755);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true, force: true });
});

test("a new data directory is closed to other users; root's lets the store's user pass through", () => {
  const folder = join(parent, "deep", "data");
  vi.stubEnv("HOWDAH_DATA_DIR", folder);
  expect(prepareDataDirectory()).toBe(folder);
  expect(statSync(folder).mode & 0o777).toBe(ROOT ? 0o711 : 0o700);
});

test("an existing directory keeps its mode", () => {
  const folder = join(parent, "data");
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  vi.stubEnv("HOWDAH_DATA_DIR", folder);
  prepareDataDirectory();
  expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test("without HOWDAH_DATA_DIR root's data lies where an unprivileged server can reach it, others' in their home", () => {
  vi.stubEnv("HOWDAH_DATA_DIR", "");
  vi.stubEnv("XDG_DATA_HOME", "/home/ada/data");
  const expected =
    process.platform === "darwin" ? /Application Support\/howdah$/ : /^\/home\/ada\/data\/howdah$/;
  expect(dataDirectory()).toMatch(ROOT ? /^\/var\/lib\/howdah$/ : expected);
});

test("a path that is no folder is refused with a code", () => {
  const file = join(parent, "file");
  writeFileSync(file, "");
  vi.stubEnv("HOWDAH_DATA_DIR", join(file, "data"));
  expect(() => prepareDataDirectory()).toThrow(expect.objectContaining({ code: "DATA_DIRECTORY_UNUSABLE" }));
});

test.runIf(ROOT)("root is told which folder closes the way to the store's user", () => {
  const closed = join(parent, "closed");
  mkdirSync(closed, { mode: 0o700 });
  vi.stubEnv("HOWDAH_DATA_DIR", join(closed, "data"));
  expect(() => prepareDataDirectory()).toThrow(
    expect.objectContaining({ code: "DATA_DIRECTORY_UNUSABLE", message: expect.stringContaining(closed) }),
  );
  expect(existsSync(join(closed, "data"))).toBe(true);
});
