import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { programArguments } from "@/lib/util/testing/test-programs";
import { findPostmaster, stopPostmaster } from "./postmaster";
import { type EmbeddedStore, openEmbeddedStore } from "./store";
import { unprivilegedIdentity } from "./unprivileged";

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "howdah-store-"));
  chmodSync(folder, 0o711);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await stopPostmaster(join(folder, "store"));
  rmSync(folder, { recursive: true, force: true });
});

function postmasterPid(): number | undefined {
  return findPostmaster(join(folder, "store"))?.pid;
}

async function ask<T extends pg.QueryResultRow>(store: EmbeddedStore, sql: string): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: store.databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows[0];
  } finally {
    await client.end();
  }
}

/** Starts the holding process and waits until it has committed `rows` rows. */
async function holdInChild(
  rows: number,
  mode = "shared",
): Promise<{ child: ChildProcess; last: () => number }> {
  const child = spawn(process.execPath, [...programArguments("hold-store"), folder, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let last = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    last = Number(text.trimEnd().split("\n").at(-1));
  });
  while (last < rows) {
    if (child.exitCode !== null) throw new Error(`the holding process ended with ${child.exitCode}`);
    await sleep(10);
  }
  return { child, last: () => last };
}

test("keeps its rows, port and password over a restart, and shuts the server down when let go", async () => {
  const first = await openEmbeddedStore(folder);
  await ask(first, "create table kept as select 42 as n");
  expect(statSync(join(folder, "store.json")).mode & 0o777).toBe(0o600);
  await first.release();
  expect(postmasterPid()).toBeUndefined();

  const second = await openEmbeddedStore(folder);
  expect(second.databaseUrl).toBe(first.databaseUrl);
  expect(await ask(second, "select n from kept")).toEqual({ n: 42 });
  await second.release();
});

test("a launcher killed with SIGKILL leaves a server that the next one takes over with every committed row", async () => {
  const { child, last } = await holdInChild(50, "exclusive");
  const pid = postmasterPid();
  child.kill("SIGKILL");
  await once(child, "exit");
  const committed = last();

  // Its exclusive lock went with it.
  const next = await openEmbeddedStore(folder, { exclusive: true });
  expect(postmasterPid()).toBe(pid);
  const row = await ask<{ n: number }>(next, "select max(n) as n from kept");
  expect(row?.n).toBeGreaterThanOrEqual(committed);
  await next.release();
  expect(postmasterPid()).toBeUndefined();
});

test("launcher and server killed together: the store recovers every committed row", async () => {
  const { child, last } = await holdInChild(50);
  const pid = postmasterPid();
  if (pid) process.kill(pid, "SIGKILL");
  child.kill("SIGKILL");
  await once(child, "exit");
  const committed = last();

  const next = await openEmbeddedStore(folder);
  expect(postmasterPid()).not.toBe(pid);
  const row = await ask<{ n: number }>(next, "select max(n) as n from kept");
  expect(row?.n).toBeGreaterThanOrEqual(committed);
  await next.release();
});

test("a stranger that got the pid of a killed server does not keep the store from starting", async () => {
  const first = await openEmbeddedStore(folder);
  await ask(first, "create table kept as select 42 as n");
  const pid = postmasterPid();
  const lock = join(folder, "store", "postmaster.pid");
  const lines = readFileSync(lock, "utf8").split("\n");
  if (pid) process.kill(pid, "SIGKILL");
  await first.lost;
  // The stranger belongs to the server's own user, whose processes alone PostgreSQL takes for a server.
  const stranger = spawn("sleep", ["60"], { ...unprivilegedIdentity(), stdio: "ignore" });
  children.push(stranger);
  writeFileSync(lock, [String(stranger.pid), ...lines.slice(1)].join("\n"));

  const next = await openEmbeddedStore(folder);
  expect(await ask(next, "select n from kept")).toEqual({ n: 42 });
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  await next.release();
});

test("a second exclusive launcher is refused; a sharing one uses the server, and only the last one stops it", async () => {
  const first = await openEmbeddedStore(folder, { exclusive: true });
  await expect(openEmbeddedStore(folder, { exclusive: true })).rejects.toMatchObject({
    code: "ALREADY_RUNNING",
  });
  const sharing = await openEmbeddedStore(folder);
  await first.release();
  expect(await ask(sharing, "select 1 as one")).toEqual({ one: 1 });
  await sharing.release();
  expect(postmasterPid()).toBeUndefined();
});

test("launchers that start at the same moment end up on one server", async () => {
  const stores = await Promise.all([1, 2, 3].map(() => openEmbeddedStore(folder)));
  expect(new Set(stores.map((store) => store.databaseUrl)).size).toBe(1);
  for (const store of stores) expect(await ask(store, "select 1 as one")).toEqual({ one: 1 });
  await Promise.all(stores.map((store) => store.release()));
  expect(postmasterPid()).toBeUndefined();
});

test("tells when the server goes away, and opens again on the same address", async () => {
  const store = await openEmbeddedStore(folder);
  const pid = postmasterPid();
  if (pid) process.kill(pid, "SIGKILL");
  await store.lost;
  const again = await openEmbeddedStore(folder);
  expect(again.databaseUrl).toBe(store.databaseUrl);
  await again.release();
});

test("moves to another port when its own was taken meanwhile", async () => {
  const first = await openEmbeddedStore(folder);
  const { port } = JSON.parse(readFileSync(join(folder, "store.json"), "utf8"));
  await first.release();
  const stranger = createServer().listen(port, "127.0.0.1");
  await once(stranger, "listening");
  try {
    const second = await openEmbeddedStore(folder);
    expect(new URL(second.databaseUrl).port).not.toBe(String(port));
    expect(await ask(second, "select 1 as one")).toEqual({ one: 1 });
    await second.release();
  } finally {
    stranger.close();
  }
});

test("a damaged store.json is named, not overwritten", async () => {
  writeFileSync(join(folder, "store.json"), "{");
  await expect(openEmbeddedStore(folder)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(readFileSync(join(folder, "store.json"), "utf8")).toBe("{");
});
