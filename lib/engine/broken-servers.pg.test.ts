import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { describeCode } from "@/lib/util/error-codes";
import { underLoad } from "@/lib/util/testing/under-load";
import type { EngineEvent } from "./events";
import { createTargetDatabase } from "./target-database";
import { compareDatabases } from "./testing/compare-databases";
import { mountSmallDisk } from "./testing/full-disk";
import { moveAndReport } from "./testing/move-and-report";
import { settingsOf } from "./testing/settings-of";
import { guardSource, leftSessions } from "./testing/source-guard";
import { startTcpProxy } from "./testing/tcp-proxy";
import { queryRows, runSql } from "./testing/with-session";

const SOURCE = "broken";
const MEGABYTE = 2 ** 20;

let sourceServer: TestServer;
let targetServer: TestServer;
const { signal } = new AbortController();

beforeAll(async () => {
  [sourceServer, targetServer] = await Promise.all([
    startTestServer(17, { settings: { autovacuum: "off" } }),
    startTestServer(17),
  ]);
  await runSql(settingsOf(sourceServer), `create database ${SOURCE}`);
  await runSql(
    settingsOf(sourceServer, SOURCE),
    "create table big (id integer primary key, v text)",
    "create table small (id integer primary key, v text)",
    "create table after_big (id integer primary key references big)",
    "insert into big select i, repeat(md5(i::text), 8) from generate_series(1, 200000) i",
    "insert into small select i, md5(i::text) from generate_series(1, 1000) i",
    "insert into after_big select generate_series(1, 1000)",
    "create index on small (v)",
  );
});

afterAll(async () => {
  await sourceServer?.[Symbol.asyncDispose]();
  await targetServer?.[Symbol.asyncDispose]();
});

async function emptyTarget(name: string): Promise<ConnectionSettings> {
  const source = settingsOf(sourceServer, SOURCE);
  await createTargetDatabase({ source, target: settingsOf(targetServer), name, signal });
  return settingsOf(targetServer, name);
}

/** Calls `act` once, when so many bytes of table `big` have been copied. */
function whenBigHas(bytes: number, act: () => void): (event: EngineEvent) => void {
  let done = false;
  return (event) => {
    if (done || event.type !== "table-progress" || event.table.name !== "big" || event.bytes < bytes) return;
    done = true;
    act();
  };
}

