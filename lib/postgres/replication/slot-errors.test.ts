import { expect, test } from "vitest";
import { parseErrorResponse } from "../server-message";
import { slotError } from "./slot-errors";

const serverError = (code: string, message: string, routine = "") =>
  parseErrorResponse(Buffer.from(`SERROR\0VERROR\0C${code}\0M${message}\0R${routine}\0\0`));

test("a change the source cannot decode is not asked for again and again", () => {
  const text = 'could not map filenumber "base/16384/16828" to relation OID';
  expect(slotError(serverError("XX000", text), "slot")).toMatchObject({
    code: "CHANGE_UNREADABLE",
    message: text,
    transient: false,
  });
  expect(slotError(serverError("57P01", "terminating connection"), "slot").transient).toBe(true);
});

test("a slot that is lost is known by the routine where messages are translated", () => {
  const codeOf = (...error: Parameters<typeof serverError>) => slotError(serverError(...error), "slot").code;
  expect(codeOf("42704", "Replikations-Slot »a« existiert nicht", "ReplicationSlotAcquire")).toBe(
    "SLOT_LOST",
  );
  expect(codeOf("42704", "Objekt »a« existiert nicht", "other")).not.toBe("SLOT_LOST");
  expect(codeOf("55000", "kann nicht mehr", "ReplicationSlotAcquire")).toBe("SLOT_LOST");
  expect(codeOf("58P01", "WAL-Segment wurde schon entfernt", "wal_segment_open")).toBe("SLOT_LOST");
  expect(codeOf("58P01", "konnte nicht auf Datei zugreifen", "internal_load_library")).toBe(
    "OUTPUT_PLUGIN_MISSING",
  );
  expect(codeOf("55000", "logische Dekodierung erfordert wal_level >= logical", "Check")).toBe(
    "WAL_LEVEL_NOT_LOGICAL",
  );
});
