import { queryRows } from "@/lib/engine/testing/with-session";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { Look, Sum } from "./look";
import type { OnlineTable } from "./online-tables";
import { LEDGER } from "./tally";

/** A transaction of the source, as it booked itself. */
interface Entry {
  n: number;
  writer: number;
  seq: number;
  kinds: string;
  /** Of its own row in the ledger. */
  hash: bigint;
  /** What it added to and took from the tables. */
  sums: Map<string, Sum>;
}

/** The source's states, one after every transaction. */
export interface Past {
  entries: readonly Entry[];
  /** What table and ledger (`LEDGER`) held after the first `n` transactions. */
  after(n: number): Map<string, Sum>;
}

const EVERY = 500;

/** Reads the source's ledger, to which rows are only ever added. */
export async function readPast(source: ConnectionSettings): Promise<Past> {
  const rows = await queryRows<{
    n: string;
    writer: number;
    seq: number;
    kinds: string;
    hash: string;
    sums: Record<string, string>;
  }>(
    source,
    `select n, writer, seq, kinds, hashtextextended(t::text, 0) as hash, sums from ${LEDGER} t order by n`,
  );
  const entries = rows.map((row, at): Entry => {
    if (Number(row.n) !== at + 1) throw new Error(`the source's own ledger lacks ${at + 1}`);
    return { ...row, n: at + 1, hash: BigInt(row.hash), sums: readSums(row.sums) };
  });
  const marks: Map<string, Sum>[] = [new Map()];
  const current = new Map<string, Sum>();
  for (const entry of entries) {
    add(current, entry);
    if (entry.n % EVERY === 0) marks.push(new Map(current));
  }
  const after = (n: number) => {
    const mark = Math.floor(n / EVERY);
    const sums = new Map(marks[mark]);
    for (const entry of entries.slice(mark * EVERY, n)) add(sums, entry);
    return sums;
  };
  return { entries, after };
}

function readSums(sums: Record<string, string>): Map<string, Sum> {
  return new Map(
    Object.entries(sums).map(([name, text]) => {
      const [rows = "0", hash = "0"] = text.split(" ");
      return [name, { rows: BigInt(rows), hash: BigInt(hash) }];
    }),
  );
}

function add(sums: Map<string, Sum>, entry: Entry): void {
  const more: [string, Sum][] = [...entry.sums, [LEDGER, { rows: 1n, hash: entry.hash }]];
  for (const [name, { rows, hash }] of more) {
    const was = sums.get(name) ?? NOTHING;
    sums.set(name, { rows: was.rows + rows, hash: was.hash + hash });
  }
}

const NOTHING: Sum = { rows: 0n, hash: 0n };

export interface JudgeOptions {
  tables: readonly OnlineTable[];
  /** Tables that were given up with a word; they are not looked at. */
  exempt?: ReadonlySet<string>;
}

/**
 * Everything that is wrong with one look, as lines for people; empty when it is exactly the source's state after its first
 * `look.last` transactions. A table that stands elsewhere is told with the number it stands at, when there is one.
 */
export function judge(look: Look, past: Past, { tables, exempt = new Set() }: JudgeOptions): string[] {
  const faults = look.broken.map((rule) => `not so: ${rule}`);
  if (look.last > past.entries.length)
    return [
      ...faults,
      `transaction ${look.last} was never committed on the source, which has ${past.entries.length}`,
    ];
  const expected = past.after(look.last);
  if (!isEqual(look.ledger, expected.get(LEDGER)))
    faults.push(
      `the ledger up to ${look.last} is not the source's: ${show(look.ledger)}, not ${show(expected.get(LEDGER))}`,
    );
  for (const { name, followed } of tables) {
    if (followed === "at-end" || exempt.has(name)) continue;
    const [is, should] = [look.sums.get(name) ?? NOTHING, expected.get(name) ?? NOTHING];
    if (isEqual(is, should)) continue;
    faults.push(`${name} has ${show(is)}, not ${show(should)}: ${whereabouts(name, is, look.last, past)}`);
  }
  return faults.map((fault) => `look of ${look.at} at transaction ${look.last}: ${fault}`);
}

function isEqual(one: Sum, other: Sum = NOTHING): boolean {
  return one.rows === other.rows && one.hash === other.hash;
}

function show({ rows, hash }: Sum = NOTHING): string {
  return `${rows} rows (${hash})`;
}

/** At which transaction the table would be right, or which one's change is missing or there twice. */
function whereabouts(name: string, is: Sum, last: number, past: Past): string {
  const sum = { ...NOTHING };
  const states: number[] = [];
  const off = past.after(last).get(name) ?? NOTHING;
  const [rows, hash] = [is.rows - off.rows, is.hash - off.hash];
  const single: string[] = [];
  for (const { n, kinds, sums } of past.entries) {
    const change = sums.get(name);
    if (!change) continue;
    sum.rows += change.rows;
    sum.hash += change.hash;
    if (isEqual(sum, is)) states.push(n);
    if (n <= last && change.rows === -rows && change.hash === -hash)
      single.push(`${n} (${kinds}) is missing`);
    if (n <= last && change.rows === rows && change.hash === hash)
      single.push(`${n} (${kinds}) is there twice`);
  }
  if (states.length > 0) return `its state after transaction ${states.join(", ")}`;
  return single.join(", ") || "none of its states";
}

/**
 * Judges all looks of a round, and that none went back behind an earlier one. `resets` are times (ISO 8601) at which going back was
 * allowed, because the target had crashed and lost what it had not written.
 */
export function judgeAll(
  looks: readonly Look[],
  past: Past,
  options: JudgeOptions & { resets?: readonly string[] },
): string[] {
  const faults = looks.flatMap((look) => judge(look, past, options));
  for (const [at, look] of looks.entries()) {
    const before = looks[at - 1];
    if (!before || look.last >= before.last) continue;
    if (options.resets?.some((reset) => before.at <= reset && reset <= look.at)) continue;
    faults.push(`look of ${look.at}: back at ${look.last} after ${before.last}`);
  }
  return faults;
}
