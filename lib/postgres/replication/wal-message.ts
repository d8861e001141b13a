import type { Lsn } from "../lsn";

/** A piece of the output plugin's stream. */
export interface WalData {
  kind: "data";
  /** Where the plugin placed it: of a commit the end of its record, of a change the place of the change. */
  lsn: Lsn;
  payload: Buffer;
}

/** Nothing to send: the server has sent every transaction that was committed before `lsn`. */
export interface WalKeepalive {
  kind: "keepalive";
  lsn: Lsn;
  /** The server waits for an answer, else it ends the session soon. */
  wantsReply: boolean;
}

export type WalMessage = WalData | WalKeepalive;

/** Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's clock begins. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;

const DATA_HEADER_BYTES = 25;

/** Reads a message of a replication stream (protocol-replication.html). Throws RangeError on an unknown one. */
export function parseWalMessage(payload: Buffer): WalMessage {
  const type = payload[0];
  if (type === 0x77)
    return { kind: "data", lsn: payload.readBigUInt64BE(1), payload: payload.subarray(DATA_HEADER_BYTES) };
  if (type === 0x6b)
    return { kind: "keepalive", lsn: payload.readBigUInt64BE(1), wantsReply: payload[17] === 1 };
  throw new RangeError(`unknown replication message ${type}`);
}

/** A timestamp of the protocol in microseconds since 1970. */
export function toUnixMicros(postgresMicros: bigint): number {
  return Number(postgresMicros) + POSTGRES_EPOCH_MICROS;
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
