/** Fields of an ErrorResponse, named as `pg` names them (protocol-error-fields.html). */
const FIELDS: Record<string, string> = {
  V: "severity",
  C: "code",
  M: "message",
  D: "detail",
  H: "hint",
  W: "where",
  s: "schema",
  t: "table",
  c: "column",
  n: "constraint",
  R: "routine",
};

/** The error a server sent, of the same shape as the driver's. */
export function parseErrorResponse(payload: Buffer): Error {
  const fields: Record<string, string> = {};
  for (const part of payload.toString("utf8").split("\0")) {
    const name = FIELDS[part.charAt(0)];
    if (name) fields[name] = part.slice(1);
  }
  const { message = "the server reported an error", ...rest } = fields;
  return Object.assign(new Error(message), { severity: "ERROR", ...rest });
}

/** Rows in a command tag "COPY 42"; null for the tag of another command. */
export function rowsOfCopyTag(payload: Buffer): number | null {
  const count = /^COPY (\d+)\0$/.exec(payload.toString("latin1"))?.[1];
  return count === undefined ? null : Number(count);
}

/** First column of a DataRow as text; "" when it is null (protocol-message-formats.html). */
export function firstColumn(payload: Buffer): string {
  const length = payload.readInt32BE(2);
  return length < 0 ? "" : payload.toString("utf8", 6, 6 + length);
}
