import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Bytes of pg_control that may hold its checksum; it is the last field, at a place of its own in each major. */
const CONTROL_BYTES = 512;
/** Where the long header at the start of a WAL segment names the system (XLogLongPageHeaderData, xlp_sysid). */
const WAL_IDENTIFIER_AT = 24;
const IDENTIFIER_BYTES = 8;
const CASTAGNOLI = 0x82f63b78;

/**
 * Gives the stopped cluster at `dataDirectory` another system identifier, in pg_control and in its WAL, as
 * pg_createsubscriber does with a copy. Throws an Error when pg_control is not laid out as expected.
 */
export function renewSystemIdentifier(dataDirectory: string): void {
  const identifier = randomBytes(8).readBigUInt64LE() >> 1n;
  const controlFile = join(dataDirectory, "global", "pg_control");
  const control = readFileSync(controlFile);
  const at = checksumPosition(control);
  control.writeBigUInt64LE(identifier, 0);
  control.writeUInt32LE(crc32c(control.subarray(0, at)), at);
  writeFileSync(controlFile, control);

  const wal = join(dataDirectory, "pg_wal");
  for (const name of readdirSync(wal).filter((file) => /^[0-9A-F]{24}$/.test(file))) {
    const segment = openSync(join(wal, name), "r+");
    try {
      writeSync(segment, control, 0, IDENTIFIER_BYTES, WAL_IDENTIFIER_AT);
    } finally {
      closeSync(segment);
    }
  }
}

function checksumPosition(control: Buffer): number {
  for (let at = IDENTIFIER_BYTES; at < CONTROL_BYTES; at += 4)
    if (control.readUInt32LE(at) !== 0 && control.readUInt32LE(at) === crc32c(control.subarray(0, at)))
      return at;
  throw new Error("pg_control holds no checksum that fits.");
}

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI : 0);
  }
  return ~crc >>> 0;
}
