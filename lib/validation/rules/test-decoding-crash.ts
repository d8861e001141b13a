import {
  SAFE_DECODING_MEGABYTES,
  TEST_DECODING_FRAGILE_SINCE,
} from "@/lib/postgres/replication/replication-session";
import { ident } from "@/lib/postgres/sql";
import { type DatabaseContext, defineRule } from "../rule";

export const testDecodingCrash = defineRule({
  id: "test-decoding-crash",
  type: "ServerParametersValidation",
  level: "database",
  mode: "Online",
  severity: "Warning",
  code: "TEST_DECODING_CRASH",
  title: "no plugin reads the changes that can end the source",
  why: `PostgreSQL 18 ends all sessions and recovers, again and again, when test_decoding is to read a transaction that had savepoints, was rolled back and takes more memory than decoding may use. Howdah lets it use ${SAFE_DECODING_MEGABYTES} MB, instead of the usual 64. Unless told otherwise it uses pgoutput there, which needs a publication; where the source login may not make one it has to use test_decoding.`,
  side: "source",
  mendedBy: "decision",
  fix: {
    general: `Have pgoutput used; or keep from rolling back transactions with savepoints that change more than ${SAFE_DECODING_MEGABYTES} MB while the migration runs.`,
  },
  async check(context) {
    const { facts } = context.source;
    const isSafe = context.plugin === "pgoutput" || facts.versionNumber < TEST_DECODING_FRAGILE_SINCE;
    const found = isSafe ? null : await whyNotPublished(context);
    return {
      checked: `Reading its changes does not harm a source of PostgreSQL ${facts.version}.`,
      problems: found === null ? [] : [found],
    };
  },
});

/** null when the login may publish the tables that move. */
async function whyNotPublished({ source, database, plugin, filter }: DatabaseContext) {
  const { version } = source.facts;
  if (plugin === "test_decoding") {
    return {
      message: `test_decoding was chosen, which can end a source of PostgreSQL ${version}; pgoutput cannot.`,
    };
  }
  const answer = await source.client.query<{ creates: boolean; owners: Owned[] }>(OWNED_BY_OTHERS);
  const { creates = true, owners = [] } = answer.rows[0] ?? {};
  const others = owners.filter((table) => filter?.movesRows(table) ?? true);
  if (creates && others.length === 0) return null;
  const to = ident(source.settings.user);
  const grants = [
    ...(creates ? [] : [`grant create on database ${ident(database)} to ${to};`]),
    ...[...new Set(others.map(({ owner }) => `grant ${ident(owner)} to ${to};`))],
  ];
  return {
    message: `The source login "${source.settings.user}" may not publish every table: test_decoding will be used, which can end a source of PostgreSQL ${version}.`,
    objects: others.map(({ label }) => label),
    remedy: `So that pgoutput is used, run on the source as an administrator: ${grants.join(" ")}`,
  };
}

interface Owned {
  schema: string;
  name: string;
  label: string;
  owner: string;
}

/** sql-createpublication.html: CREATE on the database, and to be owner of each table. */
const OWNED_BY_OTHERS = `
select has_database_privilege(current_database(), 'create') as creates,
       coalesce((
         select jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname, 'label', format('%I.%I', n.nspname, c.relname),
                                             'owner', pg_get_userbyid(c.relowner))
                          order by n.nspname, c.relname)
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
            and not pg_has_role(c.relowner, 'usage')
            and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
       ), '[]') as owners`;
