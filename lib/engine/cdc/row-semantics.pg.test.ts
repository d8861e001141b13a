import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { OutputPlugin } from "./change-stream";
import type { Change } from "./decode/change";
import { captureAll, linesOf, makeSource, printedRow, type Source, showChange } from "./testing/capture";

/** What is done to one table, and what must come of it; null: pgoutput publishes inserts only of such a table. */
interface Case {
  table: string;
  columns: string;
  after?: string;
  seed?: string;
  work: string[];
  expected: string[];
  pgoutput?: string[];
}

const LONG = "(select string_agg(md5(i::text), '') from generate_series(1, 32768) i)";

const CASES: Case[] = [
  {
    table: "plain",
    columns: "id int primary key, t text",
    work: [
      "insert into plain values (1, null), (2, ''), (3, E'it''s \\\\ \"q\"\\nline\\ttab'), (4, 'žluť 😀')",
      "insert into plain values (5, 'unchanged-toast-datum'), (6, 'null'), (7, ' t[text]:''x'' new-tuple:')",
      "update plain set t = 'z' where id = 1",
      "delete from plain where id = 2",
    ],
    expected: [
      "insert plain: id=1 t=null",
      "insert plain: id=2 t=",
      'insert plain: id=3 t=it\'s \\ "q"\nline\ttab',
      "insert plain: id=4 t=žluť 😀",
      "insert plain: id=5 t=unchanged-toast-datum",
      "insert plain: id=6 t=null",
      "insert plain: id=7 t= t[text]:'x' new-tuple:",
      "update plain: id=1 t=z",
      "delete plain: key(id=2)",
    ],
  },
  {
    table: "toasted",
    columns: "id int primary key, big text, n int",
    work: [
      `insert into toasted select 1, ${LONG}, 0`,
      "update toasted set n = 1",
      "update toasted set id = 2",
      "update toasted set big = 'short'",
    ],
    expected: [
      "insert toasted: id=1 big=1048576×c n=0",
      "update toasted: id=1 big=~ n=1",
      "update toasted key(id=1): id=2 big=~ n=1",
      "update toasted: id=2 big=short n=1",
    ],
  },
  {
    table: "full",
    columns: "a int, b text",
    after: 'alter table "full" replica identity full',
    work: [
      `insert into "full" values (1, null), (null, null), (2, 'x')`,
      `update "full" set b = 'y' where a = 1`,
      `delete from "full" where a is null`,
      `delete from "full" where a = 2`,
    ],
    expected: [
      "insert full: a=1 b=null",
      "insert full: a=null b=null",
      "insert full: a=2 b=x",
      "update full full(a=1 b=null): a=1 b=y",
      "delete full: full(a=null b=null)",
      "delete full: full(a=2 b=x)",
    ],
  },
  {
    table: "by_index",
    columns: "id int primary key, k1 int not null, k2 text not null, v int",
    after:
      "create unique index by_k on by_index (k2, k1); alter table by_index replica identity using index by_k",
    work: [
      "insert into by_index values (1, 10, 'a', 5)",
      "update by_index set v = 6",
      "update by_index set k1 = 11",
      "delete from by_index",
    ],
    expected: [
      "insert by_index: id=1 k1=10 k2=a v=5",
      "update by_index: id=1 k1=10 k2=a v=6",
      "update by_index key(k1=10 k2=a): id=1 k1=11 k2=a v=6",
      "delete by_index: key(k1=11 k2=a)",
    ],
  },
  {
    table: "nothing",
    columns: "a int",
    work: ["insert into nothing values (1)", "update nothing set a = 2", "delete from nothing"],
    expected: ["insert nothing: a=1", "update nothing: a=2", "delete nothing: unknown row"],
    pgoutput: ["insert nothing: a=1"],
  },
  {
    table: 'We"ird.n:a me',
    columns: '"Col umn" int primary key, "a[b]:\'c" text, "null" public."My]ty""pe", "select" text[]',
    work: [
      `insert into "We""ird.n:a me" values (1, 'x', 'o''k', '{a,NULL,"b c"}')`,
      `update "We""ird.n:a me" set "Col umn" = 2`,
      `delete from "We""ird.n:a me"`,
    ],
    expected: [
      'insert We"ird.n:a me: Col umn=1 a[b]:\'c=x null=o\'k select={a,NULL,"b c"}',
      'update We"ird.n:a me key(Col umn=1): Col umn=2 a[b]:\'c=x null=o\'k select={a,NULL,"b c"}',
      'delete We"ird.n:a me: key(Col umn=2)',
    ],
  },
  {
    table: "altered",
    columns: "id int primary key, a text, b int",
    work: [
      "insert into altered values (1, 'x', 1)",
      "alter table altered drop column a, add column c timestamptz",
      "insert into altered values (2, 2, '2020-01-01')",
      "alter table altered alter column b type text",
      "insert into altered values (3, 'three', null)",
      "delete from altered where id = 1",
    ],
    expected: [
      "insert altered: id=1 a=x b=1",
      "insert altered: id=2 b=2 c=2020-01-01 00:00:00+00",
      "insert altered: id=3 b=three c=null",
      "delete altered: key(id=1)",
    ],
  },
  {
    table: "rolled",
    columns: "id int primary key",
    work: [
      "begin; insert into rolled values (1); savepoint a; insert into rolled values (2); rollback to a; insert into rolled values (3); savepoint b; insert into rolled values (4); release b; commit",
      "begin; insert into rolled values (9); rollback",
    ],
    expected: ["insert rolled: id=1", "insert rolled: id=3", "insert rolled: id=4"],
  },
  {
    table: "emptied",
    columns: "id serial primary key",
    after: "create table emptied_child (id int references emptied)",
    work: [
      "insert into emptied default values",
      "truncate emptied, emptied_child",
      "truncate emptied restart identity cascade",
      "truncate emptied_child",
      "truncate emptied cascade",
    ],
    expected: [
      "insert emptied: id=1",
      "truncate emptied,emptied_child",
      "truncate emptied,emptied_child restart cascade",
      "truncate emptied,emptied_child cascade",
    ],
  },
];

