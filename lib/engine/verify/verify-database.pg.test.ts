import { beforeAll, expect, test } from "vitest";
import type { TestServer } from "@/lib/embedded/test-server";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { settingsOf } from "../testing/settings-of";
import { leftSessions } from "../testing/source-guard";
import { queryRows, runSql } from "../testing/with-session";
import { NASTY } from "./testing/nasty-rows";
import { complaints, repair, verifyAndCollect } from "./testing/verify-and-collect";
import { verifyDatabase } from "./verify-database";

const pair = serversForFile(12, 18);
let source: ConnectionSettings;
let target: ConnectionSettings;

beforeAll(async () => {
  source = settingsOf(pair.source, "nasty");
  target = settingsOf(pair.target, "nasty");
  await Promise.all([fill(pair.source, source), fill(pair.target, target)]);
  // The same rows, elsewhere in their tables, under other defaults, and read by another pg_dump order.
  await runSql(
    target,
    "alter database nasty set datestyle = 'German'",
    "alter database nasty set timezone = 'Asia/Tokyo'",
    "alter database nasty set extra_float_digits = 0",
    "alter database nasty set bytea_output = 'escape'",
    "alter database nasty set intervalstyle = 'iso_8601'",
    "update big set id = id where id % 7 = 0",
    `update "Odd ""Name; --"."T'""\\" set t = t where "id""'" = 1`,
  );
});

async function fill(server: TestServer, settings: ConnectionSettings): Promise<void> {
  await runSql(settingsOf(server), "create database nasty");
  await runSql(settings, NASTY, ...LIKE_12);
}

/** Since 15 a new database's schema public belongs to another role and is not everybody's to create in. */
const LIKE_12 = ["alter schema public owner to postgres", "grant all on schema public to public"];

test("equal rows of every kind are equal on 12 and 18, whatever their order and the defaults of the servers", async () => {
  const found = await verifyAndCollect(source, target);
  expect(complaints(found).filter((line) => !line.startsWith("database settings"))).toEqual([]);
  expect(found.results.get("database settings, comment and privileges")?.state).toBe("different");
  expect(found.results.get("public.big")).toMatchObject({ sourceRows: "60000", targetRows: "60000" });
  expect(found.results.get("public.big")?.sourceChecksum).toMatch(/^[0-9a-f]{32}$/);
  expect(found.results.has("public.unfilled")).toBe(false);
  const [planned] = found.events;
  if (planned?.type !== "planned") throw new Error("nothing was planned");
  expect(planned.items.map(({ schema, name }) => `${schema}.${name}`).sort()).toEqual(
    [...found.results.values()].map(({ item }) => `${item.schema}.${item.name}`).sort(),
  );
  expect(found).toMatchObject({ items: planned.items.length, unchecked: 0 });
});

const PLANTED = [
  ["a changed row", "big", "update big set v = 'x' where id = 31415", ["changed"]],
  ["a missing row", "big", "delete from big where id = 1", ["missing"]],
  ["an extra row", "big", "insert into big values (2000000000, 1, 'far')", ["extra"]],
  [
    "rows exchanged between keys",
    "big",
    "update big set v = (select v from big o where o.id = 15 - big.id) where id in (7, 8)",
    ["changed", "changed"],
  ],
  ["a row there twice in a table without a key", "keyless", "insert into keyless values (1, 'x')", ["extra"]],
  [
    "one of two equal rows missing",
    "keyless",
    "delete from keyless where ctid = (select min(ctid) from keyless where a is null)",
    ["missing"],
  ],
  [
    "null instead of an empty text",
    "keyless",
    "update keyless set t = null where a = 2",
    ["missing", "extra"],
  ],
  [
    "the last bit of a float",
    "texts",
    "update texts set v = v + 5e-324 + v * 1.2e-16 where code = md5('77')",
    ["changed"],
  ],
  ["a microsecond", "texts", "update texts set at = at + interval '1 us' where code = md5('5')", ["changed"]],
  ["a row of a text key", "texts", "delete from texts where code = md5('4000')", ["missing"]],
  ["a uuid key with an identity", "uuids", "delete from uuids where n = 99", ["missing"]],
  ["a byte of a bytea", "uuids", "update uuids set v = v || '\\x00' where n = 3", ["changed"]],
  ["a row of a big tenant", "tenants", "update tenants set v = '' where id = 3000", ["changed"]],
  ["a row of a partition", "parted_rest", "delete from parted where k = 'e' and n = 4", ["missing"]],
  ["one row without columns", "columnless", "insert into columnless default values", ["extra"]],
  ["the last of 700 columns", "many_columns", "update many_columns set c700 = null", ["missing", "extra"]],
  [
    "a long text's last character",
    "toasted",
    "update toasted set body = left(body, -1) || '!' where id = 2",
    ["changed"],
  ],
  [
    "a long bytea",
    "toasted",
    "update toasted set blob = set_byte(blob, 300000, 0) where id = 3",
    ["changed"],
  ],
] as const;

