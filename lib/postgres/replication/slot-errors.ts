import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { toCodedError } from "../errors";

/** What the server's errors mean when they come from a command about a slot. */
const CODES: readonly { sqlState: string; message?: RegExp; code: ErrorCode; transient?: boolean }[] = [
  { sqlState: "42704", message: /replication slot/, code: "SLOT_LOST" },
  { sqlState: "55000", message: /wal_level/, code: "WAL_LEVEL_NOT_LOGICAL" },
  { sqlState: "55000", message: /can no longer|invalidated/, code: "SLOT_LOST" },
  { sqlState: "58P01", message: /removed/, code: "SLOT_LOST" },
  { sqlState: "58P01", code: "OUTPUT_PLUGIN_MISSING" },
  { sqlState: "55006", code: "SLOT_IN_USE", transient: true },
  { sqlState: "53400", code: "REPLICATION_SLOTS_MISSING" },
  { sqlState: "42501", code: "REPLICATION_RIGHT_MISSING" },
  // The server itself cannot decode a change (relfilenumbermap, after a TRUNCATE or rewrite): asked again it fails at the same one.
  { sqlState: "XX000", message: /could not map filen/, code: "CHANGE_UNREADABLE" },
];

/** An error of a command about the slot `subject`, with the code a person can act on. */
export function slotError(error: unknown, subject: string): CodedError {
  const coded = toCodedError(error, "CONNECTION_LOST", subject);
  const found = CODES.find(
    ({ sqlState, message }) => sqlState === coded.sqlState && (!message || message.test(coded.message)),
  );
  if (!found) return coded;
  return new CodedError(found.code, coded.message, {
    cause: error,
    subject,
    sqlState: found.sqlState,
    transient: found.transient ?? false,
  });
}
