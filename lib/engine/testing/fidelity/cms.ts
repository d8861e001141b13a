import { type FidelitySchema, since } from "./fidelity-schema";

/** What `rails db:schema:load` leaves behind, and what plugins add over the years. */
const tables = `
create extension if not exists citext with schema public;
create extension if not exists hstore with schema public;
create extension if not exists unaccent with schema public;
create extension if not exists "uuid-ossp" with schema public;
create table public.schema_migrations (version character varying not null);
alter table only public.schema_migrations add constraint schema_migrations_pkey primary key (version);
create table public.ar_internal_metadata (key character varying not null primary key, value character varying, created_at timestamp(6) without time zone not null, updated_at timestamp(6) without time zone not null);

create table public.users (
  id bigint not null, type character varying, email citext default ''::citext not null, encrypted_password character varying default ''::character varying not null,
  reset_password_token character varying, sign_in_count integer default 0 not null, current_sign_in_ip inet, preferences hstore default ''::hstore not null,
  roles character varying[] default '{}'::character varying[], lock_version integer default 0, created_at timestamp without time zone not null, updated_at timestamp without time zone not null
);
create sequence public.users_id_seq start with 1 increment by 1 no minvalue no maxvalue cache 1;
alter sequence public.users_id_seq owned by public.users.id;
alter table only public.users alter column id set default nextval('public.users_id_seq'::regclass);
alter table only public.users add constraint users_pkey primary key (id);
create unique index index_users_on_email on public.users using btree (email);
create unique index index_users_on_reset_password_token on public.users using btree (reset_password_token) where reset_password_token is not null;
create index index_users_on_preferences on public.users using gin (preferences);
create index index_users_on_type_and_created_at on public.users using btree (type, created_at desc);

create table public.pages (
  id bigserial primary key, type character varying default 'Page'::character varying not null, parent_id bigint, lft integer, rgt integer, slug character varying not null,
  title character varying, body text, settings jsonb default '{}'::jsonb not null, ancestry character varying collate "C", published_at timestamp without time zone,
  author_id bigint, created_at timestamp(6) without time zone not null default now(), updated_at timestamp(6) without time zone not null default now()
);
create index index_pages_on_ancestry on public.pages (ancestry varchar_pattern_ops);
create index index_pages_on_settings on public.pages using gin (settings);
create index index_pages_on_settings_layout on public.pages ((settings ->> 'layout')) where (settings ? 'layout');
create unique index index_pages_on_lower_slug on public.pages (coalesce(parent_id, 0), lower(slug));
create index index_pages_on_fulltext on public.pages using gin (to_tsvector('english'::regconfig, coalesce(title, '')::text || ' ' || coalesce(body, '')));
alter table only public.pages add constraint fk_rails_page_parent foreign key (parent_id) references public.pages(id) on delete cascade;
alter table only public.pages add constraint fk_rails_author foreign key (author_id) references public.users(id) on delete set null not valid;

create table public.comments (
  id uuid default public.uuid_generate_v4() not null primary key, commentable_type character varying not null, commentable_id bigint not null, user_id bigint references public.users(id),
  body text, status integer default 0 not null, metadata json, created_at timestamp with time zone default current_timestamp
);
create index index_comments_on_commentable on public.comments (commentable_type, commentable_id);
create table public.taggings (id serial, tag_id integer, taggable_type varchar, taggable_id integer, context varchar(128), primary key (id));
create table public.tags (id serial primary key, name citext unique, taggings_count integer default 0);
alter table public.taggings add foreign key (tag_id) references public.tags;
create unique index taggings_idx on public.taggings (tag_id, taggable_id, taggable_type, context);
create table public.pages_users (page_id bigint, user_id bigint);
create table public.active_storage_blobs (id bigserial primary key, key varchar not null unique, filename varchar not null, content_type varchar, metadata text, byte_size bigint not null, checksum varchar, created_at timestamp(6) not null default now());
create table public.active_storage_attachments (id bigserial primary key, name varchar not null, record_type varchar not null, record_id bigint not null, blob_id bigint not null constraint fk_blob references public.active_storage_blobs, unique (record_type, record_id, name, blob_id));
create table public.versions (id bigserial, item_type varchar not null, item_id bigint not null, event varchar not null, object text, object_changes jsonb, created_at timestamp);
create unlogged table public.sessions (id bigserial primary key, session_id varchar not null unique, data text, updated_at timestamp default now());
create index on public.sessions (updated_at);
`;

