import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { execute } from "@/lib/cli/execute";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { openSecret } from "@/lib/store/secrets";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

const SERVER = { host: "127.0.0.1", port: 1, user: "owner" };
const PASSWORDS = { source: "cli-Source-1", target: "cli-Target-2" };
let app: ServedApp;
let testStore: TestStore;
let token: string;
let folder: string;
let targetName: string;
let id: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "howdah-cli-"));
  testStore = await startTestStore();
  app = await serveApp();
  token = await createApiToken({ name: "script", role: "operator" });
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await testStore?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  // Nothing of this machine's own Howdah.
  vi.stubEnv("HOWDAH_DATA_DIR", folder);
  vi.stubEnv("HOWDAH_URL", app.baseUrl);
  vi.stubEnv("HOWDAH_PROFILES", join(folder, "profiles.json"));
  vi.stubEnv("HOWDAH_OUTPUT", "table");
  given = token;
  await store().migration.deleteMany({});
  const server = await registerServer(SERVER);
  targetName = server.name;
  const body = bodyOf(
    { ...SERVER, password: PASSWORDS.source },
    { password: PASSWORDS.target },
    { dbsToMigrate: ["shop", "crm"] },
  );
  ({ id } = await createMigration({ server, name: "Shop-01", body, actor: "ada" }));
  await put({ state: "InProgress", substate: "MigratingData", runEpoch: 1 });
});
afterEach(() => vi.unstubAllEnvs());

const put = (data: object) => store().migration.update({ where: { id }, data });
const row = () => store().migration.findUniqueOrThrow({ where: { id } });

/** The command takes the token out of the environment, so each call is given it anew. */
let given: string;

async function howdah(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  vi.stubEnv("HOWDAH_TOKEN", given);
  const lines = { out: [] as string[], said: [] as string[] };
  const code = await execute(["migration", ...args], {
    out: (line) => void lines.out.push(line),
    say: (line) => void lines.said.push(line),
  });
  return { code, out: lines.out.join("\n"), said: lines.said.join("\n") };
}

/** Ends the migration as a worker would. */
const fail = () =>
  put({ state: "Failed", substate: "Completed", error: "a table failed", endedAt: new Date() });

