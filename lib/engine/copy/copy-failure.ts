import { toCodedError } from "@/lib/postgres/errors";
import { displayName } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import type { ObjectFailure } from "../events";
import type { SourceTable } from "./list-tables";

/** The report of a table whose rows could not be copied. */
export function copyFailure(table: SourceTable, error: unknown): ObjectFailure {
  const object = displayName(table.schema, table.name);
  const coded = toCodedError(error, "TABLE_COPY_FAILED", object);
  return {
    severity: "error",
    kind: "table",
    object,
    code: coded.code === "PRIVILEGE_MISSING" ? "TABLE_UNREADABLE" : coded.code,
    sqlState: coded.sqlState,
    message: coded.message,
    remedy: coded.remedy,
    statement: null,
  };
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
      {
        subject: object,
      },
    );
  }
  return null;
}
