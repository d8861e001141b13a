/** Rules whose findings take servers of their own; lib/validation/rare-rules.pg.test.ts has a test of each, by this text. */
export const RARE_RULES = {
  "source-version": "a source that is too old",
  "truncates-streamed": "a source whose changes do not tell of TRUNCATE",
  "test-decoding-crash": "a source that test_decoding can end",
  "no-downgrade": "a target older than the source",
  "different-servers": "a target that is the source, or a copy of it",
  "source-standby": "a source that is a standby",
  "encrypted-connections": "connections in the clear that leave the machine",
  "target-storage": "a target without room",
  "long-transactions": "a transaction open for long",
  "transaction-id-margin": "a database near transaction id wraparound",
  "scheduled-jobs": "jobs of pg_cron",
  "extension-rows": "rows in tables of extensions",
  "timescale-offline": "TimescaleDB",
  "tables-without-oids": "tables WITH OIDS",
} as const;
