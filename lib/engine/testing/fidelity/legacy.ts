import { type FidelitySchema, since } from "./fidelity-schema";

/** Ported from another system twenty years ago: mixed case everywhere, rules instead of triggers, inheritance, char columns. */
const tables = String.raw`
create schema "ERP";
create schema "erp";
create schema "Common Data";
set search_path = "ERP", public;
create type "ERP"."StatusCode" as enum ('Open', 'open', ' closed ', '');
create domain "ERP"."YesNo" as char(1) not null default 'N' constraint "YesNo_check" check (value in ('Y', 'N'));
create domain "ERP"."YesNoOrNull" as "ERP"."YesNo" collate "C";
create table "ERP"."KUNDEN" ("KdNr" character(8) not null, "Name 1" varchar(35), "Name 2" varchar(35), "Gesperrt?" "ERP"."YesNo", "Status" "StatusCode" default ' closed ', constraint "PK_KUNDEN" primary key ("KdNr"));
create table "ERP"."Kunden" ("kdnr" character(8) primary key, "Order" integer, "group" text, "SELECT" text, "user" text default user);
create table erp.kunden ("KdNr" character(8) references "ERP"."KUNDEN" match full on update cascade, n numeric(38, 0), z numeric(3, -0), primary key ("KdNr"));
create table "ERP"."Beleg" ("BelegNr" serial not null, "Datum" date default ('now'::text)::date, "KdNr" char(8) not null, "Betrag" money, "Text" "char"[], "zeit" time with time zone, "Bits" bit varying(12) default B'101', "Neu" text default 'später', primary key ("BelegNr"));
create table "ERP"."Rechnung" ("Faellig" date, primary key ("BelegNr")) inherits ("ERP"."Beleg");
create table "ERP"."Mahnbar" ("Stufe" smallint default 0 check ("Stufe" between 0 and 3), "Datum" date not null);
create table "ERP"."Mahnung" ("KdNr" char(8) default 'none', constraint "Stufe" check ("Stufe" > 0 or "Betrag" is null)) inherits ("ERP"."Rechnung", "ERP"."Mahnbar");
alter table "ERP"."Mahnung" alter column "Datum" set default '1999-12-31';
create table "ERP"."Storno" () inherits ("ERP"."Beleg");
alter table "ERP"."Storno" no inherit "ERP"."Beleg";
create table "ERP"."Gutschrift" ("Grund" text default E'\n    NOT NULL "Betrag",\n') inherits ("ERP"."Beleg");
alter table "ERP"."Gutschrift" alter "Betrag" set not null, alter "Text" set not null;
create table "ERP"."Größenwahn" () inherits ("ERP"."Beleg");
alter table "ERP"."Größenwahn" alter "Text" set not null;
create table "ERP"."Late" ("BelegNr" integer not null default 7, "Datum" date, "KdNr" char(8) not null, "Betrag" money, "Text" "char"[], "zeit" timetz, "Bits" varbit(12), "Neu" text, "Zusatz" text);
alter table "ERP"."Late" inherit "ERP"."Beleg";
alter table "ERP"."Beleg" add constraint "nur hier" check ("BelegNr" >= 0) no inherit;
alter table "ERP"."Rechnung" alter column "Text" set storage plain;
create table "ERP"."TEMP$1" ("#" integer, "%" text, "a.b" text, "c""d" text, "e'f" text, "\g" text, "$1" text, " h " text);
create table "Common Data"."MATERIAL-STAMM" ("MatNr" text primary key, "Preis/€" numeric, "Größe" real, "Länge (mm)" double precision);
create table public."Kunden" as select * from "ERP"."Kunden";
create table "ERP"."History" (like "ERP"."Beleg" including defaults including constraints including indexes, "When" timestamp with time zone default now());
create sequence "ERP"."Nummernkreis-01" start with 4711 increment by 10 minvalue 11 maxvalue 99999 cycle;
create sequence "ERP"."BelegNr" owned by "ERP"."Storno"."BelegNr";
alter table "ERP"."Storno" alter column "BelegNr" set default nextval('"ERP"."BelegNr"');
alter table "ERP"."KUNDEN" alter column "Name 1" set statistics 0, alter column "Name 2" set storage extended;
`;

const rows = String.raw`
set search_path = "ERP";
insert into "KUNDEN" select lpad(i::text, 8, '0'), 'Müller ' || i || '  ', null, case when i % 3 = 0 then 'Y' else 'N' end::"YesNo", (array['Open', 'open', ' closed ', ''])[1 + i % 4]::"StatusCode" from generate_series(1, 300) i;
insert into "Kunden" values ('x', 1, 'g', 's', 'u'), ('  y  ', null, '', E'\t\n', default);
insert into erp.kunden select "KdNr", 99999999999999999999999999999999999999, 1 from "KUNDEN" limit 50;
insert into "Beleg" ("KdNr", "Datum", "Betrag", "Text", "zeit") select lpad(i::text, 8, '0'), date '1999-01-01' + i, i * 1.99, array['a', null, '"', '\']::"char"[], '12:00:00+05:30' from generate_series(1, 200) i;
insert into "Rechnung" ("KdNr", "Datum", "Betrag", "Faellig") select lpad(i::text, 8, '0'), 'infinity', null, '-infinity' from generate_series(1, 60) i;
insert into "Mahnung" ("Datum", "Stufe", "Betrag") select date '0044-03-15 BC' + i, 1 + i % 3, -i from generate_series(1, 30) i;
insert into "Storno" ("KdNr", "Datum") select 'St', '2000-02-29' from generate_series(1, 9);
insert into "Late" ("KdNr", "Datum", "Zusatz") select 'L', '2000-02-29', E'\\' from generate_series(1, 12);
insert into "TEMP$1" values (1, '%', 'a.b', 'c"d', 'e''f', '\g', '$1', ' h ');
insert into "Common Data"."MATERIAL-STAMM" values ('1', 1e100, 'NaN', '-Infinity'), ('2', 'NaN', 1.17549435e-38, 2.2250738585072014e-308), ('3', 0.10, -0.0, 1e-320);
insert into "History" ("KdNr", "Datum") values ('h', current_date);
select nextval('"Nummernkreis-01"'), setval('"BelegNr"', 99, true);
`;