test("each planted difference is found, in its row and nowhere else", async () => {
  for (const [what, table, change, kinds] of PLANTED) {
    await runSql(target, change);
    const found = await verifyAndCollect(source, target, { onlyTables: ["*"] });
    const rows = found.rows.get(`public.${table}`) ?? [];
    expect([what, ...rows.map(({ kind }) => kind).sort()]).toEqual([what, ...[...kinds].sort()]);
    expect([what, found.outcome, found.different]).toEqual([what, "different", 1]);
    expect(found.results.get(`public.${table}`)).toMatchObject({
      differences: kinds.length,
      differencesLimited: false,
    });
    const isLong = table === "toasted";
    expect([what, rows.every((row) => (row.repair === null) === isLong)]).toEqual([what, true]);
    if (isLong) {
      expect(JSON.stringify(rows).length).toBeLessThan(40_000);
      await runSql(
        target,
        "delete from toasted",
        "insert into toasted select n, repeat(md5(n::text), 32768), decode(repeat(md5(n::text), 20000), 'hex') from generate_series(1, 3) n",
      );
    } else await repair(target, found.rows.values());
  }
  expect((await verifyAndCollect(source, target, { onlyTables: ["*"] })).outcome).toBe("equal");
}, 120_000);

test("every value of a row is told as both sides have it, and repaired as printed", async () => {
  const table = `"Odd ""Name; --"."T'""\\"`;
  const changes = [
    "f8 = 0.10000000000000002",
    "f4 = 0",
    "n = 1.10",
    "a = 1.1",
    "ts = '-infinity'",
    "tz = '2026-03-29 01:30+02'",
    "iv = '30 days'",
    "b = '\\x00fe'",
    `j = '{"a":null,"b":1}'`,
    `jb = '{"b": 1, "a": null}'`,
    "m = ''",
    "p = (1, null)",
    "arr = '{1,null}'",
    "floats = '{NaN,0,5e-324}'",
    "padded = 'pad2'",
    "bare = 'bare '",
    "v = ' '",
    "q = 'z'",
    "flag = null",
    "i2 = 1",
    "inet = '10.0.0.1'",
    "pt = '(0.1,0)'",
    "xm = '<b/>'",
    "vb = B'0'",
    "r = '[1,6)'",
    "sp = '[0.1,0.30000000000000004)'",
    "mon = '12.34'",
    "t = ''",
    "ic = 'STRASSE'",
    "\"select; --\" = ''",
  ];
  await runSql(target, `update ${table} set ${changes.join(", ")} where "id""'" = 1`);
  const only = { onlyTables: [`"Odd ""Name; --".*`] };
  const found = await verifyAndCollect(source, target, only);
  const [row] = [...found.rows.values()].flat();
  expect(row).toMatchObject({ kind: "changed", key: { [`id"'`]: "1" } });
  const changed = Object.keys(row?.source ?? {}).filter(
    (name) => row?.source?.[name] !== row?.target?.[name],
  );
  const named = changes.map((change) => /^"?(.*?)"? = /.exec(change)?.[1]);
  expect(changed.filter((name) => name !== "g").sort()).toEqual(named.sort());
  expect(row?.repair).not.toContain('"g"');
  expect(row?.target?.["bare"]).toBe("bare ");
  await repair(target, found.rows.values());
  await runSql(target, `delete from ${table} where "id""'" <> 1`);
  const missing = await verifyAndCollect(source, target, only);
  expect(missing.results.get(`Odd "Name; --.T'"\\`)).toMatchObject({ state: "different", differences: 2 });
  await repair(target, missing.rows.values());
  expect((await verifyAndCollect(source, target, only)).outcome).toBe("equal");
});

test("more differences than are told are still counted, and ranges of pages sum up to the table", async () => {
  await runSql(target, "update big set n = n + 1 where id > 52000");
  const bytes: number[] = [];
  const found = await verifyAndCollect(target, source, {
    onlyTables: ["public.big"],
    maxDifferences: 10,
    // A limit, however high, makes the ranges small.
    limits: () => ({ bytesPerSecond: 1e12, connections: 1 }),
    report: (event) => void (event.type === "item-progress" && bytes.push(event.bytes)),
  });
  expect(found.rows.get("public.big")).toHaveLength(10);
  expect(found.results.get("public.big")).toMatchObject({
    differences: 8000,
    differencesLimited: false,
    sourceRows: "60000",
  });
  expect(bytes.length).toBeGreaterThan(1);
  expect([...bytes].sort((a, b) => a - b)).toEqual(bytes);
  await runSql(target, "update big set n = n - 1 where id > 52000");
  expect((await verifyAndCollect(target, source, { onlyTables: ["big"] })).outcome).toBe("equal");
});

