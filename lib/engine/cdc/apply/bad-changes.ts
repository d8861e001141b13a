import { toCodedError } from "@/lib/postgres/errors";
import { formatLsn, type Lsn } from "@/lib/postgres/lsn";
import { displayName } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import { describeCode, type ErrorCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../../events";
import type { Divergence, DivergencePolicy } from "../follow-options";
import { StatementError } from "./pipeline-session";
import type { BadChange, BadChangeError } from "./planned-change";
import { shownKey } from "./row-way";

/** A divergence as it is reported; `lsn` is the end of its transaction on the source. */
export function toDivergence({ row, message }: BadChange, lsn: Lsn): Divergence {
  return {
    table: row.plan.table,
    operation: row.change.kind,
    key: shownKey(row.plan, row.change),
    lsn: formatLsn(lsn),
    message,
  };
}

/** Of a divergence that is counted it warns only. */
export function divergenceFailure(divergence: Divergence, policy: DivergencePolicy): ObjectFailure {
  const { table, operation, message, lsn } = divergence;
  return {
    severity: policy === "stop" ? "error" : "warning",
    kind: "table",
    object: displayName(table.schema, table.name),
    code: "CHANGE_DIVERGED",
    sqlState: null,
    message: `${operation.toUpperCase()} at ${lsn}: ${message}`,
    remedy: describeCode("CHANGE_DIVERGED").remedy,
    statement: null,
  };
}

/** Codes that say more than that a change was refused. */
const TELLING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DISK_FULL",
  "STATEMENT_TIMED_OUT",
  "TARGET_READ_ONLY",
  "PRIVILEGE_MISSING",
  "CANCELED",
]);

/** What ends the applying, of whatever was thrown; `object` names the table it was about. */
export function toApplyError(error: unknown, object?: string): CodedError {
  const cause = error instanceof StatementError ? error.cause : error;
  const coded = toCodedError(cause, "CHANGE_REFUSED", object);
  if (coded === cause || coded.transient || coded.sqlState === null || TELLING.has(coded.code)) return coded;
  const details = { sqlState: coded.sqlState, cause, ...(object === undefined ? {} : { subject: object }) };
  const message = object === undefined ? coded.message : `${object}: ${coded.message}`;
  return new CodedError("CHANGE_REFUSED", message, details);
}

/** The table a bad change was about. */
export function objectOf({ change }: BadChangeError): string {
  const table = change.kind === "row" ? change.plan.table : change.counts[0]?.table;
  return table ? displayName(table.schema, table.name) : "";
}

/** Thrown under policy "stop". */
export function divergedError(divergence: Divergence): CodedError {
  const { table, operation, lsn, message } = divergence;
  const object = displayName(table.schema, table.name);
  const text = `${operation.toUpperCase()} of ${object} in the transaction that ends at ${lsn}: ${message}`;
  return new CodedError("CHANGE_DIVERGED", text, { subject: object });
}
