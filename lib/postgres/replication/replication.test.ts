import { expect, test } from "vitest";
import { CopyDataAssembler } from "./copy-data-assembler";
import {
  DATA_HEADER_BYTES,
  KEEPALIVE,
  keepaliveLsn,
  lsnOf,
  readMicros,
  statusUpdate,
  wantsReply,
} from "./wal-message";

function framed(payload: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write("d");
  header.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}

test("messages come out whole wherever the bytes are cut", () => {
  const payloads = ["", "a", "hello", "x".repeat(300), "", "end"].map((text) => Buffer.from(text));
  const bytes = Buffer.concat(payloads.map(framed));
  for (const size of [1, 2, 3, 4, 5, 6, 7, 64, bytes.length]) {
    const seen: string[] = [];
    const assembler = new CopyDataAssembler((from, begin, end) =>
      seen.push(from.toString("utf8", begin, end)),
    );
    for (let at = 0; at < bytes.length; at += size) assembler.push(bytes.subarray(at, at + size));
    expect(seen).toEqual(payloads.map(String));
  }
});

test("data and keepalives tell their positions", () => {
  const data = Buffer.concat([Buffer.from("w"), Buffer.alloc(24), Buffer.from("BEGIN 7")]);
  data.writeBigUInt64BE(0x16_0000_0001n, 1);
  const bytes = Buffer.concat([Buffer.from("before"), data]);
  const message = { kind: "data" as const, bytes, begin: 6 + DATA_HEADER_BYTES, end: bytes.length };
  expect(bytes.toString("utf8", message.begin, message.end)).toBe("BEGIN 7");
  expect(lsnOf(message)).toBe(0x16_0000_0001n);
  const keepalive = Buffer.alloc(18);
  keepalive.write("k");
  keepalive.writeBigUInt64BE(99n, 1);
  keepalive[17] = 1;
  expect([keepalive[0], keepaliveLsn(keepalive, 0), wantsReply(keepalive, 0)]).toEqual([
    KEEPALIVE,
    99n,
    true,
  ]);
});

test("a status update has the protocol's layout", () => {
  const now = Date.UTC(2026, 0, 2);
  const message = statusUpdate({ written: 3n, flushed: 2n, applied: 1n }, true, now);
  expect(message.subarray(0, 6).toString("latin1")).toBe("d\0\0\0\x26r");
  expect([6, 14, 22].map((at) => message.readBigUInt64BE(at))).toEqual([3n, 2n, 1n]);
  expect(readMicros(message, 30)).toBe(now * 1000);
  expect(message[38]).toBe(1);
  expect(message.length).toBe(39);
});
