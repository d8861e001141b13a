import type { RowGroup } from "./difference-queries";

/** A row that is not the same on both sides, by where it is in each table. */
export interface RowReference {
  kind: "missing" | "extra" | "changed";
  source: string | null;
  target: string | null;
  /** The target has one row with this key, so the key alone names it. */
  byKey: boolean;
}

/** Collects differences of a table: all are counted, so many are kept. */
export class Differences {
  readonly kept: RowReference[] = [];
  total = 0;
  /** There may be more than were counted. */
  limited = false;

  private readonly keyed: boolean;
  private readonly most: number;

  /** `keyed`: rows have a key that tells them apart; at most `most` are kept. */
  constructor(keyed: boolean, most: number) {
    this.keyed = keyed;
    this.most = most;
  }

  /** Groups read by the same condition on both sides; when a side's list was cut at `limit`, what lies behind is left out on both. */
  compare(source: readonly RowGroup[], target: readonly RowGroup[], limit: number): void {
    const ends = [source, target].filter((side) => side.length >= limit).flatMap((side) => side.at(-1) ?? []);
    const end = ends.sort(order)[0];
    if (end) this.limited = true;
    const inRange = (group: RowGroup) => !end || order(group, end) <= 0;
    const keys = new Map<bigint, { source: RowGroup[]; target: RowGroup[] }>();
    for (const [side, groups] of [
      ["source", source],
      ["target", target],
    ] as const) {
      for (const group of groups.filter(inRange)) {
        const entry = keys.get(group.key) ?? { source: [], target: [] };
        entry[side].push(group);
        keys.set(group.key, entry);
      }
    }
    for (const { source: ours, target: theirs } of keys.values()) this.compareKey(ours, theirs);
  }

  private compareKey(ours: readonly RowGroup[], theirs: readonly RowGroup[]): void {
    const missing = surplus(ours, theirs);
    const extra = surplus(theirs, ours);
    const [left] = missing;
    const [right] = extra;
    const byKey = this.keyed && theirs.length <= 1 && (theirs[0]?.count ?? 0) <= 1;
    if (this.keyed && byKey && missing.length === 1 && left?.count === 1 && right) {
      this.add({ kind: "changed", source: left.ctid, target: right.ctid, byKey }, 1);
      return;
    }
    for (const { ctid, count } of missing)
      this.add({ kind: "missing", source: ctid, target: null, byKey }, count);
    for (const { ctid, count } of extra)
      this.add({ kind: "extra", source: null, target: ctid, byKey }, count);
  }

  private add(reference: RowReference, count: number): void {
    this.total += count;
    for (let n = 0; n < count && this.kept.length < this.most; n++) this.kept.push(reference);
  }
}

function order(one: RowGroup, other: RowGroup): number {
  return compare(one.key, other.key) || compare(one.first, other.first) || compare(one.second, other.second);
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What one side has more of than the other. */
function surplus(side: readonly RowGroup[], other: readonly RowGroup[]): { ctid: string; count: number }[] {
  return side.flatMap((group) => {
    const same = other.find((one) => one.first === group.first && one.second === group.second);
    const count = group.count - (same?.count ?? 0);
    return count > 0 ? [{ ctid: group.ctid, count }] : [];
  });
}
