import { defineRule } from "../rule";

/** The first whose output plugins tell of TRUNCATE. */
const TELLING = 110_000;

export const truncatesStreamed = defineRule({
  id: "truncates-streamed",
  type: "SourceVersionValidation",
  level: "server",
  mode: "Online",
  severity: "Warning",
  code: "TRUNCATE_NOT_STREAMED",
  alwaysChecked: false,
  title: "TRUNCATE is in the change stream",
  why: "Before PostgreSQL 11 no change tells of a TRUNCATE. Such a table is known by its new file, which VACUUM FULL, CLUSTER and rewriting ALTER TABLE make too, and is copied again at the cutover; that takes time while writes are stopped.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general:
      "Keep from TRUNCATE, VACUUM FULL and CLUSTER of large tables until the cutover, or use DELETE; nothing is lost otherwise.",
  },
  async check({ source }) {
    const { version, versionNumber } = source.facts;
    return {
      checked: `The source runs PostgreSQL ${version}, whose change stream tells of TRUNCATE.`,
      problems:
        versionNumber >= TELLING
          ? []
          : [
              {
                message: `The source runs PostgreSQL ${version}, whose change stream does not tell of TRUNCATE.`,
              },
            ],
    };
  },
});