/** Partition moves show as a delete in one leaf and an insert in the other. */
const PARTITIONED = [
  "create table parted (id int, p int, primary key (id, p)) partition by list (p)",
  "create table parted_1 partition of parted for values in (1)",
  "create table parted_2 partition of parted for values in (2)",
];

const KINDS = `create table kinds (
  id int primary key, b bool, b2 bool, n numeric, n2 numeric, f float8, f2 float4, f3 float8, bi bigint, o oid,
  ts timestamp, tz timestamptz, d date, iv interval, tr tstzrange, ir int4range, ia int[], ta text[][], dm positive,
  da positive[], en mood, ea mood[], co pair, ca pair[], by bytea, js jsonb, bt bit(3), vb varbit, ch char(5), c1 "char",
  mo money, u uuid, ip inet, x xml, tv tsvector, ge int generated always as (1) stored, nm name, pt point)`;

const KINDS_ROW = `insert into kinds values (
  1, true, false, 'NaN', 1234567890123456789012345678.00010, '-Infinity', 'NaN', 0.1::float8 + 0.2, -9223372036854775808, 4294967295,
  'infinity', '-infinity', '0044-03-15 BC', '1 year -2 days 03:04:05.678', '[2020-01-01,)', 'empty', '{1,NULL,3}', '{{a,"b,c"},{"q\\"q",""}}', 7,
  '{1,2}', 'so ''so''', '{ok,"so ''so''"}', '(1,"a ""b"" \\\\ , c")', array[(1,'x')::pair, (null,null)::pair], '\\x00ff27', '{"a": "''\\\\n"}', B'101', B'', 'ab', '''',
  12.34, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '::1/64', '<a b="c"/>', 'a:1 b:2', default, 'n''m', '(1.5,-2)')`;

const SETUP = [
  "create type public.\"My]ty\"\"pe\" as enum ('o''k')",
  "create type mood as enum ('ok', 'so ''so''')",
  "create domain positive as int check (value > 0)",
  "create type pair as (a int, b text)",
  KINDS,
  ...PARTITIONED,
  ...CASES.flatMap(({ table, columns, after, seed }) => [
    `create table "${table.replaceAll('"', '""')}" (${columns})`,
    ...(after ? [after] : []),
    ...(seed ? [seed] : []),
  ]),
];

async function interleave(source: Source): Promise<void> {
  const other = await connect(source.settings);
  try {
    await source.client.query("begin; insert into plain values (101, 'first to begin')");
    await other.query("begin; insert into plain values (102, 'second to begin')");
    await source.client.query("insert into plain values (103, 'first again')");
    await other.query("commit");
    await source.client.query("commit");
  } finally {
    await other.end();
  }
}

