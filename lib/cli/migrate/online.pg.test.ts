import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { connect } from "@/lib/postgres/connect";
import { programArguments } from "@/lib/util/testing/test-programs";

vi.setConfig({ testTimeout: 150_000 });

const ROOT = join(import.meta.dirname, "..", "..", "..");
let source: TestServer;
let target: TestServer;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "howdah-cli-"));
  chmodSync(home, 0o711);
  [source, target] = await Promise.all([startTestServer(16), startTestServer(17)]);
  for (const name of ["shop", "crm"]) {
    await runSql(settingsOf(source), `create database ${name}`);
    await runSql(
      settingsOf(source, name),
      "create table item (id int primary key, name text)",
      "insert into item select i, 'item' from generate_series(1, 500) i",
    );
  }
});

afterAll(async () => {
  await Promise.all([source, target].map((each) => each?.[Symbol.asyncDispose]()));
  rmSync(home, { recursive: true, force: true });
});

const uriOf = ({ port, user, password }: TestServer, database = "") =>
  `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

interface Running {
  child: ChildProcessWithoutNullStreams;
  /** All that was printed so far. */
  text: () => string;
  /** Resolves once `pattern` was printed; rejects when it ends before. */
  says: (pattern: RegExp) => Promise<void>;
  code: Promise<number | null>;
}

/** Starts the real program. */
function howdah(...args: string[]): Running {
  const environment: NodeJS.ProcessEnv = { ...process.env, HOWDAH_DATA_DIR: home };
  for (const name of ["DATABASE_URL", "PGPASSWORD", "HOWDAH_URL", "HOWDAH_TOKEN"]) delete environment[name];
  const child = spawn(process.execPath, [...programArguments("howdah"), ...args], {
    cwd: ROOT,
    env: environment,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  const code = once(child, "close").then(([number]) => number as number | null);
  const says = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      const over = await Promise.race([
        code.then(() => true),
        new Promise<false>((done) => setTimeout(done, 50, false)),
      ]);
      if (over && !pattern.test(text)) throw new Error(`it ended without ${pattern}:\n${text}`);
    }
  };
  return { child, text: () => text, says, code };
}

const migrate = (database: string, ...args: string[]) =>
  howdah(
    "migrate",
    "--source",
    uriOf(source, database),
    "--target",
    uriOf(target),
    "--mode",
    "online",
    ...args,
  );

const slots = () => queryRows(settingsOf(source), "select slot_name from pg_replication_slots");

test("it cuts over by itself once the target is close enough", async () => {
  const running = migrate("shop", "--cutover-when-lag-below", "1s", "--plugin", "pgoutput");
  expect(await running.code, running.text()).toBe(0);
  expect(running.text()).toMatch(/shop: catch-up, (caught up|[\d.]+ s behind), \d+ changes? applied/);
  expect(running.text()).toContain("Cutting over: the target is");
  expect(running.text()).toMatch(/Succeeded after .*1 database, 1 table, 500 rows/);
  expect(await queryRows(settingsOf(target, "shop"), "select count(*)::int as n from item")).toEqual([
    { n: 500 },
  ]);
  expect(await slots()).toEqual([]);
});

test("it follows until another terminal asks for the cutover, and that terminal has to mean it", async () => {
  const running = migrate("crm", "--wait-for-cutover", "--name", "by-hand");
  await running.says(/howdah migration cutover by-hand/);
  await runSql(settingsOf(source, "crm"), "insert into item values (1001, 'late')");
  const doubtful = howdah("migration", "cutover", "by-hand");
  expect(await doubtful.code).toBe(2);
  expect(doubtful.text()).toContain("Confirm it with --yes.");
  const rehearsal = howdah("migration", "cutover", "by-hand", "--rehearse");
  expect(await rehearsal.code, rehearsal.text()).toBe(0);
  const meant = howdah("migration", "cutover", "BY-HAND", "--databases", "crm", "--yes", "-o", "table");
  expect(await meant.code, meant.text()).toBe(0);
  expect(meant.text()).toContain("crm of by-hand is being cut over.");
  expect(await running.code, running.text()).toBe(0);
  expect(await queryRows(settingsOf(target, "crm"), "select count(*)::int as n from item")).toEqual([
    { n: 501 },
  ]);
  const again = howdah("migration", "cutover", "by-hand", "--databases", "nobody", "--yes");
  expect(await again.code).not.toBe(0);
  expect(again.text()).toContain("nobody is not of this migration");
});

test("it says which transaction keeps the source from beginning", async () => {
  const session = await connect(settingsOf(source, "shop"));
  try {
    await session.query("begin; select txid_current()");
    const running = migrate("shop", "--overwrite", "--cutover-when-lag-below", "1s");
    await running.says(/shop: Waiting for \d+ s to begin the capture .* in shop\), \d+ s/);
    await session.query("commit");
    expect(await running.code, running.text()).toBe(0);
  } finally {
    await session.end();
  }
});

test("Ctrl-C while it follows leaves nothing on the source, and options of the other mode are refused", async () => {
  const running = migrate("shop", "--overwrite", "--on-divergence", "continue", "--wal-limit", "64");
  await running.says(/howdah migration cutover/);
  expect(await slots()).toHaveLength(1);
  running.child.kill("SIGINT");
  expect(await running.code, running.text()).toBe(130);
  expect(await slots()).toEqual([]);
  const offline = howdah(
    "migrate",
    "--source",
    uriOf(source, "shop"),
    "--target",
    uriOf(target),
    "--wal-limit",
    "64",
  );
  expect(await offline.code).toBe(2);
  expect(offline.text()).toContain("--wal-limit belongs to an online migration: add --mode Online.");
});
