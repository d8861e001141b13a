/** Extensions in schemas of their own, and every kind of type that a column can have. Works on PostgreSQL 12. */
export const types = String.raw`
comment on schema public is 'a changed comment';
create schema "Odd.Schema" authorization fidelity_owner;
create schema "extension place";
create schema plain;
create schema unused;
comment on schema "Odd.Schema" is 'upper case, a dot, and a back\slash';

create extension hstore schema "extension place";
create extension citext schema "extension place";
create extension pg_trgm schema plain;
create extension pgcrypto schema plain;
create extension btree_gist schema public;
create extension postgres_fdw schema plain;
comment on extension hstore is 'a comment of our own';

create type plain.colour as enum ('red', 'green', 'bl''ue', 'Ünïcode', 'with "quotes"');
alter type plain.colour add value 'amber' before 'green';
create type plain.empty_enum as enum ();
create domain plain.positive as integer default 1 not null check (value > 0);
create domain plain.positive_small as plain.positive constraint small check (value < 1000);
create domain plain.labels as text[] check (array_length(value, 1) < 10);
alter domain plain.positive_small add constraint never_seven check (value <> 7) not valid;
create collation plain.bytewise from "C";
create collation "Odd.Schema"."Icu" (provider = icu, locale = 'de-DE-u-kn-true', deterministic = false);
create type plain.point3 as (x double precision, y double precision, "z axis" numeric(8,3));
create type "Odd.Schema".nested as (at plain.point3, tint plain.colour, tags text[]);
create type plain.float_range as range (subtype = float8, subtype_diff = float8mi);
create type plain.text_range as range (subtype = text, collation = "C");
create type plain.shell;
comment on type plain.colour is 'enum';
comment on domain plain.positive is 'domain';
comment on column plain.point3.x is 'attribute';

create text search dictionary plain.english_stem (template = snowball, language = english, stopwords = english);
create text search configuration plain.search (copy = pg_catalog.english);
alter text search configuration plain.search alter mapping for asciiword, word with plain.english_stem, simple;
`;
