import { expect, test } from "vitest";
import { isTransient, sqlStateOf, toCodedError } from "./errors";

const serverError = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { severity: "ERROR", code, ...more });
const nodeError = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ["28P01", "password authentication failed", "PASSWORD_REJECTED", false],
  ["28000", 'no pg_hba.conf entry for host "10.0.0.1"', "NO_PG_HBA_ENTRY", false],
  ["28000", "connection requires a valid client certificate", "AUTHENTICATION_UNSUPPORTED", false],
  ["53100", "could not extend file: No space left on device", "DISK_FULL", false],
  ["57P01", "terminating connection due to administrator command", "CONNECTION_LOST", true],
  ["57P03", "the database system is starting up", "SERVER_STARTING", true],
  ["57014", "canceling statement due to statement timeout", "STATEMENT_TIMED_OUT", false],
  ["57014", "canceling statement due to user request", "CANCELED", false],
  ["22P02", "invalid input syntax", "VALUE_REJECTED", false],
  ["23505", "duplicate key", "CONSTRAINT_VIOLATED", false],
  ["40P01", "deadlock detected", "TABLE_COPY_FAILED", true],
])("SQLSTATE %s %s", (sqlState, message, code, transient) => {
  const error = serverError(sqlState, message);
  expect(toCodedError(error, "TABLE_COPY_FAILED")).toMatchObject({ code, transient, sqlState });
  expect(isTransient(error)).toBe(transient);
});

test("the first of several addresses tried speaks for all", () => {
  expect(toCodedError(new AggregateError([nodeError("ECONNREFUSED")]), "INTERNAL").code).toBe(
    "CONNECTION_REFUSED",
  );
});

test.each([
  [{ code: "ENOTFOUND", hostname: "db.example" }, "The name service does not know db.example."],
  [
    { code: "ECONNREFUSED", address: "10.0.0.1", port: 5432 },
    "Nothing accepts connections at 10.0.0.1:5432.",
  ],
  [{ code: "ETIMEDOUT" }, "No answer came from the server."],
])("a fault of the network is told in words: %j", (fault, message) => {
  expect(toCodedError(Object.assign(new Error("as Node says it"), fault), "INTERNAL").message).toBe(message);
});

test("a Node error code of five letters is not taken for a SQLSTATE", () => {
  expect(sqlStateOf(nodeError("EPIPE"))).toBeNull();
  expect(toCodedError(nodeError("EPIPE"), "INTERNAL").code).toBe("CONNECTION_RESET");
});

test("a login that may not log in is known where messages are translated", () => {
  const message = "Rolle »ada« hat keine Berechtigung zum Einloggen";
  const codeOf = (routine: string) =>
    toCodedError(serverError("28000", message, { routine }), "INTERNAL").code;
  expect(codeOf("InitializeSessionUserId")).toBe("LOGIN_NOT_PERMITTED");
  expect(codeOf("other")).toBe("PASSWORD_REJECTED");
});

test("the message keeps detail, hint and the COPY line, shortened", () => {
  const where = `COPY orders, line 7, column note: "${"x".repeat(1000)}"`;
  const { message } = toCodedError(
    serverError("22P02", "bad", { detail: "Key.", hint: "Do.", where }),
    "INTERNAL",
  );
  expect(message).toMatch(/^bad\. Key\. Hint: Do\. COPY orders, line 7, column note: "x+…$/);
  expect(message.length).toBeLessThan(400);
});
