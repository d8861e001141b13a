import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { programArguments } from "@/lib/util/testing/test-programs";
import { underLoad } from "@/lib/util/testing/under-load";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const PASSWORD = "s3cret@with:every/sign?#%";
let source: TestServer;
let target: TestServer;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "howdah-cli-"));
  chmodSync(home, 0o711);
  source = await startTestServer(16, { password: PASSWORD });
  target = await startTestServer(17, { password: `${PASSWORD}2` });
  await query(source, "postgres", "create database shop");
  await query(source, "postgres", "create database held");
  await query(source, "shop", "create table item (id integer primary key, name text not null)");
  await query(source, "shop", "insert into item select n, 'item ' || n from generate_series(1, 3000) n");
  await query(source, "held", "create table item (id integer)");
});

afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

async function query<T>(server: TestServer, database: string, sql: string): Promise<T | undefined> {
  const { host, port, user, password } = server;
  const client = await connect({ host, port, user, password, database, sslMode: "Prefer" });
  try {
    return (await client.query(sql)).rows[0] as T | undefined;
  } finally {
    await client.end();
  }
}

const uriOf = ({ port, user, password }: TestServer, database = "") =>
  `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

/** Starts the real program. */
function howdah(args: string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const environment: NodeJS.ProcessEnv = { ...process.env, HOWDAH_DATA_DIR: home, ...env };
  for (const name of ["DATABASE_URL", "PGPASSWORD"]) if (!(name in env)) delete environment[name];
  return spawn(process.execPath, [...programArguments("howdah"), ...args], { cwd: ROOT, env: environment });
}

interface Ended {
  code: number | null;
  out: string;
  said: string;
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const result = { out: "", said: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    result.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    result.said += text;
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, ...result };
}

function jsonLines({ out }: Ended): Record<string, unknown>[] {
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("migrates the database of the URI, with passwords from the environment, and says so in JSON lines", async () => {
  const bare = (server: TestServer, database: string) =>
    `postgresql://${server.user}@127.0.0.1:${server.port}/${database}`;
  const result = await ended(
    howdah(["migrate", "--source", bare(source, "shop"), "--target", bare(target, ""), "--json"], {
      PGPASSWORD: source.password,
      HOWDAH_TARGET_PASSWORD: target.password,
    }),
  );
  expect(result).toMatchObject({ code: 0 });
  const lines = jsonLines(result);
  expect(lines[0]).toMatchObject({ type: "created", databases: [{ name: "shop" }] });
  expect(lines.at(-1)).toMatchObject({
    type: "ended",
    state: "Succeeded",
    exitCode: 0,
    databases: [{ state: "Succeeded", tablesCompleted: 1, rowsCopied: 3000 }],
  });
  expect(await query(target, "shop", "select count(*)::int as n from item")).toEqual({ n: 3000 });
  expect(result.out + result.said).not.toContain(PASSWORD);
});

test("a database that exists on the target is not replaced unless allowed", async () => {
  await query(target, "postgres", "create database kept");
  await query(source, "postgres", "create database kept");
  await query(target, "kept", "create table mine (id integer)");
  const args = ["migrate", "--source", uriOf(source), "--target", uriOf(target), "--databases", "kept"];
  const refused = await ended(howdah(args));
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("--overwrite") });
  expect(await query(target, "kept", "select to_regclass('mine')::text as mine")).toEqual({ mine: "mine" });

  const allowed = await ended(howdah([...args, "--overwrite"]));
  expect(allowed).toMatchObject({ code: 0, out: expect.stringContaining("Succeeded") });
  expect(await query(target, "kept", "select to_regclass('mine')::text as mine")).toEqual({ mine: null });
});

test("a filter says what follows from it before the copy, and the database takes its other name", async () => {
  await query(source, "postgres", "create database picky");
  await query(source, "picky", "create table item (id integer primary key)");
  await query(source, "picky", "create table log (item_id integer references item)");
  await query(source, "picky", "create view items as select * from item");
  await query(source, "picky", "insert into item values (1)");
  await query(source, "picky", "insert into log values (1)");
  const args = ["--source", uriOf(source), "--target", uriOf(target), "--databases", "picky,shop"];
  args.push("--exclude-table", "picky:item", "--rename", "picky=choosy", "--exclude-table-data", "shop:*");
  const result = await ended(howdah(["migrate", ...args, "--overwrite"]));
  expect(result, result.said).toMatchObject({ code: 0 });
  expect(result.out).toContain("picky becomes choosy on the target.");
  expect(result.out).toContain("The view public.items does not move");
  expect(result.out.indexOf("log_item_id_fkey on public.log does not move")).toBeLessThan(
    result.out.indexOf("Succeeded"),
  );
  const left = "select to_regclass('item')::text as item, (select count(*)::int from log) as n";
  expect(await query(target, "choosy", left)).toEqual({ item: null, n: 1 });
  expect(await query(target, "shop", "select count(*)::int as n from item")).toEqual({ n: 0 });
});

