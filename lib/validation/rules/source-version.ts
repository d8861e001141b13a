import { defineRule } from "../rule";

/** Oldest source of Azure's migration service, and the oldest pg_dump 18 reads (9.2) is older still. */
const OLDEST = 90_500;

export const sourceVersion = defineRule({
  id: "source-version",
  type: "SourceVersionValidation",
  level: "server",
  severity: "Failed",
  code: "VERSION_TOO_OLD",
  alwaysChecked: true,
  title: "source on 9.5 or newer",
  why: "Older servers lack what a consistent copy needs, and no dump tool that knows the target reads them.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general: "Upgrade the source to a supported version first, or dump it with its own tools.",
  },
  async check({ source }) {
    const { version, versionNumber } = source.facts;
    return {
      checked: `The source runs PostgreSQL ${version}; 9.5 or newer is needed.`,
      problems:
        versionNumber >= OLDEST
          ? []
          : [{ message: `The source runs PostgreSQL ${version}, older than 9.5.` }],
    };
  },
});
