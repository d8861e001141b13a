import { defineRule } from "../rule";

export const fileAccessFunctions = defineRule({
  id: "file-access-functions",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "SERVER_FILES_USED",
  title: "no function reads or writes files of the server",
  why: "A managed target offers no files: such a function is created and fails when it is called.",
  side: "source",
  mendedBy: "decision",
  fix: { general: "Rewrite these functions; Azure offers the extension azure_storage for files." },
  async check({ source }) {
    const { rows } = await source.client.query<{ name: string }>(`
      select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
         and p.prosrc ~* '(pg_read_(binary_)?file|pg_ls_dir|pg_stat_file|lo_import|lo_export|copy\\s[^;]*\\s(from|to)\\s+(program|''/))'
         and not exists (select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
       order by 1`);
    return {
      checked: "No function reads or writes files of the server.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "function reads or writes" : "functions read or write"} files of the server.`,
                objects: rows.map(({ name }) => name),
              },
            ],
    };
  },
});
