import { describe, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { holdImportedSnapshot } from "../copy/source-snapshot";
import type { EngineEvent } from "../events";
import { createTargetDatabase } from "../target-database";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { type MoveSettings, moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import type { OutputPlugin } from "./change-stream";
import { captureName } from "./slots";

const servers = serversForFile(17, 18);
const { signal } = new AbortController();

const SCHEMA = [
  "create table parent (id int primary key, v text)",
  "insert into parent select i, md5(i::text) from generate_series(1, 1000) i",
  "create table child (id int primary key, parent int references parent)",
  "insert into child select i, i from generate_series(1, 1000) i",
  "create table nameless (v text)",
  "insert into nameless values ('one'), ('one'), ('two')",
  "create unlogged table volatile (id int primary key)",
  "insert into volatile select generate_series(1, 10)",
  "create function touch() returns trigger language plpgsql as 'begin new.v := new.v || $$!$$; return new; end'",
  "create trigger touched before insert or update on parent for each row execute function touch()",
  "alter table parent enable always trigger touched",
  "comment on trigger touched on parent is 'touches'",
  "comment on table parent is 'parents'",
  "create policy mine on child using (id > 0)",
  "alter table child enable row level security",
  "create view pairs as select p.v, c.id from parent p join child c on c.parent = p.id",
];

interface Pair {
  source: ConnectionSettings;
  target: ConnectionSettings;
  name: string;
}

async function makePair(database: string, setup: readonly string[] = SCHEMA): Promise<Pair> {
  const source = settingsOf(servers.source, database);
  const target = settingsOf(servers.target, database);
  await runSql(settingsOf(servers.source), `create database ${database}`);
  await runSql(source, ...setup);
  await createTargetDatabase({ source, target: settingsOf(servers.target), name: database, signal });
  return { source, target, name: captureName("test", database) };
}

function capturing(pair: Pair, plugin: OutputPlugin): MoveSettings {
  return { source: pair.source, target: pair.target, capture: { name: pair.name, plugin } };
}

async function names(settings: ConnectionSettings, sql: string): Promise<string[]> {
  return (await queryRows<{ name: string }>(settings, sql)).map(({ name }) => name);
}

const SLOTS =
  "select slot_name as name from pg_replication_slots where database = current_database() order by 1";
const TRIGGERS = "select tgname as name from pg_trigger where not tgisinternal order by 1";
const KEYS = "select conname as name from pg_constraint where contype = 'f' and convalidated order by 1";

function messages(events: readonly EngineEvent[]): string {
  return events.flatMap((event) => (event.type === "note" ? [event.message] : [])).join("\n");
}

describe.each(["test_decoding", "pgoutput"] as const)("%s", (plugin) => {
  test("rows are moved on the slot's snapshot, what acts on changes waits", async () => {
    const pair = await makePair(`begin_${plugin}`);
    const { error, failures, result } = await moveAndReport(capturing(pair, plugin));
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    const follow = result?.follow;
    const streamed = plugin === "pgoutput" ? ["child", "parent"] : ["child", "nameless", "parent"];
    expect(follow?.tables.map((table) => table.name).sort()).toEqual(streamed);
    const recopied = plugin === "pgoutput" ? ["nameless", "volatile"] : ["volatile"];
    expect(follow?.recopied.map((table) => table.name).sort()).toEqual(recopied);
    expect(follow?.leftOut).toEqual([]);
    expect(new Set(follow?.tables.map(({ lsn }) => lsn)).size).toBe(1);
    expect(
      follow?.deferred.filter(({ kind }) => kind !== "setting").map(({ sql }) => sql.slice(0, 30)),
    ).toEqual([
      expect.stringMatching(/^CREATE TRIGGER/),
      expect.stringMatching(/^ALTER TABLE .*/),
      expect.stringMatching(/^COMMENT ON TRIGGER/),
      expect.stringMatching(/^ALTER TABLE .*/),
    ]);
    expect(await names(pair.source, SLOTS)).toEqual([pair.name]);
    expect(await names(pair.source, "select pubname as name from pg_publication")).toEqual(
      plugin === "pgoutput" ? [pair.name] : [],
    );
    expect(await names(pair.target, TRIGGERS)).toEqual([]);
    expect(await names(pair.target, KEYS)).toEqual(["child_parent_fkey"]);
    expect(await names(pair.target, "select polname as name from pg_policy")).toEqual(["mine"]);
    expect(await names(pair.target, "select relname as name from pg_class where relrowsecurity")).toEqual([]);
    expect(await names(pair.target, "select count(*)::text as name from pairs")).toEqual(["1000"]);
  });

  test("finished tables stay as of their position, the others are copied on a later one", async () => {
    const pair = await makePair(`resume_${plugin}`);
    const checkpoint = memoryCheckpoint();
    const abort = new AbortController();
    const append = checkpoint.append.bind(checkpoint);
    checkpoint.append = async (parts) => {
      const noted = parts.filter((part) => part.name === "parent");
      await append(noted);
      if (noted.length > 0) abort.abort(new Error("killed"));
    };
    const settings = { ...capturing(pair, plugin), checkpoint };
    await expect(moveAndReport({ ...settings, signal: abort.signal })).rejects.toThrow("killed");
    checkpoint.append = append;
    await runSql(
      pair.source,
      "insert into parent values (2000, 'new')",
      "insert into child values (2000, 2000)",
    );
    const { error, events, result } = await moveAndReport(settings);
    expect(error).toBeNull();
    expect(events.flatMap((event) => (event.type === "table-kept" ? [event.table.name] : []))).toEqual([
      "parent",
    ]);
    const lsns = new Map(result?.follow?.tables.map((table) => [table.name, table.lsn]));
    expect(lsns.get("child")).not.toBe(lsns.get("parent"));
    // The new child's parent comes with the stream only.
    expect(result?.follow?.foreignKeys.map(({ kind }) => kind)).toEqual(["foreign-key"]);
    expect(await names(pair.target, KEYS)).toEqual([]);
    expect(await names(pair.target, "select count(*)::text as name from child")).toEqual(["1001"]);
    expect(await names(pair.target, "select count(*)::text as name from parent")).toEqual(["1000"]);
    expect(await names(pair.source, SLOTS)).toEqual([pair.name]);
    expect(checkpoint.known?.follow).toEqual(result?.follow);
    // Called once more there is nothing to do.
    expect((await moveAndReport(settings)).result?.follow).toEqual(result?.follow);
  });
});

test("a slot that is gone makes the checkpoint useless", async () => {
  const pair = await makePair("gone");
  const checkpoint = memoryCheckpoint();
  const abort = new AbortController();
  checkpoint.onAppend = () => abort.abort(new Error("killed"));
  const settings = { ...capturing(pair, "test_decoding"), checkpoint };
  await expect(moveAndReport({ ...settings, signal: abort.signal })).rejects.toThrow("killed");
  await runSql(pair.source, `select pg_drop_replication_slot('${pair.name}')`);
  expect((await moveAndReport(settings)).error?.code).toBe("CHECKPOINT_UNUSABLE");
  // One that was made anew by the same name begins too late.
  await runSql(
    pair.source,
    "insert into parent values (3000, 'lost')",
    `select pg_create_logical_replication_slot('${pair.name}', 'test_decoding')`,
  );
  expect((await moveAndReport(settings)).error?.code).toBe("CHECKPOINT_UNUSABLE");
});

test("a copied table that is replaced before the move goes on makes the checkpoint useless", async () => {
  const pair = await makePair("swapped");
  const checkpoint = memoryCheckpoint();
  const abort = new AbortController();
  checkpoint.onAppend = () => abort.abort(new Error("killed"));
  const settings = { ...capturing(pair, "test_decoding"), checkpoint };
  await expect(moveAndReport({ ...settings, signal: abort.signal })).rejects.toThrow("killed");
  await runSql(
    pair.source,
    "begin; drop table nameless; create table nameless (v text); insert into nameless values ('new'); commit",
  );
  expect((await moveAndReport(settings)).error?.code).toBe("CHECKPOINT_UNUSABLE");
  await runSql(pair.source, `select pg_drop_replication_slot('${pair.name}')`);
});

test("a copied table that is rewritten before the move goes on is copied again, one that is only compacted stays", async () => {
  const names = ["rewritten", "compacted", "as_before", "unfinished"];
  const pair = await makePair(
    "renewed",
    names.flatMap((name) => [
      `create table ${name} (id int primary key, v text)`,
      `insert into ${name} select i, 'old' from generate_series(1, 100) i`,
    ]),
  );
  const checkpoint = memoryCheckpoint();
  const abort = new AbortController();
  const append = checkpoint.append.bind(checkpoint);
  const missing = new Set(names.slice(0, 3));
  checkpoint.append = async (parts) => {
    const noted = parts.filter((part) => missing.delete(part.name));
    await append(noted);
    if (missing.size === 0) abort.abort(new Error("killed"));
  };
  const settings = { ...capturing(pair, "test_decoding"), checkpoint };
  await expect(moveAndReport({ ...settings, signal: abort.signal })).rejects.toThrow("killed");
  checkpoint.append = append;
  await runSql(
    pair.source,
    "alter table rewritten set unlogged",
    "update rewritten set v = 'unseen' where id = 1",
    "alter table rewritten set logged",
    "vacuum full compacted",
  );
  const { error, events } = await moveAndReport(settings);
  expect(error).toBeNull();
  const kept = events.flatMap((event) => (event.type === "table-kept" ? [event.table.name] : []));
  expect(kept.sort()).toEqual(["as_before", "compacted"]);
  const changed = "select v from rewritten where id = 1";
  expect(await queryRows(pair.target, changed)).toEqual([{ v: "unseen" }]);
  await runSql(pair.source, `select pg_drop_replication_slot('${pair.name}')`);
});

test("who keeps the capture from beginning is told, and an abort ends the waiting", async () => {
  const pair = await makePair("waits");
  const abort = new AbortController();
  const events: EngineEvent[] = [];
  const onEvent = (event: EngineEvent) => {
    events.push(event);
    if (event.type === "note" && event.message.startsWith("Waiting")) abort.abort(new Error("impatient"));
  };
  await withSession(pair.source, async (client) => {
    await client.query("begin; insert into parent values (5000, 'open')");
    const { rows } = await client.query("select pg_backend_pid() as pid");
    const moving = moveAndReport({ ...capturing(pair, "test_decoding"), signal: abort.signal, onEvent });
    await expect(moving).rejects.toThrow("impatient");
    expect(messages(events)).toContain(`process ${rows[0].pid} (postgres test in waits)`);
    await client.query("rollback");
  });
  expect(await names(pair.source, SLOTS)).toEqual([]);
});

test("a table that was emptied after the snapshot is noticed", async () => {
  const pair = await makePair("rewritten");
  await withSession(pair.source, async (client) => {
    await client.query("begin transaction isolation level repeatable read");
    const { rows } = await client.query("select pg_export_snapshot() as id");
    const held = await holdImportedSnapshot(pair.source, rows[0].id, signal);
    await held?.client.end();
    expect(held).not.toBeNull();
    await runSql(pair.source, "truncate nameless");
    expect(await holdImportedSnapshot(pair.source, rows[0].id, signal)).toBeNull();
  });
});

test("a snapshot whose session was lost can be had again", async () => {
  const pair = await makePair("lost", []);
  const lost = holdImportedSnapshot(pair.source, "00000003-00000001-1", signal);
  await expect(lost).rejects.toMatchObject({ code: "CONNECTION_LOST", transient: true });
});
