/** A position in the WAL: a byte count since the cluster was made (https://www.postgresql.org/docs/current/datatype-pg-lsn.html). */
export type Lsn = bigint;

/** What the protocol means by "no position". */
export const NO_LSN: Lsn = 0n;

const FORM = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** Reads `16/B374D848`. Throws RangeError on anything else. */
export function parseLsn(text: string): Lsn {
  const parts = FORM.exec(text);
  if (!parts) throw new RangeError(`not a position in the WAL: ${JSON.stringify(text)}`);
  return (BigInt(`0x${parts[1]}`) << 32n) | BigInt(`0x${parts[2]}`);
}

/** `16/B374D848`, as pg_lsn prints it. Throws RangeError outside of 64 bits. */
export function formatLsn(lsn: Lsn): string {
  if (lsn < 0n || lsn >> 64n !== 0n) throw new RangeError(`not a position in the WAL: ${lsn}`);
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase();
}

/** The later of two positions. */
export function maxLsn(one: Lsn, other: Lsn): Lsn {
  return one > other ? one : other;
}
