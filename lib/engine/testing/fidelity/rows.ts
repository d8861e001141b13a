/** Rows at the edges of their types, values that are hard to quote, and enough of the ordinary kind. */
export const rows = String.raw`
insert into plain.every_type values
(1, true, -32768, -2147483648, -9223372036854775808, 'NaN', 'NaN', 'NaN', 99999.99999, '-92233720368547758.08',
 '', '', '', '', '', '', '4713-01-01 BC', '00:00', '00:00+15:59', '4713-01-01 00:00 BC', '4713-01-02 00:00+00 BC', '-178000000 years', '-1 day',
 '00000000-0000-0000-0000-000000000000', ' {"a" : 1, "a" : 2 } ', '{}', '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?><a/>', B'00000', B'', '0.0.0.0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00',
 '(0,0)', '{1,-1,0}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),0>', '', '', 'empty', 'empty', 'empty', 'empty', 0, '0/0', '10:10:',
 '{}', '{}', '{}', '{}', '{}'),
(2, false, 32767, 2147483647, 9223372036854775807, 'Infinity', '-Infinity', 1e400 + 1e-400, -12345678901234.56789, '92233720368547758.07',
 E'tab\tnewline\nreturn\rback\\slash \\N \\. quote" apostrophe'' nul-like \\000 bell\007', 'ÀÉÎ 表 😀 e\u0301', 'pad', 'a name', 'x', '\x00ff5c0a0d09', 'infinity', '24:00', '24:00-15:59', 'infinity', '-infinity', '178000000 years 11 mons 999 days 23:59:59.999999', '12 days 03:04:05.67',
 'ffffffff-ffff-ffff-ffff-ffffffffffff', '[1.0, 1.00, 1e2, "\u00e9", null]', '{"n": 1.00000000000000000000000000000000001, "deep": [[[{"k": null}]]], "": "empty key"}', '<!-- c --><r xmlns="u">&amp;<![CDATA[x]]></r>', B'10101', B'1111111111111111111',
 '255.255.255.255/31', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:fe', '(1e-300,-1e300)', '{0.1,0.2,0.3}', '[(0.1,0.2),(0.3,0.4)]', '(2.5,3),(1,1.5)', '((0,0),(1,1))', '((0.1,0.1),(1,1),(1,0))', '<(0.5,0.5),1e10>',
 'a:1A,2B ''it''''s'':3 b', '''it''''s'' & !b | c:*A', '[-2147483648,5)', '(,1.5]', '["2024-02-29 23:59:59.999+00",infinity)', '[2024-01-01,)', 4294967295, 'FFFFFFFF/FFFFFFFF', '1:9:3,5',
 '[-1:1]={1,NULL,3}', '{NULL,"NULL","",",","\"","\\","{}"," sp "}', '{{1.5,NaN},{NULL,-0.00}}', '{infinity,NULL,"2024-03-31 01:30:00+00"}', '{"[1,5)",empty,NULL}');
insert into plain.every_type (id) values (3);
insert into plain.every_type (id, a_float4, a_float8, a_numeric, a_timestamptz, an_interval, a_date, some_texts)
select i, 1.0 / i, exp(i % 600) / 3, i / 7.0, timestamptz '2000-01-01 00:00+00' + i * interval '1 h 1 s 777 ms', make_interval(months => i % 13, days => -i, secs => i / 9.0), date '0001-01-01' + i * 300, array[md5(i::text), null]
from generate_series(4, 1500) i;

insert into plain.own_types values
(1, 'red', '{red,NULL,"bl''ue"}', 999, '{1,2}', '{a,b}', '(1,NaN,)', '("(1,2,3.5)",amber,"{x,NULL}")', array[row(row(1,2,3), 'red', '{}')::"Odd.Schema".nested, null], '[0.1,0.2)', '[a,"b,c"""]', '"k"=>"v \\ \"q\"", "n"=>NULL, ""=>""', 'MiXed', '{A,a}', 'item 10'),
(2, 'with "quotes"', '{}', 1, null, null, null, row(null, null, null), '{}', 'empty', '(,)', '', '', '{}', 'item 9'),
(3, null, null, 5, null, null, row(null, null, null), null, null, null, null, null, null, null, null);
insert into plain.own_types (id, tint, amount, at, pairs) select i, (enum_range(null::plain.colour))[1 + i % 6], 8 + i % 900, row(i::float8, -i::float8, i / 9.0)::plain.point3, "extension place".hstore('k' || i, md5(i::text)) from generate_series(4, 800) i;
insert into plain.catalogue_names values
('plain.every_type', 'plain.colour', '"extension place".hstore(text,text)', 'fidelity_reader', '"Odd.Schema"', 'plain.search'),
('"Odd.Schema"."a""b; drop"', '"Odd.Schema".nested[]', null, null, 'pg_catalog', 'simple'), (null, null, null, null, null, null);
insert into plain.values_hard_to_quote values
(1, '\.', '\x5c2e'), (2, E'\\.\n', '\x00'), (3, '\N', null), (4, null, ''), (5, '', '\xdeadbeef'), (6, E'\b\f\n\r\t\x0b\x01\x7f', '\x0a'), (7, '$$ '' " ;--/*', null), (8, repeat('€', 100000), null), (9, '; drop table x', null);
insert into plain.values_hard_to_quote select i, null, decode(lpad(to_hex(i % 256), 2, '0'), 'hex') || int8send(i) from generate_series(10, 700) i;
insert into plain.wide (payload, n) select repeat(md5(i::text), 1 + i % 70), case when i % 50 > 0 then sqrt(i) end from generate_series(1, 12000) i;
insert into plain.nothing select from generate_series(1, 7);
insert into plain.nothing_left select from generate_series(1, 3);
insert into plain.holes (a, b, c, d) select i, 'b' || i, '2024-01-01 00:00+00', i from generate_series(1, 100) i;
insert into plain.holes values (101, default, null);

insert into "Odd.Schema"."a""b; drop" values (1, 'x', default, default), (2, null, '\', '''');
insert into "Odd.Schema"."select" ("from", "where") select i, case when i % 2 = 0 then 'where' end from generate_series(1, 20) i;
insert into "Odd.Schema"."a table whose name has exactly sixty-three bytes, no more, no le" values (1, ' ', E'\t', E'\n');
insert into "Odd.Schema"."Ünï 表" values (1, '値'), (null, null);
insert into "Odd.Schema".same_name values (1), (2);
insert into plain.same_name values (1, 'other'), (3, null);
insert into plain.computed (net, "tax rate") select i, i % 4 / 10.0 from generate_series(1, 500) i;
insert into plain.checked (low, high, code, during) select i * 10, i * 10 + 5, chr(65 + i / 26) || chr(65 + i % 26) || 'X', tstzrange('2024-01-01 00:00+00', '2024-01-02 00:00+00') from generate_series(1, 200) i;
insert into plain.chicken select i, null, nullif(i - 1, 0) from generate_series(1, 300) i;
insert into plain.egg select i, 301 - i from generate_series(1, 300) i;
update plain.chicken set egg_id = id;
insert into plain.base select i, 'b' || i from generate_series(1, 20) i;
insert into plain.derived (id, own) select i, date '2024-01-01' + i from generate_series(21, 40) i;
insert into plain.twice (id, extra, own) select i, '{}', null from generate_series(41, 45) i;
insert into plain.late_heir select i, null, i from generate_series(46, 50) i;
insert into plain.fleeting (v) select md5(i::text) from generate_series(1, 250) i;
insert into plain.typed values (1.5, null, 2), ('NaN', 'Infinity', default);
insert into plain.full_identity select i % 3, null from generate_series(1, 30) i;
insert into plain.index_identity values (1, 'a');
insert into plain.secret select i, (array['fidelity_reader', 'somebody'])[1 + i % 2], md5(i::text) from generate_series(1, 60) i;
insert into plain.ruled values (1, 'kept');
insert into plain.grandchild values (1, null, 12345);
insert into plain.numbers select from generate_series(1, 3);

insert into plain.by_range (id, at, region, v, note)
select i, timestamptz '2023-01-01 00:00+00' + i * interval '3 hours', (array['eu','us','it''s','ap'])[1 + i % 4], i / 3.0, nullif('note ' || i % 50, 'note 0') from generate_series(1, 9000) i;
insert into plain.by_hash select i, 1 + i % 300 from generate_series(1, 900) i;
insert into plain.by_expression values (1, 'X'), (2, 'y'), (3, null), (4, 'Z');
insert into plain.detached select i, date '2024-01-01' + i from generate_series(1, 10) i;

select setval('plain.tiny', -27, false), setval('"Odd.Schema"."Free ""seq"""', 9223372036854775806), nextval('plain.adopted'), nextval('plain.adopted');
select lo_create(424242), lo_create(4000000000);
select lo_put(424242, 0, decode(repeat('00ff5c', 200000), 'hex'));
select lo_put(4000000000, 5000000, 'sparse');
select lo_from_bytea(500000 + i, convert_to(repeat('lo ' || i, i), 'UTF8')) from generate_series(1, 120) i;
comment on large object 424242 is 'a large object';
grant select on large object 424242 to fidelity_reader;
alter large object 500001 owner to fidelity_owner;
`;