describe.each([12, 18] as const)("source %d", (major) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(major);
  });

  afterAll(() => server?.[Symbol.asyncDispose]());

  describe.each(["test_decoding", "pgoutput"] as const)("%s", (plugin: OutputPlugin) => {
    let source: Source;
    let changes: Change[];

    beforeAll(async () => {
      source = await makeSource(server, plugin, SETUP);
      const { client } = source;
      for (const { work } of CASES) for (const statement of work) await client.query(statement);
      await client.query(KINDS_ROW);
      await client.query("insert into parted values (1, 1)");
      await client.query("update parted set p = 2");
      await interleave(source);
      await client.query("begin; select pg_logical_emit_message(true, 'a, sz: 1 content:', 'ž'); commit");
      changes = await captureAll(source);
    });

    afterAll(() => source?.client.end());

    test.each(CASES)("$table", ({ table, expected, pgoutput }) => {
      const wanted = plugin === "pgoutput" && pgoutput ? pgoutput : expected;
      const lines = linesOf(changes, table).filter((line) => !/id=10[123]/.test(line));
      expect(lines).toEqual(wanted);
    });

    test("each type's value is the text its type prints", async () => {
      const inserted = changes.find((change) => change.kind === "insert" && change.relation.name === "kinds");
      if (inserted?.kind !== "insert") throw new Error("the row is missing");
      const printed = await printedRow(source, "public.kinds");
      const { columns } = (await source.client.query("select * from kinds")).fields.reduce<{
        columns: string[];
      }>((found, field) => ({ columns: [...found.columns, field.name] }), { columns: [] });
      const wanted = Object.fromEntries(columns.map((name, at) => [name, printed[at]]));
      // Generated columns are not published.
      if (plugin === "pgoutput") delete wanted["ge"];
      const { relation, values } = inserted;
      expect(Object.fromEntries(relation.columns.map(({ name }, at) => [name, values[at]]))).toEqual(wanted);
      expect(relation.columns.filter((column) => column.isGenerated).map((column) => column.name)).toEqual(
        plugin === "pgoutput" ? [] : ["ge"],
      );
    });

    test("columns have their oids, and names of types fit for casts", async () => {
      const seen = changes.find((change) => change.kind === "relation" && change.relation.name === "kinds");
      if (seen?.kind !== "relation") throw new Error("the relation is missing");
      const { rows } = await source.client.query(
        "select attname as name, atttypid::int8::float8 as oid from pg_attribute where attrelid = 'kinds'::regclass and attnum > 0 order by attnum",
      );
      const oids = new Map(rows.map(({ name, oid }) => [name, oid]));
      for (const { name, typeOid } of seen.relation.columns)
        expect([name, typeOid]).toEqual([name, oids.get(name)]);
      const names = new Map(seen.relation.columns.map((column) => [column.name, column.typeName]));
      expect([names.get("ch"), names.get("bt"), names.get("ea"), names.get("dm")]).toEqual([
        "bpchar",
        '"bit"',
        "public.mood[]",
        "public.positive",
      ]);
      expect(seen.relation).toMatchObject({ schema: "public", replicaIdentity: "default" });
      expect(seen.relation.columns.filter((column) => column.isKey).map((column) => column.name)).toEqual([
        "id",
      ]);
    });

    test("a row that moves between partitions leaves one and enters the other", () => {
      const lines = changes.map(showChange).filter((line) => line.includes("parted_"));
      expect(lines).toEqual([
        "insert parted_1: id=1 p=1",
        "delete parted_1: key(id=1 p=1)",
        "insert parted_2: id=1 p=2",
      ]);
    });

    test("transactions that cross come whole, in the order of their commits", () => {
      const at = changes.findIndex((change) => showChange(change).includes("id=102"));
      expect(changes.slice(at - 1, at + 6).map(showChange)).toEqual([
        "begin",
        "insert plain: id=102 t=second to begin",
        "commit",
        "begin",
        "insert plain: id=101 t=first to begin",
        "insert plain: id=103 t=first again",
        "commit",
      ]);
    });

    test("transactions are framed, and their ends go up", () => {
      const commits = changes.flatMap((change) => (change.kind === "commit" ? [change] : []));
      const frames = changes.filter(({ kind }) => kind === "begin" || kind === "commit");
      expect(frames.map(({ kind }) => kind)).toEqual(commits.flatMap(() => ["begin", "commit"]));
      for (const [index, { endLsn, committedAt }] of commits.entries()) {
        expect(endLsn > (commits[index - 1]?.endLsn ?? source.consistentPoint)).toBe(true);
        expect(Math.abs(committedAt / 1000 - Date.now())).toBeLessThan(600_000);
      }
    });

    test("messages are told where the plugin sends them", () => {
      const messages = changes.filter((change) => change.kind === "message").map(showChange);
      const isSent = plugin === "test_decoding" || major >= 14;
      expect(messages).toEqual(isSent ? ["message a, sz: 1 content:: ž"] : []);
    });
  });
});
