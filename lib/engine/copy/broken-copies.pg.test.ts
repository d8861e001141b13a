import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { EngineEvent } from "../events";
import { createTargetDatabase } from "../target-database";
import { compareDatabases } from "../testing/compare-databases";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { leftSessions } from "../testing/source-guard";
import { startTcpProxy, type TcpProxy } from "../testing/tcp-proxy";
import { queryRows, runSql } from "../testing/with-session";
import type { ThrottleLimits } from "../throttle";

const SOURCE = "copies";
const MEGABYTE = 2 ** 20;

const servers = serversForFile(17, 17);
let source: ConnectionSettings;
const { signal } = new AbortController();

beforeAll(async () => {
  await runSql(settingsOf(servers.source), `create database ${SOURCE}`);
  source = settingsOf(servers.source, SOURCE);
  await runSql(
    source,
    "create table rows (id integer primary key, v text)",
    "insert into rows select i, repeat(md5(i::text), 20) from generate_series(1, 40000) i",
    "create table few (id integer primary key)",
    "insert into few select generate_series(1, 10)",
  );
});

async function emptyTarget(name: string): Promise<ConnectionSettings> {
  await createTargetDatabase({ source, target: settingsOf(servers.target), name, signal });
  return settingsOf(servers.target, name);
}

function behind(proxy: TcpProxy, settings: ConnectionSettings): ConnectionSettings {
  return { ...settings, host: proxy.host, port: proxy.port };
}

function attemptsOf(events: readonly EngineEvent[], name: string): number[] {
  return events.flatMap((event) =>
    event.type === "table-started" && event.table.name === name ? [event.attempt] : [],
  );
}

describe("a connection that breaks during the commit", () => {
  test.each([
    ["answered", [1]],
    ["unsent", [1, 2]],
  ] as const)("when it was %s, the rows are there once", async (when, attempts) => {
    await using proxy = await startTcpProxy(servers.target);
    const target = await emptyTarget(`commit ${when}`);
    const checkpoint = memoryCheckpoint();
    let armed = false;
    const onEvent = (event: EngineEvent) => {
      if (armed || event.type !== "table-progress" || event.table.name !== "rows") return;
      armed = true;
      proxy.cutOn("commit\0", when);
    };
    const limits = () => ({ bytesPerSecond: null, connections: 1 });
    const settings = { source, target: behind(proxy, target), checkpoint, limits, onEvent };
    const { error, failures, events } = await moveAndReport(settings);
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    expect(armed).toBe(true);
    expect(attemptsOf(events, "rows")).toEqual(attempts);
    expect(checkpoint.writes.filter((write) => write.endsWith("rows/0"))).toHaveLength(1);
    expect(await compareDatabases(source, target)).toEqual([]);
    expect(await leftSessions(servers.target)).toEqual([]);
  });
});

describe("connections that only look alive", () => {
  // They wait most of the time.
  test.concurrent.each([
    ["that pass nothing on any more, as the target proves", "source", "stall", 3_600_000, 1],
    ["to the target, too, and again when they are new", "target", "stall", 3_600_000, 2],
    ["whose backend is gone", "source", "leave", 3_600_000, 1],
    ["when nothing proves it, after a while", "source", "stall", 1_000, 1],
  ] as const)("%s: the copy is cut and begun again", async (_, side, fault, stallMs, times) => {
    await using proxy = await startTcpProxy(servers[side]);
    const target = await emptyTarget(`${side} ${fault} ${stallMs}`);
    let begun = 0;
    let broken = 0;
    const onEvent = (event: EngineEvent) => {
      if (event.type === "table-started" && event.table.name === "rows") begun = event.attempt;
      if (event.type !== "table-progress" || event.table.name !== "rows") return;
      if (broken >= begun || broken >= times) return;
      broken++;
      if (fault === "stall") proxy.stallOnly("howdah copy");
      else proxy.halfOpen("client", "howdah copy");
    };
    const limits = () => ({ bytesPerSecond: null, connections: 1 });
    const ends = { source, target, [side]: behind(proxy, side === "source" ? source : target) };
    const { error, failures, events } = await moveAndReport({ ...ends, stallMs, limits, onEvent });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    expect(broken).toBe(times);
    expect(attemptsOf(events, "rows").at(-1)).toBeGreaterThan(times);
    expect(await compareDatabases(source, target)).toEqual([]);
  });

  test("without the snapshot's holder the move ends as something that may pass", async () => {
    await using proxy = await startTcpProxy(servers.source);
    const target = await emptyTarget("stalled holder");
    let stalled = false;
    const onEvent = (event: EngineEvent) => {
      if (stalled || event.type !== "table-progress") return;
      stalled = true;
      proxy.stallOnly("howdah snapshot");
    };
    const limits = () => ({ bytesPerSecond: 4 * MEGABYTE, connections: null });
    const settings = { source: behind(proxy, source), target, limits, onEvent };
    const { error } = await moveAndReport(settings);
    expect(error).toMatchObject({ code: "CONNECTION_LOST", transient: true });
    expect(await leftSessions(servers.target)).toEqual([]);
  });

  test("copies that the throttle holds back are left alone", async () => {
    const target = await emptyTarget("slow but alive");
    let limits: ThrottleLimits = { bytesPerSecond: 1_000, connections: null };
    const moving = moveAndReport({ source, target, stallMs: 300, limits: () => limits });
    await sleep(2_500);
    limits = { bytesPerSecond: null, connections: null };
    const { failures, events } = await moving;
    expect(failures).toEqual([]);
    expect(attemptsOf(events, "rows")).toEqual([1]);
    expect(await compareDatabases(source, target)).toEqual([]);
  });
});

