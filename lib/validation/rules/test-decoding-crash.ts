import { SAFE_DECODING_MEGABYTES } from "@/lib/postgres/replication/replication-session";
import { defineRule } from "../rule";

/** The first major of which this is known; no release without it is known yet. */
const SINCE = 180_000;

export const testDecodingCrash = defineRule({
  id: "test-decoding-crash",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Warning",
  code: "TEST_DECODING_CRASH",
  alwaysChecked: false,
  title: "test_decoding cannot end the source",
  why: `PostgreSQL 18 ends all sessions and recovers, again and again, when test_decoding is to read a transaction that had savepoints, was rolled back and takes more memory than decoding may use. Howdah lets it use ${SAFE_DECODING_MEGABYTES} MB, instead of the usual 64.`,
  side: "source",
  mendedBy: "decision",
  fix: {
    general: `Choose pgoutput as the output plugin; or keep from rolling back transactions with savepoints that change more than ${SAFE_DECODING_MEGABYTES} MB while the migration runs.`,
  },
  async check({ source }) {
    const { version, versionNumber } = source.facts;
    return {
      checked: `The source runs PostgreSQL ${version}, whose test_decoding reads what was rolled back safely.`,
      problems:
        versionNumber < SINCE
          ? []
          : [
              {
                message: `The source runs PostgreSQL ${version}, which test_decoding can end; pgoutput cannot.`,
              },
            ],
    };
  },
});
