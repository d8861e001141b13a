import { expect, test } from "vitest";
import { pgDumpError } from "./pg-dump-errors";

test.each<[string, string, boolean]>([
  ["pg_dump: error: query failed: ERROR:  permission denied for table t", "PRIVILEGE_MISSING", false],
  [
    "pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout",
    "STATEMENT_TIMED_OUT",
    false,
  ],
  ["pg_dump: error: aborting because of server version mismatch", "SCHEMA_TOOL_MISSING", false],
  ["pg_dump: error: query failed: server closed the connection unexpectedly", "CONNECTION_LOST", true],
  ['pg_dump: error: connection to server at "h", port 1 failed: Connection refused', "CONNECTION_LOST", true],
  [
    'pg_dump: error: connection to server at "h" failed: FATAL:  password authentication failed',
    "PASSWORD_REJECTED",
    false,
  ],
  ["pg_dump: error: query failed: ERROR:  out of shared memory", "OUT_OF_MEMORY", true],
  ["pg_dump: error: something new", "SCHEMA_DUMP_FAILED", false],
  ["", "SCHEMA_DUMP_FAILED", false],
])("%j", (stderr, code, transient) => {
  expect(pgDumpError(stderr)).toMatchObject({ code, transient });
});

test("gives the built-in tool's messages their lines back", () => {
  const error = pgDumpError(
    "pg_dump: error: query failed: ERROR:  xpg_dump: detail: Query was: LOCK TABLE t",
  );
  expect(error.message).toBe(
    "pg_dump: error: query failed: ERROR:  x\npg_dump: detail: Query was: LOCK TABLE t",
  );
});

test("says what is to be done about bytes that are no text", () => {
  const error = pgDumpError(
    'pg_dump: error: query failed: ERROR:  invalid byte sequence for encoding "UTF8": 0xe9',
  );
  expect(error).toMatchObject({ code: "SCHEMA_DUMP_FAILED", remedy: expect.stringContaining("in UTF-8") });
  expect(error.message).toContain("0xe9");
});