test("sequences, large objects, schema, database settings and missing tables are compared", async () => {
  await runSql(
    target,
    "select setval('counter', 3, true)",
    "alter sequence counter cache 7",
    "select lo_unlink(1002), lo_put(1003, 5999999, 'x'), lo_from_bytea(77, 'extra')",
    "create index extra_index on big (n)",
    "alter table texts alter column v set default 3",
    "drop materialized view filled",
    "create table only_here (id integer)",
    "comment on database nasty is 'other'",
    "create role clerk",
    "create role auditor",
    "alter large object 1001 owner to clerk",
    "alter role clerk in database nasty set work_mem = '8MB'",
    "alter role auditor in database nasty set work_mem = '8MB'",
    "create extension hstore",
    "create extension citext; update pg_extension set extversion = '2.0' where extname = 'citext'",
  );
  await runSql(source, "create role clerk", "create extension hstore; create extension citext");
  const found = await verifyAndCollect(source, target);
  expect(found.outcome).toBe("different");
  expect(found.results.get("public.counter")?.message).toMatch(
    /last_value is -27 .*is_called is false .*cache is 4/,
  );
  const objects = found.rows.get("large objects")?.map(({ kind, key }) => `${kind} ${key["oid"]}`);
  expect(objects).toEqual(["missing 1002", "extra 77", "changed 1003", "changed 1001"]);
  expect(found.rows.get("large objects")?.at(-1)).toMatchObject({
    source: { owner: "postgres" },
    target: { owner: "clerk" },
    repair: 'alter large object 1001 owner to "postgres"',
  });
  expect(found.notes).toContain(
    "Extensions in another version on the target: hstore (source 1.6, target 1.8).",
  );
  expect(found.results.get("versions of extensions")).toMatchObject({
    state: "different",
    differences: 1,
    message:
      "citext (source 1.6, target 2.0) has another major version on the target: read its release notes, and test what uses it.",
  });
  expect(found.rows.get("versions of extensions")).toMatchObject([
    { key: { name: "citext" }, source: { version: "1.6" }, target: { version: "2.0" }, repair: null },
  ]);
  const changed = found.lines.filter(({ kind }) => kind === "added" || kind === "removed");
  expect(changed.map(({ kind, text }) => `${kind} ${text}`)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^added CREATE INDEX "extra_index"/),
      expect.stringMatching(/^added +"v" double precision DEFAULT 3/),
      expect.stringMatching(/^removed CREATE MATERIALIZED VIEW "public"."filled"/),
      expect.stringMatching(/^added CREATE TABLE "public"."only_here"/),
    ]),
  );
  const onOneSide = { state: "different" };
  expect(found.results.get("public.filled")).toMatchObject({
    ...onOneSide,
    message: "The target does not have it.",
  });
  expect(found.results.get("public.only_here")).toMatchObject({
    ...onOneSide,
    message: "Only the target has it.",
  });
  const settings = found.rows.get("database settings, comment and privileges");
  const names = settings?.map(({ key }) => key["name"]);
  expect(names).toEqual(expect.arrayContaining(["comment", "setting work_mem of clerk"]));
  // The source has no such role.
  expect(names).not.toContain("setting work_mem of auditor");
});

test("a table that inherits may have its columns in another order, and nothing else", async () => {
  const elder = "create table elder (id integer not null";
  const heir = "create table heir (own integer default 7, check (own > 0)) inherits (elder)";
  await runSql(
    source,
    `${elder})`,
    heir,
    "alter table elder add late text",
    "insert into heir values (1, 2, 'x')",
  );
  await runSql(target, `${elder}, late text)`, heir, "insert into heir values (1, 'x', 2)");
  const linesAbout = async () => {
    const { lines } = await verifyAndCollect(source, target);
    const changed = lines.filter(({ kind }) => kind === "added" || kind === "removed");
    return changed.map(({ text }) => text.trim()).filter((text) => /own|late|elder|heir/.test(text));
  };
  expect(await linesAbout()).toEqual([]);
  await runSql(target, "alter table heir alter own set default 8");
  expect(await linesAbout()).toEqual(
    expect.arrayContaining([expect.stringContaining("DEFAULT 7"), expect.stringContaining("DEFAULT 8")]),
  );
});

