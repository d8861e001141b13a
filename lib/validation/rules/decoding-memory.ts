import { defineRule } from "../rule";

const ENOUGH_KB = 64 * 1024;

export const decodingMemory = defineRule({
  id: "decoding-memory",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Warning",
  code: "DECODING_MEMORY_LOW",
  alwaysChecked: false,
  title: "logical_decoding_work_mem is at least 64 MB",
  why: "Changes of a transaction beyond this size are written to the source's disk and read again, which slows the stream of changes down.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Set logical_decoding_work_mem to 64MB or more for the time of the migration; a reload is enough.",
  },
  async check({ source, providers }) {
    // Since version 13; older servers have a fixed limit of changes.
    const { rows } = await source.client.query<{ kb: number; shown: string }>(
      "select setting::float8 as kb, current_setting(name) as shown from pg_settings where name = 'logical_decoding_work_mem'",
    );
    const [row] = rows;
    const statements = ["alter system set logical_decoding_work_mem = '64MB';", "select pg_reload_conf();"];
    return {
      checked: row
        ? `logical_decoding_work_mem is ${row.shown} on the source.`
        : "The source has no logical_decoding_work_mem.",
      problems:
        !row || row.kb >= ENOUGH_KB
          ? []
          : [
              {
                message: `logical_decoding_work_mem is only ${row.shown} on the source.`,
                ...(providers.source === "self-hosted"
                  ? { fix: statements.map((sql) => ({ side: "source" as const, sql })) }
                  : {}),
              },
            ],
    };
  },
});
