/** Work on a source after which the tables of the target must hold the same. */
export interface Semantics {
  name: string;
  tables: string[];
  setup: string[];
  work: string[];
  /** Put together, not applied one by one. */
  isFolded?: true;
}

const LONG = "(select string_agg(md5(i::text), '') from generate_series(1, 1024) i)";

const KINDS = `id int primary key, b bool, b2 bool, n numeric, n2 numeric, f float8, f2 float4, f3 float8, bi bigint, o oid,
  ts timestamp, tz timestamptz, d date, iv interval, tr tstzrange, ir int4range, ia int[], ta text[][], dm positive,
  da positive[], en mood, ea mood[], co pair, ca pair[], by bytea, js json, jb jsonb, bt bit(3), vb varbit, ch char(5), c1 "char",
  mo money, u uuid, ip inet, x xml, tv tsvector, ge int generated always as (1) stored, nm name, pt point, bx box, bxa box[], vc varchar(10)`;

const KINDS_ROW = (id: number, generated: string) => `(
  ${id}, true, false, 'NaN', 1234567890123456789012345678.00010, '-Infinity', 'NaN', 0.1::float8 + 0.2, -9223372036854775808, 4294967295,
  'infinity', '-infinity', '0044-03-15 BC', '1 year -2 days 03:04:05.678', '[2020-01-01,)', 'empty', '{1,NULL,3}', '{{a,"b,c"},{"q\\"q",""}}', 7,
  '{1,2}', 'so ''so''', '{ok,"so ''so''"}', '(1,"a ""b"" \\\\ , c")', array[(1,'x')::pair, (null,null)::pair], '\\x00ff27', '{"a":  "''\\\\n"}', '{"a": "''\\\\n"}', B'101', B'', 'ab', '''',
  12.34, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '::1/64', '<a b="c"/>', 'a:1 b:2', ${generated}, 'n''m', '(1.5,-2)', '(1,2),(3,4)', '{(1,2),(3,4);(5,6),(7,8)}', 'v')`;

const TYPES = [
  "create type mood as enum ('ok', 'so ''so''')",
  "create domain positive as int check (value > 0)",
  "create type pair as (a int, b text)",
  "create extension citext",
  "create extension hstore",
];

const LONG_NAME = "ž".repeat(31);

