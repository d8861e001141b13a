import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import type { ObjectFailure } from "../events";

/** Runs a statement that data do without. Returns a warning when the server refuses it; throws when the session breaks. */
export async function tryStatement(
  target: pg.Client,
  statement: string,
  subject: Pick<ObjectFailure, "kind" | "object">,
): Promise<ObjectFailure | null> {
  try {
    await target.query(statement);
    return null;
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    const { code, sqlState, message } = toCodedError(error, "OBJECT_FAILED");
    const remedy = "Run the statement shown on the target by a login that may, or do without.";
    return { severity: "warning", ...subject, code, sqlState, message, remedy, statement };
  }
}