test("what servers of two majors word differently is the same, and a view of another column is not", async () => {
  const shared = [
    "create procedure worded(a int, inout b text default 'in') language sql as $$ select b $$",
    "comment on procedure worded(int, text) is 'IN \"a\"'",
    "create procedure worded_unnamed(int) language sql as 'select 1'",
    "create function hashed(int, bigint) returns bigint immutable language sql as 'select $2'",
    "create operator class worded_ops for type int using hash as operator 1 =, function 2 hashed(int, bigint)",
    "create table worded_pair (id int, other int)",
    "create table worded_elder (worded_v int default 5); create table worded_heir (worded_w int) inherits (worded_elder); alter table worded_heir alter worded_v set default null",
    "create view worded_one as select l.id as shown, l.other from worded_pair l",
  ];
  const joined = (column: string) =>
    `create or replace view worded_two as select ${column} as shown from worded_pair l join worded_pair r on l.id = r.other`;
  await runSql(source, ...shared, joined("l.id"));
  await runSql(target, ...shared, joined("l.id"));
  const linesAbout = async () => {
    const { lines } = await verifyAndCollect(source, target);
    const changed = lines.filter(({ kind }) => kind === "added" || kind === "removed");
    return changed.map(({ text }) => text.trim()).filter((text) => /worded|hashed|shown|"l"|"r"/.test(text));
  };
  expect(await linesAbout()).toEqual([]);
  await runSql(target, joined("r.id"), "alter operator family worded_ops using hash drop function 2 (int)");
  const lines = await linesAbout();
  expect(lines).toContainEqual(expect.stringContaining('"l"."id"'));
  expect(lines).toContainEqual(expect.stringContaining('"r"."id"'));
  expect(lines).toContainEqual(expect.stringMatching(/^FUNCTION 2 .*hashed/));
});

test("what the login cannot read is unchecked, so the outcome is incomplete and never equal", async () => {
  for (const server of [pair.source, pair.target]) {
    await runSql(settingsOf(server), "create role reader login password 'reader'", "create database guarded");
    await runSql(
      settingsOf(server, "guarded"),
      ...LIKE_12,
      "create table open (id integer primary key); create table closed (id integer); create table hidden (id integer); create sequence secret",
      "insert into open values (1); insert into closed values (1); insert into hidden values (1)",
      "alter table hidden enable row level security; create policy none on hidden using (false)",
      "grant select on open, hidden to reader",
      "select lo_from_bytea(5, 'x')",
    );
  }
  const login = { user: "reader", password: "reader" };
  const found = await verifyAndCollect(
    { ...settingsOf(pair.source, "guarded"), ...login },
    { ...settingsOf(pair.target, "guarded"), ...login },
  );
  expect(found).toMatchObject({ outcome: "incomplete", different: 0 });
  expect([...found.results].map(([name, { state }]) => `${name} ${state}`)).toEqual(
    expect.arrayContaining([
      "public.open equal",
      "public.closed unchecked",
      "public.hidden unchecked",
      "public.secret unchecked",
      "large objects unchecked",
      "schema unchecked",
    ]),
  );
  expect(found.results.get("public.hidden")?.message).toContain("row security");
  const nothing = { onlyTables: ["nothing_like_it"] };
  expect(await verifyAndCollect(source, target, nothing)).toMatchObject({ outcome: "incomplete" });
  const wrong = verifyAndCollect(source, target, { onlyTables: ["a.b.c"] });
  await expect(wrong).rejects.toMatchObject({ code: "FILTER_INVALID" });
});

test("a cancel ends the reading on both servers at once, and locks no more than ACCESS SHARE meanwhile", async () => {
  for (const server of [pair.source, pair.target]) {
    await runSql(settingsOf(server), "create database slow");
    await runSql(
      settingsOf(server, "slow"),
      "create table slow as select n, repeat('x', 900) as t from generate_series(1, 30000) n",
    );
  }
  const cancel = new AbortController();
  const locks = new Set<string>();
  const running = verifyDatabase({
    source: settingsOf(pair.source, "slow"),
    target: settingsOf(pair.target, "slow"),
    // So slow that it could not end by itself.
    limits: () => ({ bytesPerSecond: 1_000_000, connections: null }),
    report: () => undefined,
    signal: cancel.signal,
  });
  const failed = expect(running).rejects.toMatchObject({ message: "enough" });
  const readers = () =>
    queryRows<{ mode: string }>(
      settingsOf(pair.target, "slow"),
      `select distinct l.mode from pg_stat_activity a join pg_locks l using (pid)
        where a.application_name = 'howdah verify' and l.locktype = 'relation'`,
    );
  while (locks.size === 0) for (const { mode } of await readers()) locks.add(mode);
  cancel.abort(new Error("enough"));
  await failed;
  expect(await leftSessions(pair.source)).toEqual([]);
  expect(await leftSessions(pair.target)).toEqual([]);
  expect([...locks]).toEqual(["AccessShareLock"]);
});