const rows = String.raw`
insert into schema_migrations select to_char(timestamp '2014-01-01' + i * interval '7 days 3 hours', 'YYYYMMDDHH24MISS') from generate_series(1, 300) i;
insert into ar_internal_metadata values ('environment', 'production', '2014-01-01', '2014-01-01');
insert into users (type, email, preferences, roles, current_sign_in_ip, created_at, updated_at)
  select case i % 3 when 0 then 'Admin' when 1 then 'Editor' end, 'User' || i || '@Example.org', hstore(array['theme', 'dark', 'a"b', null, 'n', i::text]), array['r' || i % 3, 'x,"y'], ('10.0.0.' || i % 250)::inet,
         timestamp '2015-01-01' + i * interval '1 hour 1.123456 s', timestamp '2020-01-01' from generate_series(1, 500) i;
insert into pages (type, parent_id, slug, title, body, settings, ancestry, author_id)
  select (array['Page', 'BlogPost', 'Redirect'])[1 + i % 3], nullif(i / 4, 0), 'Slug-' || i, 'Títle ' || i, repeat(E'<p>line ' || i || E'</p>\r\n\t\\N \\. ', i % 60), jsonb_build_object('layout', 'l' || i % 4, 'deep', jsonb_build_object('n', 1e30 * i)), '1/' || i, i % 500 + 1
    from generate_series(1, 600) i;
insert into comments (id, commentable_type, commentable_id, user_id, body, metadata) select md5(i::text)::uuid, 'Page', i % 600, 1 + i % 500, nullif(E'\\', repeat(E'\\', i % 3)), '{"a":1,"a":2}' from generate_series(1, 400) i;
insert into tags (name) select 'Tag ' || i from generate_series(1, 50) i;
insert into taggings (tag_id, taggable_type, taggable_id, context) select 1 + i % 50, 'Page', i, 'tags' from generate_series(1, 300) i;
insert into pages_users select i, i from generate_series(1, 100) i;
insert into active_storage_blobs (key, filename, byte_size) select md5(i::text), 'ü ' || i || '.jpg', i from generate_series(1, 80) i;
insert into active_storage_attachments (name, record_type, record_id, blob_id) select 'image', 'Page', i, i from generate_series(1, 80) i;
insert into versions (item_type, item_id, event, object, object_changes) select 'Page', i, 'update', E'---\nid: ' || i, '{"title": [null, "x"]}' from generate_series(1, 700) i;
insert into sessions (session_id, data) select md5(i::text), 'BAh7AA==' from generate_series(1, 120) i;
insert into pages (slug, author_id) select 'orphan', null;
select setval('versions_id_seq', 5000, false);
`;

const programs = `
create function public.f_unaccent(text) returns text language sql immutable strict as $$ select public.unaccent('public.unaccent', $1) $$;
create index index_pages_on_plain_title on public.pages (public.f_unaccent(lower(title)));
create text search configuration public.cms (copy = simple);
alter text search configuration public.cms alter mapping for hword, hword_part, word with public.unaccent, simple;
create text search dictionary public.cms_stem (template = snowball, language = german, stopwords = german);
comment on text search dictionary public.cms_stem is 'stems';
create function public.pages_trigger() returns trigger language plpgsql as $$
begin
  -- begin; end; $ $x$
  new.updated_at := now(); return new;
end
$$;
create trigger tsvectorupdate before insert or update on public.pages for each row execute function public.pages_trigger();
create view public.published_pages as select p.id, p.title, u.email::text as author, (select count(*) from comments c where c.commentable_type = 'Page' and c.commentable_id = p.id) as comments
  from pages p left join users u on u.id = p.author_id where p.published_at <= now() or p.settings @> '{"layout": "l1"}';
create materialized view public.tag_cloud as select t.name, count(x.id) as n, array_agg(distinct x.taggable_type) as types from tags t left join taggings x on x.tag_id = t.id group by t.name order by 2 desc;
create unique index index_tag_cloud on public.tag_cloud (name);
create index index_tag_cloud_n on public.tag_cloud (n) where n > 3;
`;

const newer = `
alter table pages alter column body set compression pglz;
create function since_14(a citext, out b text) language sql begin atomic select a::text || case when a = 'x' then ' begin;' else 'end' end; end;
`;

const privileges = `
alter schema public owner to cms_owner;
alter table public.users owner to cms_owner;
alter table public.pages owner to cms_owner;
alter materialized view public.tag_cloud owner to cms_owner;
grant all on schema public to public;
grant select on public.tags, public.taggings to cms_owner;
grant select on public.pages, public.tags to cms_reader;
grant select (id, email) on public.users to cms_reader;
grant select on public.published_pages to public;
comment on schema public is 'cms';
comment on extension hstore is 'preferences';
do $$ begin
  execute format('alter database %I owner to cms_owner', current_database());
  execute format('alter role cms_reader in database %I set default_transaction_read_only = on', current_database());
  execute format('alter database %I set default_text_search_config = ''public.cms''', current_database());
end $$;
`;

export const cms: FidelitySchema = {
  name: "cms",
  roles: ["cms_owner", "cms_reader"],
  steps: (major) => [tables, rows, programs, since(major, 14, newer), privileges],
};