describe("howdah migration", () => {
  test("lists and shows, as a table and as the API's own JSON", async () => {
    const list = await howdah("list");
    expect(list).toMatchObject({ code: 0, said: "" });
    expect(list.out).toMatch(/^NAME +STATUS +PROGRESS/);
    expect(list.out).toMatch(/\nShop-01 +In progress +2 +127\.0\.0\.1:1 /);
    const show = await howdah("show", "shop-01");
    expect(show.out).toMatch(/Source +owner at 127\.0\.0\.1:1\n/);
    expect(show.out).toMatch(/\nDATABASE +STATE/);
    const json = JSON.parse((await howdah("show", id, "-o", "json")).out);
    expect(json).toMatchObject({
      migrationId: id,
      name: "Shop-01",
      dbsToMigrate: ["shop", "crm"],
      currentStatus: { state: "InProgress" },
      systemData: { createdBy: "ada" },
    });
    await fail();
    expect((await howdah("list", "--active")).out).toBe("There are no migrations.");
    expect(JSON.parse((await howdah("list", "-o", "json")).out)).toEqual([]);
    expect(JSON.parse((await howdah("list", "-o", "json", "--filter", "All")).out)).toHaveLength(1);
  });

  test("sets limits, pauses and goes on", async () => {
    expect(await howdah("throttle", "shop-01", "--rate", "2.5", "--connections", "3")).toMatchObject({
      code: 0,
    });
    expect(await row()).toMatchObject({ throttleBytesPerSecond: 2_500_000n, throttleConnections: 3 });
    expect(await howdah("throttle", "shop-01", "--rate", "none")).toMatchObject({ code: 0 });
    expect(await row()).toMatchObject({ throttleBytesPerSecond: null, throttleConnections: 3 });
    expect((await howdah("throttle", "shop-01", "--none", "-o", "json")).out).toContain('"throttle"');
    expect(await row()).toMatchObject({ throttleConnections: null });

    expect((await howdah("pause", "shop-01")).out).toBe("Shop-01 is pausing.");
    expect((await row()).pauseRequestedAt).not.toBeNull();
    await put({ pausedAt: new Date() });
    expect(await howdah("pause", "shop-01", "--wait")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Paused since \d\d:\d\d:\d\d UTC\./),
    });
    expect((await howdah("show", "shop-01")).out).toMatch(/Status +Paused\n/);
    expect((await howdah("resume", "shop-01")).out).toBe("Shop-01 goes on.");
    expect((await row()).pauseRequestedAt).toBeNull();
  });

  test("cancels with a reason, and follows to the end with its exit code", async () => {
    const canceling = howdah(
      "cancel",
      "shop-01",
      "--yes",
      "--reason",
      "wrong server",
      "--drop-targets",
      "--wait",
    );
    await vi.waitFor(
      async () =>
        expect(await row()).toMatchObject({ cancelReason: "wrong server", dropTargetsOnCancel: true }),
      { timeout: 40_000 },
    );
    await put({
      state: "Canceled",
      substate: "Completed",
      endedAt: new Date(),
      version: { increment: 1 },
    });
    expect(await canceling).toMatchObject({ code: 130, out: expect.stringContaining("Canceled after") });
  });

  test("tries again with the passwords of the environment, which appear nowhere", async () => {
    await fail();
    expect(await howdah("retry", "shop-01")).toMatchObject({
      code: 2,
      said: expect.stringContaining("HOWDAH_SOURCE_PASSWORD"),
    });
    vi.stubEnv("HOWDAH_SOURCE_PASSWORD", PASSWORDS.source);
    vi.stubEnv("HOWDAH_TARGET_PASSWORD", PASSWORDS.target);
    const retried = await howdah("retry", "shop-01", "-o", "json");
    expect(retried).toMatchObject({ code: 0, said: "" });
    expect(JSON.parse(retried.out)).toMatchObject({
      currentStatus: { state: "InProgress" },
      howdah: { attempt: 2 },
    });
    for (const password of Object.values(PASSWORDS)) expect(retried.out).not.toContain(password);
    expect(await openSecret(store(), id, "source")).toBe(PASSWORDS.source);
    expect(await openSecret(store(), id, "target")).toBe(PASSWORDS.target);
  });

  test("restarts and deletes only with consent", async () => {
    await fail();
    vi.stubEnv("HOWDAH_SOURCE_PASSWORD", PASSWORDS.source);
    vi.stubEnv("HOWDAH_TARGET_PASSWORD", PASSWORDS.target);
    expect(await howdah("restart", "shop-01")).toMatchObject({
      code: 2,
      said: expect.stringContaining("--yes"),
    });
    expect((await row()).attempt).toBe(1);
    expect(await howdah("delete", "shop-01")).toMatchObject({
      code: 2,
      said: expect.stringContaining("--yes"),
    });
    expect(await howdah("delete", "shop-01", "--yes")).toMatchObject({
      code: 0,
      out: "Shop-01 was deleted from the list.",
    });
    expect(await store().migration.count()).toBe(0);
  });

  test("prints the log, or writes it into a file", async () => {
    const lines = (await howdah("log", "shop-01", "--format", "jsonl")).out
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(lines[0]).toBe("migration");
    expect(lines.at(-1)).toBe("end");
    const file = join(folder, "log.txt");
    expect(await howdah("log", "shop-01", "--file", file)).toMatchObject({ code: 0, out: "" });
    expect(readFileSync(file, "utf8")).toMatch(/^Migration Shop-01 /);
  });

  test("says what was wrong with the request, with a code for scripts", async () => {
    expect(await howdah("show", "shop-01", "--server", targetName)).toMatchObject({ code: 0 });
    await fail();
    expect(await howdah("pause", "shop-01")).toMatchObject({
      code: 1,
      said: expect.stringContaining("Allowed now"),
    });
    expect(await howdah("show", "nothing")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/no migration "nothing"[\s\S]*\[MIGRATION_NOT_FOUND\]/),
    });
    expect(await howdah("show", "shop-01", "--server", "elsewhere")).toMatchObject({ code: 1 });
    for (const format of ["table", "json"])
      expect(await howdah("list", "--server", "elsewhere", "-o", format)).toMatchObject({
        code: 1,
        said: expect.stringContaining("ResourceNotFound"),
      });
    expect(await howdah("throttle", "shop-01")).toMatchObject({ code: 2 });
    expect(await howdah("throttle", "shop-01", "--rate", "fast")).toMatchObject({ code: 2 });
    expect(await howdah("list", "--url", "ftp://x")).toMatchObject({ code: 2 });
  });

  test("tells a server that is not there, and a token it does not know, from a refusal", async () => {
    given = "hat_unknown";
    expect(await howdah("list")).toMatchObject({
      code: 4,
      said: expect.stringMatching(/access token[\s\S]*howdah token create/),
    });
    given = token;
    expect(await howdah("list", "--url", "http://127.0.0.1:1")).toMatchObject({
      code: 4,
      said: expect.stringContaining("does not answer"),
    });
    given = "";
    expect(await howdah("list")).toMatchObject({ code: 2, said: expect.stringContaining("HOWDAH_TOKEN") });
    const file = join(folder, "token");
    writeFileSync(file, `${token}\n`);
    expect(await howdah("list", "--token-file", file)).toMatchObject({ code: 0 });
  });
});
