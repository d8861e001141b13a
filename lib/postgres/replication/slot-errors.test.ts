import { expect, test } from "vitest";
import { parseErrorResponse } from "../server-message";
import { slotError } from "./slot-errors";

const serverError = (code: string, message: string) =>
  parseErrorResponse(Buffer.from(`SERROR\0VERROR\0C${code}\0M${message}\0\0`));

test("a change the source cannot decode is not asked for again and again", () => {
  const text = 'could not map filenumber "base/16384/16828" to relation OID';
  expect(slotError(serverError("XX000", text), "slot")).toMatchObject({
    code: "CHANGE_UNREADABLE",
    message: text,
    transient: false,
  });
  expect(slotError(serverError("57P01", "terminating connection"), "slot").transient).toBe(true);
});