describe("a source behind a bad network", () => {
  test("one connection cut in the middle of a table is opened again, and the table begins anew", async () => {
    await using proxy = await startTcpProxy(sourceServer);
    const guard = await guardSource(sourceServer, SOURCE);
    const target = await emptyTarget("cut once");
    proxy.cutAfter(20 * MEGABYTE);
    const source = settingsOf({ ...sourceServer, ...address(proxy) }, SOURCE);
    const lift = (event: EngineEvent) => {
      if (event.type === "table-started" && event.attempt > 1) proxy.cutAfter(null);
    };
    const { failures, events, error } = await moveAndReport({ source, target, onEvent: lift });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    const attempts = events.flatMap((event) =>
      event.type === "table-started" && event.table.name === "big" ? [event.attempt] : [],
    );
    expect(attempts).toEqual([1, 2]);
    expect(await compareDatabases(settingsOf(sourceServer, SOURCE), target)).toEqual([]);
    expect(await guard.changes()).toEqual([]);
    expect(await leftSessions(targetServer)).toEqual([]);
  });

  test("a table whose connection is cut again and again fails alone", async () => {
    await using proxy = await startTcpProxy(sourceServer);
    const target = await emptyTarget("cut always");
    proxy.cutAfter(20 * MEGABYTE);
    const source = settingsOf({ ...sourceServer, ...address(proxy) }, SOURCE);
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures.find((failure) => failure.kind === "table")).toMatchObject({
      object: "public.big",
      code: expect.stringMatching(/^CONNECTION_(LOST|RESET)$/),
      remedy: expect.stringMatching(/./),
    });
    expect(result).toMatchObject({ tables: 2, rows: 2000 });
    const rows = await queryRows(
      target,
      "select (select count(*)::int from big) as big, (select count(*)::int from small) as small",
    );
    expect(rows).toEqual([{ big: 0, small: 1000 }]);
    expect(await leftSessions(sourceServer)).toEqual([]);
    expect(await leftSessions(targetServer)).toEqual([]);
  });

  test("a source that is gone for good ends the move with a code, and nothing stays open", async () => {
    await using proxy = await startTcpProxy(sourceServer);
    const guard = await guardSource(sourceServer, SOURCE);
    const target = await emptyTarget("gone");
    const source = settingsOf({ ...sourceServer, ...address(proxy) }, SOURCE);
    const onEvent = whenBigHas(MEGABYTE, () => {
      proxy.refuse();
      proxy.cut();
    });
    const { error, result } = await moveAndReport({ source, target, onEvent });
    expect(result).toBeNull();
    expect(error?.code).toMatch(/^CONNECTION_(LOST|RESET|REFUSED)$/);
    expect(error?.remedy).toBe(describeCode(error?.code ?? "INTERNAL").remedy);
    expect(await guard.changes()).toEqual([]);
    expect(await leftSessions(targetServer)).toEqual([]);
  });

  test("a move that stands still because the source does can be ended within 5 s", async () => {
    await using proxy = await startTcpProxy(sourceServer);
    const guard = await guardSource(sourceServer, SOURCE);
    const target = await emptyTarget("stalled");
    const source = settingsOf({ ...sourceServer, ...address(proxy) }, SOURCE);
    const abort = new AbortController();
    let stalledAt = 0;
    const onEvent = whenBigHas(MEGABYTE, () => {
      proxy.stall();
      stalledAt = performance.now();
    });
    const moving = moveAndReport({ source, target, signal: abort.signal, onEvent }).catch(
      (error: unknown) => error,
    );
    while (stalledAt === 0) await sleep(20);
    const received = proxy.received();
    await sleep(500);
    expect(proxy.received()).toBe(received);
    const abortedAt = performance.now();
    abort.abort();
    expect(await moving).toMatchObject({ name: "AbortError" });
    expect(performance.now() - abortedAt).toBeLessThan(underLoad(5_000));
    expect(await leftSessions(targetServer)).toEqual([]);
    await proxy[Symbol.asyncDispose]();
    expect(await guard.changes()).toEqual([]);
  });

  test("the source's own administrator ends one session: the move goes on", async () => {
    // The network stands still until the session is ended, or a fast copy would be over before.
    await using proxy = await startTcpProxy(sourceServer);
    const guard = await guardSource(sourceServer, SOURCE);
    const target = await emptyTarget("terminated");
    const onEvent = whenBigHas(MEGABYTE, () => {
      proxy.stall();
      const sql =
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'howdah copy' and query ~ 'big'";
      void runSql(settingsOf(sourceServer), sql).finally(() => proxy.resume());
    });
    const source = settingsOf({ ...sourceServer, ...address(proxy) }, SOURCE);
    const { failures, events, error } = await moveAndReport({ source, target, onEvent });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    expect(events.some((event) => event.type === "table-started" && event.attempt === 2)).toBe(true);
    expect(await compareDatabases(settingsOf(sourceServer, SOURCE), target)).toEqual([]);
    expect(await guard.changes()).toEqual([]);
  });
});

describe("a target that is full", () => {
  test("the table that does not fit is named with DISK_FULL, the others are there", async (context) => {
    using disk = mountSmallDisk(40);
    if (!disk)
      return context.skip("a small disk cannot be mounted here: it needs root and the right to mount");
    await using server = await startTestServer(17);
    const guard = await guardSource(sourceServer, SOURCE);
    const maintenance = settingsOf(server);
    await runSql(
      maintenance,
      `create tablespace small location '${disk.folder}'`,
      "create database full_disk template template0 tablespace small",
    );
    const target = settingsOf(server, "full_disk");
    const source = settingsOf(sourceServer, SOURCE);
    const { failures, result } = await moveAndReport({ source, target });
    expect(failures.find((failure) => failure.kind === "table")).toMatchObject({
      object: "public.big",
      code: "DISK_FULL",
      sqlState: "53100",
      remedy: describeCode("DISK_FULL").remedy,
    });
    expect(result).toMatchObject({ tables: 2, rows: 2000 });
    const rows = await queryRows(
      target,
      "select (select count(*)::int from big) as big, (select count(*)::int from small) as small",
    );
    expect(rows).toEqual([{ big: 0, small: 1000 }]);
    const indexes = await queryRows(
      target,
      "select indexrelid::regclass::text as name from pg_index where indrelid = 'small'::regclass order by 1",
    );
    expect(indexes).toEqual([{ name: "small_pkey" }, { name: "small_v_idx" }]);
    expect(failures.map(({ object }) => object)).toEqual([
      "public.big",
      "after_big_id_fkey on public.after_big",
    ]);
    expect(await guard.changes()).toEqual([]);
    expect(await leftSessions(server)).toEqual([]);
  });
});

function address({ host, port }: { host: string; port: number }): { host: string; port: number } {
  return { host, port };
}
