import type pg from "pg";
import { readServerFacts } from "../server-facts";

/** Something that an extension makes, as messages of the server name it, without quotes: "public.geometry", "schema cron". */
export interface ExtensionMember {
  extension: string;
  name: string;
}

/** What the extensions have made in the source's database that the target does not have. Throws what the servers report. */
export async function listMissingMembers(source: pg.Client, target: pg.Client): Promise<ExtensionMember[]> {
  const { extensions } = await readServerFacts(target);
  const { rows } = await source.query<ExtensionMember>(
    `with member as (
       select e.extname as extension, d.classid, d.objid
         from pg_catalog.pg_extension e
         join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid
        where d.deptype = 'e' and e.extname <> all ($1)
     )
     ${[...WITH_SCHEMA, ...WITHOUT_SCHEMA].join(" union ")}`,
    [[...extensions.keys()]],
  );
  return rows;
}

/** By catalogue: the prefix of its columns. */
const WITH_SCHEMA = Object.entries({
  pg_class: "rel",
  pg_type: "typ",
  pg_proc: "pro",
  pg_operator: "opr",
  pg_opclass: "opc",
  pg_opfamily: "opf",
  pg_collation: "coll",
  pg_ts_config: "cfg",
  pg_ts_dict: "dict",
  pg_ts_parser: "prs",
  pg_ts_template: "tmpl",
}).map(
  ([catalogue, prefix]) => `
     select m.extension, n.nspname || '.' || o.${prefix}name as name
       from member m
       join pg_catalog.${catalogue} o on o.oid = m.objid and m.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass
       join pg_catalog.pg_namespace n on n.oid = o.${prefix}namespace`,
);

/** By catalogue: the column of the name, and the last word that messages put before it. */
const WITHOUT_SCHEMA = Object.entries({
  pg_namespace: ["nspname", "schema"],
  pg_language: ["lanname", "language"],
  pg_am: ["amname", "method"],
  pg_foreign_data_wrapper: ["fdwname", "wrapper"],
}).map(
  ([catalogue, [column, word]]) => `
     select m.extension, '${word} ' || o.${column} as name
       from member m
       join pg_catalog.${catalogue} o on o.oid = m.objid and m.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass`,
);
