import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { qualified } from "@/lib/postgres/sql";
import { withSession } from "./with-session";

/**
 * What a database holds besides its DDL: one line of text for each table, sequence, large object and index, by a name.
 * Asked with statements of its own, none of the engine's, so that an error there cannot hide itself here.
 */
export async function readContents(settings: ConnectionSettings): Promise<Map<string, string>> {
  return withSession(settings, async (client) => {
    await client.query("begin transaction isolation level repeatable read read only");
    // Text of rows must be the same on every server, whatever it or the login has set.
    for (const setting of TEXT_SETTINGS) await client.query(`set local ${setting}`);
    const contents = new Map<string, string>();
    await readTables(client, contents);
    await readSequences(client, contents);
    for (const [kind, sql] of Object.entries(CATALOGUE)) {
      const { rows } = await client.query<{ name: string; value: string }>(sql);
      for (const row of rows) contents.set(`${kind} ${row.name}`, row.value);
    }
    return contents;
  });
}

const TEXT_SETTINGS = [
  "search_path = ''",
  "timezone = 'UTC'",
  "datestyle = 'ISO, YMD'",
  "intervalstyle = 'postgres'",
  "extra_float_digits = 1",
  "bytea_output = 'hex'",
  "xmloption = 'content'",
  "row_security = off",
  "statement_timeout = 0",
];

interface Relation {
  schema: string;
  name: string;
  populated: boolean;
}

const USER_SCHEMAS = "nspname <> 'information_schema' and nspname !~ '^pg_'";

async function readTables(client: pg.Client, contents: Map<string, string>): Promise<void> {
  const { rows } = await client.query<Relation>(
    `select nspname as schema, relname as name, relispopulated as populated
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where relkind in ('r', 'm', 'v') and relpersistence <> 't' and ${USER_SCHEMAS}`,
  );
  for (const { schema, name, populated } of rows) {
    const value = populated ? await tableChecksum(client, schema, name) : "not populated";
    contents.set(`rows ${qualified(schema, name)}`, value);
  }
}

/** Count and a sum over the rows' hashes: the same whatever the order of the rows. A view may rest on an unfilled one. */
async function tableChecksum(client: pg.Client, schema: string, name: string): Promise<string> {
  await client.query("savepoint checksum");
  try {
    const { rows } = await client.query<{ value: string }>(
      `select count(*) || ' rows, ' || coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) as value
       from only ${qualified(schema, name)} t`,
    );
    return rows[0]?.value ?? "";
  } catch (error) {
    await client.query("rollback to checksum");
    return String(error);
  }
}

async function readSequences(client: pg.Client, contents: Map<string, string>): Promise<void> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select nspname as schema, relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where relkind = 'S' and ${USER_SCHEMAS}`,
  );
  for (const { schema, name } of rows) {
    const state = await client.query<{ value: string }>(
      `select last_value || case when is_called then ', called' else ', not called' end as value
       from ${qualified(schema, name)}`,
    );
    contents.set(`sequence ${qualified(schema, name)}`, state.rows[0]?.value ?? "");
  }
}

/** Rows of `name` and `value`. */
const CATALOGUE: Record<string, string> = {
  "large object": `
    select m.oid::text as name,
           concat_ws(', ', md5(lo_get(m.oid)), length(lo_get(m.oid)), 'owner ' || lomowner::regrole,
                     'acl ' || lomacl::text, 'comment ' || obj_description(m.oid, 'pg_largeobject')) as value
    from pg_largeobject_metadata m`,
  // pg_dump leaves out an index that is not valid, so its text alone would not tell.
  index: `
    select i.indexrelid::regclass::text as name,
           concat_ws(', ', case when indisvalid then 'valid' else 'not valid' end,
                     case when indisready then 'ready' else 'not ready' end,
                     'children ' || (select count(*) from pg_inherits where inhparent = i.indexrelid)) as value
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where ${USER_SCHEMAS}`,
  "operator family": `
    select concat_ws('.', n.nspname, f.opfname, a.amname) as name,
           concat_ws('; ', (select string_agg(concat_ws(' ', amopstrategy, amoppurpose, amopopr::regoperator), ', ' order by amopstrategy, amopopr::regoperator::text)
                              from pg_amop where amopfamily = f.oid),
                           (select string_agg(concat_ws(' ', amprocnum, amproc::regprocedure), ', ' order by amprocnum, amproc::regprocedure::text)
                              from pg_amproc where amprocfamily = f.oid)) as value
    from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace join pg_am a on a.oid = f.opfmethod
    where ${USER_SCHEMAS} and not exists (select from pg_depend where classid = 'pg_opfamily'::regclass and objid = f.oid and deptype = 'e')`,
  database: `
    select p.name, p.value
    from pg_database d, lateral (values
      ('locale', concat_ws(', ', pg_encoding_to_char(encoding), datcollate, datctype)),
      ('owner', pg_get_userbyid(datdba)),
      ('connection limit', datconnlimit::text),
      ('comment', shobj_description(d.oid, 'pg_database')),
      ('privileges', (select string_agg(concat_ws(' ', coalesce(grantee::regrole::text, '-'), privilege_type, is_grantable), ', ' order by grantee::regrole::text collate "C", privilege_type)
                        from aclexplode(coalesce(datacl, acldefault('d', datdba)))))) as p (name, value)
    where datname = current_database() and p.value is not null
    union all
    select 'settings of ' || case setrole when 0 then 'all' else setrole::regrole::text end, (select string_agg(x, ', ' order by x) from unnest(setconfig) x)
    from pg_db_role_setting join pg_database d on d.oid = setdatabase where datname = current_database()`,
  extension: `
    select extname as name, nspname as value
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace`,
};
