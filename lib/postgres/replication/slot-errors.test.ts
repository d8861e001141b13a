import { expect, test } from "vitest";
import { parseErrorResponse } from "../server-message";
import { slotError } from "./slot-errors";

const serverError = (code: string, message: string, routine = "", where = "") =>
  parseErrorResponse(Buffer.from(`SERROR\0VERROR\0C${code}\0M${message}\0R${routine}\0W${where}\0\0`));

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

test("what goes wrong inside the output plugin is a change the source cannot decode", () => {
  const inside = 'slot "s", output plugin "test_decoding", in the change callback, associated LSN 0/70DE0B10';
  const sql = `SQL statement "select 1"\n${inside}`;
  expect(slotError(serverError("XX000", "no snapshot", "", sql), "s")).toMatchObject({
    code: "CHANGE_UNREADABLE",
    message: 'The source cannot decode the change at 0/70DE0B10: no snapshot (SQL statement "select 1")',
    transient: true,
  });
  expect(slotError(serverError("22P05", "no equivalent", "", inside), "s").code).toBe("CHANGE_UNREADABLE");
  expect(slotError(serverError("57P01", "terminating", "", inside), "s").code).toBe("CONNECTION_LOST");
  expect(slotError(serverError("53200", "out of memory", "", inside), "s").code).toBe("OUT_OF_MEMORY");
});