describe("a throttle", () => {
  test("is kept to, may be lifted while rows are held back, and an abort does not wait for it", async () => {
    const target = await emptyTarget("throttled");
    let limits: ThrottleLimits = { bytesPerSecond: 2 * MEGABYTE, connections: null };
    let bytes = 0;
    const onEvent = (event: EngineEvent) => {
      if (event.type === "table-progress" && event.table.name === "rows") bytes = event.bytes;
    };
    const startedAt = performance.now();
    const moving = moveAndReport({ source, target, limits: () => limits, onEvent });
    while (bytes < 4 * MEGABYTE) await sleep(20);
    const seconds = (performance.now() - startedAt) / 1_000;
    // What flows at once (a socket's chunk for each connection, and what was saved up) is under a megabyte.
    expect(bytes).toBeLessThan((seconds * 2 + 1) * MEGABYTE);
    expect(seconds).toBeGreaterThan(1.4);
    limits = { bytesPerSecond: null, connections: null };
    const { failures } = await moving;
    expect(failures).toEqual([]);
    expect(await compareDatabases(source, target)).toEqual([]);

    const abort = new AbortController();
    const held = moveAndReport({
      source,
      target: await emptyTarget("throttled to nothing"),
      limits: () => ({ bytesPerSecond: 1, connections: null }),
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === "table-started") setTimeout(() => abort.abort(new Error("enough")), 300);
      },
    });
    await expect(held).rejects.toThrow("enough");
    expect(await leftSessions(servers.target)).toEqual([]);
  });

  test("of connections is followed while rows flow", async () => {
    // More than the connections of the beginning, so that the one that is left has something to do by itself.
    const others = [2, 3, 4, 5, 6].map((n) => `rows_${n}`);
    await runSql(source, ...others.map((name) => `create table ${name} as select * from rows`));
    try {
      const target = await emptyTarget("fewer connections");
      let limits: ThrottleLimits = { bytesPerSecond: 20 * MEGABYTE, connections: null };
      const moving = moveAndReport({ source, target, jobs: 3, limits: () => limits });
      await untilCopies(3);
      limits = { bytesPerSecond: 20 * MEGABYTE, connections: 1 };
      await untilCopies(1);
      limits = { bytesPerSecond: null, connections: null };
      const { failures } = await moving;
      expect(failures).toEqual([]);
      expect(await compareDatabases(source, target)).toEqual([]);
    } finally {
      await runSql(source, `drop table ${others.join()}`);
    }
  });
});

/** Waits until so many sessions of the source copy. */
async function untilCopies(count: number): Promise<void> {
  const sql =
    "select count(*)::int as copies from pg_stat_activity where application_name = 'howdah copy' and datname = $1";
  for (;;) {
    const rows = await queryRows<{ copies: number }>(settingsOf(servers.source), sql, [SOURCE]);
    if (rows[0]?.copies === count) return;
    await sleep(20);
  }
}
