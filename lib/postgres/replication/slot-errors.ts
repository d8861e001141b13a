import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { toCodedError } from "../errors";

interface SlotError {
  sqlState: string;
  message?: RegExp;
  /** Of the server that raised it, for messages that may be translated (protocol-error-fields.html). */
  routine?: RegExp;
  code: ErrorCode;
  transient?: boolean;
}

/** What the server's errors mean when they come from a command about a slot; one of `message` and `routine` has to fit. */
const CODES: readonly SlotError[] = [
  { sqlState: "42704", message: /replication slot/, routine: /^ReplicationSlot/, code: "SLOT_LOST" },
  { sqlState: "55000", message: /wal_level/, code: "WAL_LEVEL_NOT_LOGICAL" },
  {
    sqlState: "55000",
    message: /can no longer|invalidated/,
    routine: /^(ReplicationSlotAcquire|StartLogicalReplication|CreateDecodingContext)$/,
    code: "SLOT_LOST",
  },
  { sqlState: "58P01", message: /removed/, routine: /segment_?open/i, code: "SLOT_LOST" },
  { sqlState: "58P01", code: "OUTPUT_PLUGIN_MISSING" },
  { sqlState: "55006", code: "SLOT_IN_USE", transient: true },
  { sqlState: "53400", code: "REPLICATION_SLOTS_MISSING" },
  { sqlState: "42501", code: "REPLICATION_RIGHT_MISSING" },
  // The server itself cannot decode a change (relfilenumbermap, after a TRUNCATE or rewrite): asked again it fails at the same one.
  { sqlState: "XX000", message: /could not map filen/, code: "CHANGE_UNREADABLE" },
];

/** Where the output plugin was as it raised an error (logical.c, output_plugin_error_callback). */
const IN_PLUGIN = /output plugin ".*", in the [\w ]+ callback(?:, associated LSN ([0-9A-F]+\/[0-9A-F]+))?/;

/** Classes of SQLSTATEs that say nothing of the change: connection, resources, intervention, system (errcodes-appendix.html). */
const CIRCUMSTANCES = /^(08|53|57|58)/;

/** An error of a command about the slot `subject`, with the code a person can act on. */
export function slotError(error: unknown, subject: string): CodedError {
  const coded = toCodedError(error, "CONNECTION_LOST", subject);
  const unreadable = decodingError(error, coded, subject);
  if (unreadable) return unreadable;
  const raisedBy = error instanceof Error && "routine" in error ? String(error.routine) : "";
  const found = CODES.find(
    ({ sqlState, message, routine }) =>
      sqlState === coded.sqlState &&
      ((!message && !routine) || message?.test(coded.message) || routine?.test(raisedBy)),
  );
  if (!found) return coded;
  return new CodedError(found.code, coded.message, {
    cause: error,
    subject,
    sqlState: found.sqlState,
    transient: found.transient ?? false,
  });
}

/** What went wrong with the change itself, a function of its type for example; it mostly does so again, yet not for sure. */
function decodingError(error: unknown, coded: CodedError, subject: string): CodedError | null {
  const where = error instanceof Error && "where" in error ? String(error.where) : "";
  const [, at] = IN_PLUGIN.exec(where) ?? [];
  if (at === undefined || coded.sqlState === null || CIRCUMSTANCES.test(coded.sqlState)) return null;
  const inside = where.split("\n").filter((line) => !IN_PLUGIN.test(line));
  const context = inside.length === 0 ? "" : ` (${inside.join("; ")})`;
  const text = `The source cannot decode the change at ${at}: ${coded.message}${context}`;
  const { sqlState } = coded;
  return new CodedError("CHANGE_UNREADABLE", text, { cause: error, subject, sqlState, transient: true });
}