export const CASES: Semantics[] = [
  {
    name: "text with everything in it",
    isFolded: true,
    tables: ["plain"],
    setup: ["create table plain (id int primary key, t text)", "insert into plain values (100, 'there')"],
    work: [
      "insert into plain values (1, null), (2, ''), (3, E'it''s \\\\ \"q\"\\nline\\ttab'), (4, 'žluť 😀'), (5, 'NULL'), (6, '{a,b}')",
      "update plain set t = t || '!' where id > 3",
      "delete from plain where id = 2 or id = 100",
    ],
  },
  {
    name: "large values that an update leaves as they are",
    isFolded: true,
    tables: ["toasted"],
    setup: ["create table toasted (id int primary key, big text, n int, big2 text)"],
    work: [
      `insert into toasted select i, ${LONG}, 0, ${LONG} from generate_series(1, 6) i`,
      "update toasted set n = 1",
      "update toasted set big = 'short' where id <= 3",
      "update toasted set big2 = null, n = 2 where id in (3, 4)",
      "update toasted set id = id + 100 where id = 6",
    ],
  },
  {
    name: "every row twice under replica identity full",
    tables: ["full"],
    setup: [
      'create table "full" (a int, b text, j json, p point, x xml, n numeric, f float8, c char(4))',
      'alter table "full" replica identity full',
    ],
    work: [
      `insert into "full" select i % 3, nullif('t' || i % 2, 't1'), '{"a": 1}', '(1,2)', '<a/>', 1.50, 'NaN', 'c' from generate_series(1, 12) i`,
      `insert into "full" values (null, null, null, null, null, null, null, null), (null, null, null, null, null, null, null, null)`,
      `insert into "full" (a, n) values (7, 1.0), (7, 1.00), (8, 1.00), (8, 1.0)`,
      `delete from "full" where n::text = '1.00'`,
      `update "full" set b = 'one of them' where ctid = (select min(ctid) from "full" where a = 0)`,
      `delete from "full" where ctid = (select min(ctid) from "full" where a is null)`,
      `delete from "full" where ctid = (select min(ctid) from "full" where a = 1)`,
      `update "full" set j = '{"a":2}' where a = 2`,
    ],
  },
  {
    name: "replica identity full with a key",
    tables: ["full_key"],
    setup: [
      "create table full_key (k text primary key, v int, big text)",
      "alter table full_key replica identity full",
    ],
    work: [
      `insert into full_key select 'k' || i, i, ${LONG} from generate_series(1, 8) i`,
      "update full_key set v = v + 1",
      "update full_key set k = 'other' where k = 'k3'",
      "delete from full_key where v > 7",
    ],
  },
  {
    name: "replica identity by an index",
    tables: ["by_index"],
    setup: [
      "create table by_index (id int primary key, k1 int not null, k2 text not null, v int)",
      "create unique index by_k on by_index (k2, k1)",
      "alter table by_index replica identity using index by_k",
    ],
    work: [
      "insert into by_index select i, i * 10, 'a', i from generate_series(1, 10) i",
      "update by_index set v = 6",
      "update by_index set k1 = 11 where id = 1",
      "update by_index set id = 1000 - id",
      "delete from by_index where v = 6 and id > 995",
    ],
  },
  {
    name: "quoted and long names",
    tables: ['We"ird.n:a me', LONG_NAME],
    setup: [
      "create type public.\"My]ty\"\"pe\" as enum ('o''k')",
      `create table "We""ird.n:a me" ("Col umn" int primary key, "a[b]:'c" text, "null" public."My]ty""pe", "select" text[])`,
      `create table "${LONG_NAME}" ("${"é".repeat(31)}" int primary key, "table" int)`,
    ],
    work: [
      `insert into "We""ird.n:a me" select i, 'x', 'o''k', '{a,NULL,"b c"}' from generate_series(1, 6) i`,
      `update "We""ird.n:a me" set "Col umn" = 20 where "Col umn" = 2`,
      `update "We""ird.n:a me" set "select" = '{{1,2},{3,4}}'`,
      `delete from "We""ird.n:a me" where "Col umn" = 3`,
      `insert into "${LONG_NAME}" values (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)`,
      `update "${LONG_NAME}" set "table" = 9`,
    ],
  },
  {
    name: "every kind of type",
    tables: ["kinds", "kinds_full"],
    setup: [
      ...TYPES,
      `create table kinds (${KINDS})`,
      `create table kinds_full (${KINDS.replace(" primary key", "").replace(" generated always as (1) stored", "")})`,
      "alter table kinds_full replica identity full",
    ],
    work: [
      ...[1, 2, 3, 4, 5].map((id) => `insert into kinds values ${KINDS_ROW(id, "default")}`),
      "insert into kinds (id) values (6)",
      "update kinds set vc = 'w', ta = '{}' where id < 5",
      `insert into kinds_full values ${[1, 1, 2].map((id) => KINDS_ROW(id, "1")).join()}`,
      "update kinds_full set vc = null where id = 2",
      "delete from kinds_full where ctid = (select min(ctid) from kinds_full)",
    ],
  },
  {
    name: "keys of which equal ones are printed differently",
    tables: ["numeric_key", "citext_key", "float_key", "interval_key", "padded_key"],
    setup: [
      "create table numeric_key (k numeric primary key, v int)",
      "create table float_key (k float8 primary key, v int)",
      "create table citext_key (k citext primary key, v int, h hstore)",
      "create table interval_key (k interval primary key, v int)",
      "create table padded_key (k char(5) primary key, v int)",
    ],
    work: [
      "insert into numeric_key select i + 0.50, i from generate_series(1, 9) i",
      "update numeric_key set k = 1.5000 where k = 1.5",
      "update numeric_key set v = v + 1 where k < 4",
      "delete from numeric_key where k = 2.5",
      "insert into numeric_key values (2.500, 3)",
      "insert into float_key values (0, 1), ('NaN', 2), ('Infinity', 3), (1e300, 4), (1e-7, 5)",
      "update float_key set k = '-0' where k = 0",
      "update float_key set v = v + 10",
      "insert into citext_key values ('a', 1, 'x=>1'), ('B', 2, ''), ('c', 3, null), ('d', 4, null)",
      "update citext_key set k = 'A' where k = 'a'",
      'update citext_key set v = v * 2, h = \'y=>"q\\""\'',
      "insert into interval_key values ('1 day', 1), ('2 days', 2), ('3 days', 3), ('4 days', 4)",
      "update interval_key set k = '24:00:00' where k = '1 day'",
      "update interval_key set v = v + 1",
      "insert into padded_key values ('a', 1), ('b', 2), ('c  ', 3), ('ddddd', 4)",
      "update padded_key set v = v + 1",
      "delete from padded_key where k = 'c'",
    ],
  },
  {
    name: "one row over and over",
    isFolded: true,
    tables: ["hot"],
    setup: ["create table hot (id int primary key, n int, t text)", "insert into hot values (1, 0, 'x')"],
    work: [
      "do $$ begin for i in 1..200 loop update hot set n = n + 1 where id = 1; end loop; end $$",
      "insert into hot values (2, 0, null); delete from hot where id = 2; insert into hot values (2, 5, 'again')",
      "delete from hot where id = 1; insert into hot values (1, -1, 'anew'); update hot set n = n - 1 where id = 1",
      "insert into hot values (3, 1, 'gone'); update hot set t = 'soon' where id = 3; delete from hot where id = 3",
    ],
  },
  {
    name: "unique values that change places",
    tables: ["swapped", "shifted", "excluded"],
    setup: [
      "create table swapped (id int primary key, u int unique)",
      "create table shifted (id int primary key, u int unique deferrable initially immediate)",
      "create table excluded (id int primary key, r int4range, exclude using gist (r with &&))",
      "insert into swapped select i, i from generate_series(1, 10) i",
      "insert into shifted select i, i from generate_series(1, 10) i",
      "insert into excluded select i, int4range(i * 10, i * 10 + 10) from generate_series(1, 9) i",
    ],
    work: [
      "update swapped set u = 100 where id = 1; update swapped set u = 1 where id = 2; update swapped set u = 2 where id = 1",
      "update swapped set u = -u; update swapped set u = 11 + u",
      "delete from swapped where id = 5; insert into swapped values (50, 6); update swapped set id = 5 where id = 50",
      "update shifted set u = 11 - u",
      "update excluded set r = int4range(1000, 1010) where id = 1; update excluded set r = int4range(10, 20) where id = 2; update excluded set r = int4range(20, 30) where id = 1",
    ],
  },
  {
    name: "one table folds, another cannot",
    tables: ["exchanged", "beside"],
    isFolded: true,
    setup: [
      "create table exchanged (id int primary key, u int unique)",
      "create table beside (id int primary key, v int)",
      "insert into exchanged select i, i from generate_series(1, 10) i",
      "insert into beside select i, i from generate_series(1, 10) i",
    ],
    work: [
      "update exchanged set u = -u; update exchanged set u = 1 + -u % 10; update beside set v = v + 1",
      "update beside set v = v + 1; update exchanged set u = -u; update exchanged set u = 1 + -u % 10",
    ],
  },
  {
    name: "keys that change",
    tables: ["rekeyed"],
    setup: ["create table rekeyed (a int, b text, v int, primary key (a, b))"],
    work: [
      "insert into rekeyed select i, 'b', i from generate_series(1, 20) i",
      "update rekeyed set a = a + 100",
      "update rekeyed set a = a - 100, b = 'c' where v % 2 = 0",
      "update rekeyed set a = -1 where a = 2; update rekeyed set a = 2 where a = 4; update rekeyed set a = 4 where a = -1",
    ],
  },
  {
    name: "identity and generated columns",
    tables: ["identified", "loose_identity", "derived"],
    setup: [
      "create table identified (id int generated always as identity primary key, v int)",
      "create table loose_identity (k int primary key, n int generated always as identity, big text)",
      "create table derived (id int primary key, v int, twice int generated always as (v * 2) stored)",
    ],
    work: [
      "insert into identified (v) select i from generate_series(1, 10) i",
      "update identified set v = v + 1",
      "update identified set id = default where id = 3",
      "delete from identified where id = 4",
      `insert into loose_identity (k, big) select i, ${LONG} from generate_series(1, 5) i`,
      "update loose_identity set n = default where k = 2",
      "update loose_identity set k = 10 where k = 3",
      "insert into derived (id, v) select i, i from generate_series(1, 10) i",
      "update derived set v = v + 1",
    ],
  },
  {
    name: "columns computed when they are read, where the source can do that, and stored ones of whole rows",
    isFolded: true,
    tables: ["read_computed", "stored_whole"],
    setup: [
      "create table read_computed (gone int, id int primary key, v int, big text); alter table read_computed drop gone",
      `do $$ begin execute format('alter table read_computed add twice int generated always as (v * 2) %s, add last int',
         case when current_setting('server_version_num')::int >= 180000 then 'virtual' else 'stored' end); end $$`,
      "create table stored_whole (v int, twice int generated always as (v * 2) stored, w text)",
      "alter table stored_whole replica identity full",
    ],
    work: [
      `insert into read_computed (id, v, big, last) select i, i, ${LONG}, i from generate_series(1, 10) i`,
      "update read_computed set v = v + 1; update read_computed set id = id + 100 where id < 4; delete from read_computed where id = 5",
      "insert into stored_whole (v, w) select i, 'w' from generate_series(1, 10) i",
      "update stored_whole set v = null where v > 7; update stored_whole set w = 'x' where v = 3; delete from stored_whole where v = 2",
    ],
  },
  {
    name: "truncate in the middle",
    tables: ["emptied", "emptied_child", "emptied_alone"],
    setup: [
      "create table emptied (id serial primary key)",
      "create table emptied_child (id int references emptied, n serial)",
      "create table emptied_alone (id serial primary key)",
    ],
    work: [
      "insert into emptied select from generate_series(1, 10)",
      "insert into emptied_child select i from generate_series(1, 10) i",
      "begin; truncate emptied restart identity cascade; insert into emptied default values; insert into emptied_child values (1); commit",
      "insert into emptied_alone select from generate_series(1, 10)",
      "truncate emptied_alone",
      "insert into emptied_alone default values",
      "truncate emptied, emptied_child, emptied_alone restart identity",
      "insert into emptied_alone default values",
    ],
  },
  {
    name: "partitions and inheritance",
    isFolded: true,
    tables: ["parted_1", "parted_2", "ancestor", "heir"],
    setup: [
      "create table parted (id int, p int, v int, primary key (id, p)) partition by list (p)",
      "create table parted_1 partition of parted for values in (1)",
      "create table parted_2 (v int, p int not null, id int not null)",
      "alter table parted attach partition parted_2 for values in (2)",
      "create table ancestor (id int primary key, v int)",
      "create table heir (extra text, primary key (id)) inherits (ancestor)",
    ],
    work: [
      "insert into parted select i, 1 + i % 2, i from generate_series(1, 20) i",
      "update parted set p = 3 - p where id < 8",
      "update parted set v = v + 1",
      "delete from parted where id > 15",
      "insert into ancestor select i, i from generate_series(1, 6) i",
      "insert into heir select i, i, 'x' from generate_series(1, 6) i",
      "update ancestor set v = -v",
      "delete from ancestor where id > 3",
      "truncate only ancestor",
    ],
  },
  {
    name: "savepoints and rollbacks",
    tables: ["rolled"],
    setup: ["create table rolled (id int primary key)"],
    work: [
      "begin; insert into rolled values (1); savepoint a; insert into rolled values (2); rollback to a; insert into rolled values (3); savepoint b; insert into rolled values (4); release b; commit",
      "begin; insert into rolled values (9); rollback",
    ],
  },
  {
    name: "rows that refer to each other",
    isFolded: true,
    tables: ["parent", "child"],
    setup: [
      "create table parent (id int primary key, v int)",
      "create table child (id int primary key, parent int not null references parent on delete cascade)",
    ],
    work: [
      "insert into parent select i, i from generate_series(1, 10) i",
      "insert into child select i, 1 + i % 10 from generate_series(1, 30) i",
      "delete from parent where id <= 5",
      "update child set parent = 6",
    ],
  },
];

export const SETUP = CASES.flatMap(({ setup }) => setup);
