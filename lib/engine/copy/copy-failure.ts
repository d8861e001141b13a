import { errorSideOf } from "@/lib/postgres/copy-relay";
import { routineOf, sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { displayName, qualified } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import { describeCode, type ErrorCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";
import type { SourceTable } from "./list-tables";

/** The report of a table whose rows could not be copied. */
export function copyFailure(table: SourceTable, error: unknown): ObjectFailure {
  const object = displayName(table.schema, table.name);
  const coded = toCodedError(error, "TABLE_COPY_FAILED", object);
  const side = errorSideOf(error);
  const onSource = side === "source";
  const code = codeOf(coded.code, onSource);
  const isRefused = code === "PRIVILEGE_MISSING" && side === "target";
  const remedy = isRefused ? rightRemedy(table, error) : isOthersRow(error) ? OTHER_PARTITION : null;
  return {
    severity: "error",
    kind: "table",
    object,
    code,
    sqlState: coded.sqlState,
    message: onSource || isRefused ? `Reported by the ${side}: ${coded.message}` : coded.message,
    remedy: remedy ?? (code === coded.code ? coded.remedy : describeCode(code).remedy),
    statement: null,
  };
}

const OTHER_PARTITION =
  "The target has such a row in another partition, because it sorts texts otherwise (another locale, or another version of it) or a function of the partition key answers otherwise there. Compare both; or leave out the rows of this table and copy it through the table it is a partition of, as pg_dump --load-via-partition-root does.";

/** Of all checks the server names no constraint only of a partition's bounds, which have none. */
function isOthersRow(error: unknown): boolean {
  const constraint = error instanceof Error && "constraint" in error ? error.constraint : undefined;
  return sqlStateOf(error) === "23514" && constraint === undefined;
}

/** A table of an extension belongs to whoever created that, which on managed services is not the login. */
function rightRemedy({ schema, name }: SourceTable, error: unknown): string {
  // Nobody but its owner writes to a table with policies by COPY (sql-copy.html), whatever is granted.
  if (routineOf(error) === "check_enable_rls")
    return "Have a superuser of the target give the target login bypassrls (alter role ... bypassrls), then retry the failed tables; or put these rows there by the extension's own functions.";
  return `Have the owner of the target's table run: grant select, insert, update, delete, truncate on ${qualified(schema, name)} to the target login; then retry the failed tables.`;
}

function codeOf(code: ErrorCode, onSource: boolean): ErrorCode {
  if (code === "PRIVILEGE_MISSING" && onSource) return "TABLE_UNREADABLE";
  // Someone else cancelled the statement, or the server has no better word; the move itself was not canceled.
  if (code === "CANCELED" || code === "OBJECT_FAILED") return "TABLE_COPY_FAILED";
  return code;
}

/** Why a table is not even tried, or null. */
export function refusal(table: SourceTable): CodedError | null {
  const object = displayName(table.schema, table.name);
  if (!table.readable) {
    return new CodedError("TABLE_UNREADABLE", `The source login may not read ${object}.`, {
      subject: object,
    });
  }
  if (table.rowSecurity) {
    return new CodedError(
      "ROW_SECURITY_BLOCKS",
      `Row security would hide rows of ${object} from the source login.`,
      { subject: object },
    );
  }
  return null;
}
