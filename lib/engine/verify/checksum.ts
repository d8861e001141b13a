/** Rows and the sums of their two hashes; the sum over a table's parts is the table's. */
export interface Checksum {
  rows: bigint;
  first: bigint;
  second: bigint;
}

export const EMPTY_CHECKSUM: Checksum = { rows: 0n, first: 0n, second: 0n };

/** As the server returns them: decimal text. */
export interface ChecksumRow {
  rows: string;
  first: string;
  second: string;
}

/** Select list over first and second. A sum does not depend on the order of the rows and, unlike an exclusive or, notices a row that is there twice. */
export function checksumColumns(first: string, second: string): string {
  return `pg_catalog.count(*)::text as rows, coalesce(pg_catalog.sum(${first}), 0)::text as first, coalesce(pg_catalog.sum(${second}), 0)::text as second`;
}

export function readChecksum(row: ChecksumRow): Checksum {
  return { rows: BigInt(row.rows), first: BigInt(row.first), second: BigInt(row.second) };
}

export function addChecksums(one: Checksum, other: Checksum): Checksum {
  return { rows: one.rows + other.rows, first: one.first + other.first, second: one.second + other.second };
}

export function sameChecksums(one: Checksum, other: Checksum): boolean {
  return one.rows === other.rows && one.first === other.first && one.second === other.second;
}

/** 32 hexadecimal digits: both sums modulo 2^64. */
export function checksumText({ first, second }: Checksum): string {
  return [first, second].map((sum) => BigInt.asUintN(64, sum).toString(16).padStart(16, "0")).join("");
}