const programs = String.raw`
set search_path = "ERP";
create view "ERP"."V_Kunden" ("Nr", "Name") as select "KdNr", trim("Name 1") from "KUNDEN" where "Gesperrt?" = 'N';
create rule "V_Kunden_INSERT" as on insert to "V_Kunden" do instead insert into "KUNDEN" ("KdNr", "Name 1") values (new."Nr", new."Name") returning "KdNr", "Name 1"::text;
create rule "V_Kunden_DELETE" as on delete to "V_Kunden" do instead (update "KUNDEN" set "Gesperrt?" = 'Y' where "KdNr" = old."Nr"; insert into "TEMP$1" ("#") values (1));
create rule "Log; all" as on update to "Beleg" where old."Betrag" <> new."Betrag" do also insert into "History" ("KdNr", "Betrag") values (old."KdNr", old."Betrag");
create rule "never" as on delete to "Beleg" do instead nothing;
alter table "Beleg" disable rule "never";
alter table "Beleg" enable always rule "Log; all";
create view "ERP"."V_Alle" as select tableoid::regclass::text as "Woher", * from "Beleg";
create view "ERP"."V_Nur" as select * from only "Beleg" where "KdNr" like '0%' escape '!';
create view "ERP"."V_V" as select a."Nr", b."BelegNr" as "B" from "V_Kunden" a left join "V_Nur" b on b."KdNr" = a."Nr";
create function "ERP"."F_Text"("P 1" text, "p 1" integer default 3, out "R" text) language plpgsql as $BODY$
DECLARE "V 1" text := E'it''s \\ ''';
BEGIN
  "R" := "P 1" || $q$ ; $BODY $q$ || "V 1"; -- $$
  IF "p 1" > 3 THEN BEGIN "R" := CASE WHEN true THEN 'x;' END; END; END IF;
END;
$BODY$;
create function "ERP"."F_Text"("KUNDEN") returns text language sql stable as $$ select $1."Name 1"::text $$;
create function "ERP"."T_Beleg"() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger "Ähm" before delete on "Rechnung" for each row execute function "T_Beleg"('Arg', '', 'a\b', E'new\nline');
create trigger "after; all" after insert or delete or update or truncate on "Rechnung" for each statement execute function "T_Beleg"();
alter table "Rechnung" enable replica trigger "Ähm";
create operator "ERP".### (leftarg = text, rightarg = text, function = texteq, commutator = operator("ERP".###), hashes, merges, restrict = eqsel, join = eqjoinsel);
create operator "ERP".!!! (rightarg = bigint, function = int8um);
create function "ERP"."KdNr_cmp"(char, char) returns integer language sql immutable as 'select bpcharcmp($1, $2)';
create index "IX KUNDEN Name" on "KUNDEN" ("Name 1" varchar_pattern_ops, ("Name 1" || 'x'), upper("Name 2") desc nulls first) where "Gesperrt?" = 'N';
create index "IX; F" on "KUNDEN" (("KUNDEN"."Name 1"::text ~ 'x'));
`;

const constraints = String.raw`
alter table "ERP"."Rechnung" add constraint "FK Rechnung→Kunde" foreign key ("KdNr") references "ERP"."KUNDEN" ("KdNr") on delete set default on update set null not valid;
alter table "ERP"."Mahnung" add unique ("BelegNr", "Stufe");
cluster "ERP"."KUNDEN" using "PK_KUNDEN";
alter table "ERP"."Kunden" replica identity full;
grant all on all tables in schema "ERP" to "Alte Gruppe";
grant all on all functions in schema "ERP" to "Alte Gruppe" with grant option;
grant usage on schema "ERP", erp, "Common Data" to "Alte Gruppe", public;
grant insert ("KdNr"), update ("Name 1", "Name 2"), references ("KdNr") on "ERP"."KUNDEN" to public;
set session authorization "Alte Gruppe";
grant execute on function "ERP"."F_Text"(text, integer) to "leser.1";
reset session authorization;
alter table "ERP"."Beleg" owner to "Alte Gruppe";
alter sequence "ERP"."Nummernkreis-01" owner to "Alte Gruppe";
alter domain "ERP"."YesNo" owner to "Alte Gruppe";
alter default privileges for role "Alte Gruppe" grant all on tables to "leser.1";
comment on column "ERP"."TEMP$1"."c""d" is 'a "quoted" one';
comment on rule "never" on "ERP"."Beleg" is 'never';
comment on trigger "Ähm" on "ERP"."Rechnung" is E'\\';
comment on operator "ERP".!!! (none, bigint) is 'prefix';
comment on domain "ERP"."YesNo" is '';
comment on domain "ERP"."YesNo" is 'Y or N';
comment on constraint "YesNo_check" on domain "ERP"."YesNo" is 'of a domain';
comment on function "ERP"."F_Text"(text, integer) is '--';
comment on sequence "ERP"."BelegNr" is '/*';
`;

export const legacy: FidelitySchema = {
  name: "legacy",
  roles: ['"Alte Gruppe"', '"leser.1"'],
  steps: (major) => [
    tables,
    rows,
    programs,
    constraints,
    since(major, 14, `alter table "ERP"."KUNDEN" alter column "Name 2" set compression pglz`),
  ],
};
