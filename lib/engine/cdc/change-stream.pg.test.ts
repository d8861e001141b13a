import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { startTcpProxy } from "@/lib/engine/testing/tcp-proxy";
import { connect } from "@/lib/postgres/connect";
import { ReplicationSession } from "@/lib/postgres/replication/replication-session";
import type { Change } from "./decode/change";
import {
  captureName,
  dropPublication,
  dropSlot,
  findLeftoverPublications,
  findLeftoverSlots,
  slotHealth,
} from "./slots";
import { currentLsn, linesOf, makeSource, openStream, readUntil, type Source } from "./testing/capture";

const TABLE = ["create table t (id int primary key, v text)"];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(18, {
    settings: { wal_sender_timeout: "1s", logical_decoding_work_mem: "64kB" },
  });
});

afterAll(() => server?.[Symbol.asyncDispose]());

function insertedIds(changes: readonly Change[]): number[] {
  return changes.flatMap((change) => (change.kind === "insert" ? Number(change.values[0]) : []));
}

async function isActive(source: Source): Promise<boolean | undefined> {
  return (await slotHealth(source.client, source.slot))?.isActive;
}

describe.each(["test_decoding", "pgoutput"] as const)("%s", (plugin) => {
  let source: Source;

  beforeAll(async () => {
    source = await makeSource(server, plugin, TABLE);
  });

  afterAll(() => source?.client.end());

  test("a consumer slower than the stream, and than wal_sender_timeout, holds the server back in bounded memory", async () => {
    await source.client.query("insert into t select i, repeat('x', 1000) from generate_series(1, 20000) i");
    const until = await currentLsn(source.client);
    await using stream = await openStream(source, { bufferBytes: 256 * 1024 });
    await expect.poll(() => stream.isHeldBack, { timeout: 40_000 }).toBe(true);
    await sleep(2_500);
    // A chunk of the socket and a message may come on top.
    expect(stream.bufferedBytes).toBeLessThan(1024 * 1024);
    expect(stream.spooledBytes).toBe(0);
    expect(await isActive(source)).toBe(true);
    const changes = await readUntil(stream, until);
    expect(insertedIds(changes)).toEqual(Array.from({ length: 20_000 }, (_, at) => at + 1));
    // Nothing was acknowledged, so all of it comes again.
    expect((await slotHealth(source.client, source.slot))?.confirmedLsn).toBe(source.consistentPoint);
  });

  test("resumed, nothing acknowledged is repeated and nothing else is lost", async () => {
    await source.client.query("truncate t");
    for (const id of [1, 2, 3, 4]) await source.client.query("insert into t values ($1)", [id]);
    const until = await currentLsn(source.client);
    const stream = await openStream(source);
    const commits = (await readUntil(stream, until)).filter((change) => change.kind === "commit");
    const second = commits.at(-3);
    if (second?.kind !== "commit") throw new Error("the commit is missing");
    stream.flushed(second.endLsn);
    await stream.end();
    expect(await isActive(source)).toBe(false);
    expect((await slotHealth(source.client, source.slot))?.confirmedLsn).toBe(second.endLsn);
    await using again = await openStream(source, { startLsn: second.endLsn });
    expect(insertedIds(await readUntil(again, until))).toEqual([3, 4]);
    again.flushed((commits.at(-1) as { endLsn: bigint }).endLsn, true);
  });

  test("idle for longer than wal_sender_timeout it stays connected, and keepalives move the slot", async () => {
    const before = await slotHealth(source.client, source.slot);
    await using stream = await openStream(source, { startLsn: before?.confirmedLsn ?? 0n });
    const reading = stream.changes();
    const seen: Change[] = [];
    const done = (async () => {
      for await (const batch of reading) {
        seen.push(...batch);
        const last = batch.at(-1);
        if (last?.kind === "quiet") stream.flushed(last.lsn);
        if (linesOf(batch, "t").length > 0) return;
      }
    })();
    const pid = (await slotHealth(source.client, source.slot))?.activePid;
    await source.client.query("create table if not exists unrelated ()");
    const written = await currentLsn(source.client);
    await sleep(3_000);
    expect((await slotHealth(source.client, source.slot))?.activePid).toBe(pid);
    const confirmed = async () => (await slotHealth(source.client, source.slot))?.confirmedLsn ?? 0n;
    await expect.poll(async () => (await confirmed()) >= written).toBe(true);
    await source.client.query("insert into t values (100)");
    await done;
    expect(linesOf(seen, "t")).toEqual(["insert t: id=100 v=null"]);
  });

  test("of a large transaction exactly what was not rolled back comes, at its commit", async () => {
    const start = await currentLsn(source.client);
    await using stream = await openStream(source, { startLsn: start });
    const changes: Change[] = [];
    const reading = (async () => {
      for await (const batch of stream.changes()) {
        changes.push(...batch);
        const last = changes.findLast((change) => change.kind === "insert");
        if (last?.values[0] === "20000" && changes.at(-1)?.kind !== "insert") return;
      }
    })();
    const large = await connect(source.settings);
    await using _ = { [Symbol.asyncDispose]: () => large.end() };
    await large.query("begin");
    const insert = (from: number, to: number) =>
      large.query("insert into t select i, repeat('y', 100) from generate_series($1::int, $2::int) i", [
        from,
        to,
      ]);
    await insert(1_000, 3_999);
    await large.query("savepoint a");
    await insert(4_000, 5_999);
    await large.query("savepoint b; alter table t add column late int; insert into t values (6000, 'z', 1)");
    await large.query("rollback to a");
    await insert(7_000, 16_999);
    if (plugin === "pgoutput")
      await expect.poll(() => stream.spooledBytes, { timeout: 40_000 }).toBeGreaterThan(1);
    const rolledBack = await connect(source.settings);
    await rolledBack.query("begin; insert into t select i from generate_series(50000, 55000) i; rollback");
    await large.query("commit");
    await source.client.query("insert into t values (20000)");
    await reading;
    await rolledBack.end();
    const wanted = [
      ...Array.from({ length: 3_000 }, (_, at) => 1_000 + at),
      ...Array.from({ length: 10_000 }, (_, at) => 7_000 + at),
      20_000,
    ];
    expect(insertedIds(changes)).toEqual(wanted);
    const frames = changes.flatMap(({ kind }) => (kind === "begin" || kind === "commit" ? kind : []));
    expect(frames).toEqual(["begin", "commit", "begin", "commit"]);
    expect(stream.spooledBytes).toBe(0);
  });

  test("a large transaction that was rolled back with its savepoints before it is read does not end the server", async () => {
    const start = await currentLsn(source.client);
    const started =
      "select pg_postmaster_start_time()::text as at, (select count(*) from pg_stat_activity) > 0 as there";
    const before = await source.client.query(started);
    await source.client.query(
      // The whole is what is too large, while a part of it is still in memory.
      `begin; savepoint a; insert into t (id) select i from generate_series(60000, 60009) i; release a;
       insert into t (id) select i from generate_series(70000, 79999) i; rollback`,
    );
    await source.client.query("insert into t (id) values (90000)");
    const until = await currentLsn(source.client);
    await using stream = await openStream(source, { startLsn: start });
    expect(insertedIds(await readUntil(stream, until))).toEqual([90_000]);
    expect((await source.client.query(started)).rows).toEqual(before.rows);
  });

  test("cut, told to stop or its sender ended, it says so at once and leaves no session", async () => {
    const abort = new AbortController();
    const stream = await openStream(source, { signal: abort.signal });
    const reading = readUntil(stream, 1n << 63n);
    abort.abort(new Error("told to stop"));
    await expect(reading).rejects.toThrow("told to stop");
    await stream.end();
    await expect.poll(() => isActive(source)).toBe(false);
    await using second = await openStream(source);
    const { activePid } = (await slotHealth(source.client, source.slot)) ?? {};
    const broken = readUntil(second, 1n << 63n);
    await source.client.query("select pg_terminate_backend($1)", [activePid]);
    await expect(broken).rejects.toMatchObject({ code: "CONNECTION_LOST", transient: true });
  });

  test("a slot is dropped with its sender, and then told to be lost", async () => {
    await expect.poll(() => isActive(source)).toBe(false);
    await using stream = await openStream(source);
    const broken = expect(readUntil(stream, 1n << 63n)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await dropSlot(source.client, source.slot, AbortSignal.timeout(30_000));
    await broken;
    await dropSlot(source.client, source.slot, AbortSignal.timeout(30_000));
    for (const publication of source.publications) await dropPublication(source.client, publication);
    expect(await slotHealth(source.client, source.slot)).toBeNull();
    await expect(openStream(source)).rejects.toMatchObject({ code: "SLOT_LOST", transient: false });
  });
});

test("a connection that is dead but open is found out", async () => {
  const source = await makeSource(server, "test_decoding", TABLE);
  await using proxy = await startTcpProxy(server);
  const through = { ...source, settings: { ...source.settings, host: proxy.host, port: proxy.port } };
  await using stream = await openStream(through, { deadAfterMs: 1_000 });
  const broken = readUntil(stream, 1n << 63n);
  proxy.stall();
  await expect(broken).rejects.toMatchObject({ code: "CONNECTION_LOST", transient: true });
  proxy.cut();
  await dropSlot(source.client, source.slot, AbortSignal.timeout(30_000));
  await source.client.end();
});

test("the exported snapshot is the state at the consistent point, and goes with its session", async () => {
  const source = await makeSource(server, "test_decoding", TABLE);
  await source.client.query("insert into t values (1)");
  const session = await ReplicationSession.open(source.settings);
  const name = captureName("test1", "temporary");
  const identity = await session.identifySystem();
  const slot = await session.createSlot(
    { name, plugin: "test_decoding", temporary: true },
    AbortSignal.timeout(30_000),
  );
  await source.client.query("insert into t values (2)");
  await source.client.query("begin isolation level repeatable read");
  await source.client.query(`set transaction snapshot '${slot.snapshot}'`);
  expect((await source.client.query("select id from t")).rows).toEqual([{ id: 1 }]);
  await source.client.query("commit");
  expect(slot.consistentPoint).toBeGreaterThan(identity.flushedLsn - 1n);
  await session.end();
  await expect.poll(() => slotHealth(source.client, name)).toBeNull();
  await dropSlot(source.client, source.slot, AbortSignal.timeout(30_000));
  await source.client.end();
});

test("a change that the source cannot decode is said to be one", async () => {
  const source = await makeSource(
    server,
    "pgoutput",
    TABLE,
    "template template0 encoding WIN1252 locale 'C'",
  );
  // Nothing in UTF-8 stands for this byte.
  await source.client.query("insert into t values (1, convert_from('\\x81', 'WIN1252'))");
  const stream = await openStream(source);
  await expect(readUntil(stream, await currentLsn(source.client))).rejects.toMatchObject({
    code: "CHANGE_UNREADABLE",
    message: expect.stringMatching(
      /^The source cannot decode the change at [0-9A-F]+\/[0-9A-F]+: .*0x81.* no equivalent/,
    ),
    transient: true,
  });
  await stream.end();
  await dropSlot(source.client, source.slot, AbortSignal.timeout(10_000));
  await source.client.end();
});

test("a slot that waits for another transaction can be given up, and leaves nothing", async () => {
  const source = await makeSource(server, "test_decoding", TABLE);
  await source.client.query("begin; insert into t values (1)");
  const watch = await connect(source.settings);
  const session = await ReplicationSession.open(source.settings);
  const name = captureName("test1", "waiting");
  const abort = new AbortController();
  const creating = session.createSlot({ name, plugin: "test_decoding", temporary: false }, abort.signal);
  const outcome = expect(creating).rejects.toThrow("given up");
  await expect.poll(() => slotHealth(watch, name)).not.toBeNull();
  abort.abort(new Error("given up"));
  await outcome;
  await session.end();
  await expect.poll(() => slotHealth(watch, name)).toBeNull();
  await source.client.query("rollback");
  await dropSlot(watch, source.slot, AbortSignal.timeout(30_000));
  await Promise.all([source.client.end(), watch.end()]);
});

test("leftovers of dead runs are found, never what is another's", async () => {
  const source = await makeSource(server, "pgoutput", TABLE);
  const { client } = source;
  for (const name of ["howdah_dead1_x", "howdah_live1_x", "howdah_", "howdahx_dead1_x", "someone"])
    await client.query("select pg_create_logical_replication_slot($1, 'test_decoding')", [name]);
  await client.query("create publication howdah_dead1_x; create publication others");
  const isLiving = (id: string) => id !== "dead1";
  expect((await findLeftoverSlots(client, isLiving)).map(({ name }) => name)).toEqual(["howdah_dead1_x"]);
  expect(await findLeftoverPublications(client, isLiving)).toEqual(["howdah_dead1_x"]);
  const [slot] = await findLeftoverSlots(client, isLiving);
  expect(slot).toMatchObject({ plugin: "test_decoding", walStatus: "reserved", isLost: false });
  expect(slot?.retainedBytes).toBeGreaterThanOrEqual(0n);
  await expect(dropSlot(client, "someone", AbortSignal.timeout(1_000))).rejects.toThrow(RangeError);
  await expect(dropPublication(client, "others")).rejects.toThrow(RangeError);
  const { rows } = await client.query(
    "select count(pg_drop_replication_slot(slot_name))::int from pg_replication_slots",
  );
  expect(rows[0].count).toBe(6);
  await client.end();
});