test("a database that is not on the source fails the validation with exit code 3", async () => {
  const result = await ended(
    howdah(["migrate", "--source", uriOf(source), "--target", uriOf(target), "--databases", "nowhere"]),
  );
  expect(result).toMatchObject({ code: 3, out: expect.stringContaining("nowhere") });
});

test("a table the login may not read fails the migration with exit code 1 and its code; the rest arrives", async () => {
  await query(source, "postgres", "create database partly");
  await query(source, "postgres", "create role reader login password 'reader'");
  await query(source, "partly", "create table open (id integer)");
  await query(source, "partly", "create table closed (id integer)");
  await query(source, "partly", "insert into open values (1)");
  await query(source, "partly", "grant select on open to reader");
  const uri = `postgresql://reader:reader@127.0.0.1:${source.port}/partly`;
  // Validation would stop it.
  const args = ["--source", uri, "--target", uriOf(target), "--option", "Migrate"];
  const result = await ended(howdah(["migrate", ...args]));
  expect(result.code, result.out + result.said).toBe(1);
  expect(result.out).toContain("closed");
  expect(result.out).toMatch(/TABLE_UNREADABLE|PRIVILEGE_MISSING/);
});

test("a wrong password is told with its code, and --all needs no names", async () => {
  const wrong = uriOf({ ...source, password: "wrong" } as TestServer);
  const result = await ended(howdah(["migrate", "--source", wrong, "--target", uriOf(target), "--all"]));
  expect(result.code).not.toBe(0);
  expect(result.said + result.out).toContain("PASSWORD_REJECTED");
  expect(result.said + result.out).not.toContain("s3cret");
});

test.runIf(process.platform === "linux")(
  "a password in a URI disappears from the list of processes",
  async () => {
    const child = howdah([
      "migrate",
      "--source",
      uriOf(source, "shop"),
      "--target",
      uriOf(target),
      "--overwrite",
    ]);
    const result = ended(child);
    await once(child.stdout, "data");
    const command = readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
    expect(command.replaceAll("\0", " ").trim()).toBe("howdah migrate");
    expect(await result).toMatchObject({ code: 0 });
  },
);

test("Ctrl-C cancels within seconds even while the source waits for a lock: exit code 130 and no session left", async () => {
  const { host, port, user, password } = source;
  const locker = await connect({ host, port, user, password, database: "held", sslMode: "Prefer" });
  try {
    await locker.query("begin");
    await locker.query("lock table item in access exclusive mode");
    const child = howdah(["migrate", "--source", uriOf(source, "held"), "--target", uriOf(target), "--json"]);
    const result = ended(child);
    const waiting =
      "select count(*)::int as n from pg_stat_activity where datname = 'held' and wait_event_type = 'Lock'";
    while ((await query<{ n: number }>(source, "postgres", waiting))?.n === 0) {
      if (child.exitCode !== null) throw new Error("it ended before the lock was met");
      await sleep(50);
    }
    const askedAt = Date.now();
    child.kill("SIGINT");
    const last = await result;
    expect(last).toMatchObject({ code: 130 });
    expect(Date.now() - askedAt).toBeLessThan(underLoad(8_000));
    expect(jsonLines(last).at(-1)).toMatchObject({ state: "Canceled", exitCode: 130 });
    const others = `select count(*)::int as n from pg_stat_activity
                     where datname = 'held' and pid <> ${(await locker.query("select pg_backend_pid() as pid")).rows[0].pid}`;
    expect(await query(source, "postgres", others)).toEqual({ n: 0 });
    const sessions = "select count(*)::int as n from pg_stat_activity where datname = 'held'";
    expect(await query(target, "postgres", sessions)).toEqual({ n: 0 });
  } finally {
    await locker.end();
  }
});
