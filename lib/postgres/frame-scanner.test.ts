import { expect, test } from "vitest";
import { FrameScanner } from "./frame-scanner";

function frame(type: string, payload: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}

const COPY_DATA = [
  frame("d", Buffer.from("1\tone\n")),
  frame("d", Buffer.alloc(0)),
  frame("d", Buffer.alloc(300, "E")),
];
const STREAM = Buffer.concat([
  frame("H", Buffer.from([0, 0, 0])),
  ...COPY_DATA.slice(0, 2),
  // A server may put a notice between two rows.
  frame("N", Buffer.from("SNOTICE\0\0")),
  ...COPY_DATA.slice(2),
  frame("c", Buffer.alloc(0)),
  frame("C", Buffer.from("COPY 3\0")),
  frame("Z", Buffer.from("I")),
]);

function scanInChunks(size: number): { data: Buffer; messages: [string, string][]; before: number } {
  const data: Buffer[] = [];
  const messages: [string, string][] = [];
  let before = -1;
  const scanner = new FrameScanner({
    onCopyData: (bytes) => data.push(bytes),
    onMessage: (type, payload) => {
      if (type === "N") before = Buffer.concat(data).length;
      messages.push([type, payload.toString("latin1")]);
    },
  });
  for (let at = 0; at < STREAM.length; at += size) scanner.scan(STREAM.subarray(at, at + size));
  return { data: Buffer.concat(data), messages, before };
}

// Every size cuts headers and payloads at other places; 1 cuts at all of them.
test.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 307, STREAM.length])("chunks of %i bytes", (size) => {
  const { data, messages, before } = scanInChunks(size);
  expect(data).toEqual(Buffer.concat(COPY_DATA));
  expect(messages).toEqual([
    ["H", "\0\0\0"],
    ["N", "SNOTICE\0\0"],
    ["c", ""],
    ["C", "COPY 3\0"],
    ["Z", "I"],
  ]);
  expect(before).toBe(Buffer.concat(COPY_DATA.slice(0, 2)).length);
});

test("a whole chunk of CopyData is handed on as it is, not copied", () => {
  const handed: Buffer[] = [];
  const scanner = new FrameScanner({ onCopyData: (bytes) => handed.push(bytes), onMessage: () => undefined });
  const chunk = Buffer.concat(COPY_DATA);
  scanner.scan(chunk);
  expect(handed).toHaveLength(1);
  expect(handed[0]?.buffer).toBe(chunk.buffer);
});
