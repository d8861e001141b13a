import type { Lsn } from "../lsn";

/** A piece of the output plugin's stream, as a place in what was received: millions of them come in a backlog. */
export interface WalData {
  kind: "data";
  bytes: Buffer;
  /** Where the plugin's text or message begins, and before which place it ends. */
  begin: number;
  end: number;
}

/** Messages in the order they came, not looked into yet. */
export interface WalRun {
  bytes: Buffer;
  /** Begin and end of each message's payload in `bytes`, one after the other; `placeCount` of them, what lies behind is old. */
  places: number[];
  placeCount: number;
  /** Of all payloads. */
  payloadBytes: number;
}

/** Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's clock begins. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;

/** Of a message with data, before the plugin's own bytes. */
export const DATA_HEADER_BYTES = 25;

/** Of a message with data: where its time of sending is. */
export const SENT_AT = 17;

export const XLOG_DATA = 0x77;
export const KEEPALIVE = 0x6b;

/** Nothing to send: the server has sent every transaction that was committed before it. Of a keepalive whose payload begins there. */
export function keepaliveLsn(bytes: Buffer, begin: number): Lsn {
  return readLsn(bytes, begin + 1);
}

/** True when the server waits for an answer, else it ends the session soon. Of a keepalive whose payload begins there. */
export function wantsReply(bytes: Buffer, begin: number): boolean {
  return bytes[begin + 17] === 1;
}

/** Where the plugin placed it: of a commit the end of its record, of a change the place of the change. */
export function lsnOf({ bytes, begin }: WalData): Lsn {
  return readLsn(bytes, begin - DATA_HEADER_BYTES + 1);
}

const WORD = new DataView(new ArrayBuffer(8));

/** A position that begins at `at`. Each transaction has one: Node's own reading makes four bigints on the way. */
export function readLsn(bytes: Buffer, at: number): Lsn {
  WORD.setUint32(0, bytes.readUInt32BE(at));
  WORD.setUint32(4, bytes.readUInt32BE(at + 4));
  return WORD.getBigUint64(0);
}

/** A timestamp of the protocol that begins at `at`, in microseconds since 1970. */
export function readMicros(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4) + POSTGRES_EPOCH_MICROS;
}

export interface Positions {
  written: Lsn;
  flushed: Lsn;
  applied: Lsn;
}

/** A Standby status update, framed as CopyData. */
export function statusUpdate(positions: Positions, wantsReply: boolean, nowMs: number): Buffer {
  const message = Buffer.alloc(39);
  message.write("d");
  message.writeUInt32BE(38, 1);
  message.write("r", 5);
  message.writeBigUInt64BE(positions.written, 6);
  message.writeBigUInt64BE(positions.flushed, 14);
  message.writeBigUInt64BE(positions.applied, 22);
  message.writeBigInt64BE(BigInt(nowMs) * 1000n - BigInt(POSTGRES_EPOCH_MICROS), 30);
  message[38] = wantsReply ? 1 : 0;
  return message;
}
