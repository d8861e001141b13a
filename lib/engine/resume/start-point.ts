import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import type { CheckpointHead, CheckpointPart, CheckpointSplit, MoveCheckpoint } from "../checkpoint";
import type { SourceTable } from "../copy/list-tables";
import { type SplitOptions, splitTables, type TableSplit, type TableSplits } from "../copy/split-tables";
import type { KeptReason } from "../events";
import { tableKey } from "../schema/restore-plan";
import { type CompareOptions, countRows, findEqualTables } from "./compare-tables";
import { isSameSnapshot, mayBeSameDatabase } from "./identities";
import { isStillThere } from "./schema-digest";

/** A table whose rows are all on the target already. */
export interface KeptTable {
  table: SourceTable;
  rows: number;
  bytes: number;
  reason: KeptReason;
  /** Position its rows are of, pg_lsn as text; null when changes are not followed. */
  lsn: string | null;
}

/** From where the copy of the rows begins. */
export interface StartPoint {
  kept: KeptTable[];
  /** Tables of which something is left to copy, in the order given. */
  tables: SourceTable[];
  splits: TableSplits;
  /** By tableKey(): parts of `tables` that are on the target already. */
  keptParts: ReadonlyMap<string, readonly CheckpointPart[]>;
  /** Those of `tables` that may have rows, and must not when the copy begins. */
  toClear: SourceTable[];
}

/** Throws CodedError CHECKPOINT_UNUSABLE when what an earlier run left is not what this one would go on with. */
export function assertUsable(earlier: CheckpointHead, now: CheckpointHead): void {
  const refuse = (what: string) => {
    throw new CodedError(
      "CHECKPOINT_UNUSABLE",
      `${what}: what was copied so far cannot be gone on with. The source was not changed.`,
    );
  };
  if (!mayBeSameDatabase(earlier.target, now.target)) refuse("The target database is another one by now");
  if (!mayBeSameDatabase(earlier.source, now.source)) refuse("The source database is another one by now");
  if (!isStillThere(earlier.schemaHash, now.schemaHash))
    refuse("The schema of the source or the filter has changed");
}

/** Where a move begins of which nothing is on the target. */
export async function freshStart(tables: readonly SourceTable[], options: SplitOptions): Promise<StartPoint> {
  const splits = await splitTables(tables, options);
  return { kept: [], tables: [...tables], splits, keptParts: new Map(), toClear: [] };
}

export interface ResumeOptions extends CompareOptions, SplitOptions {
  earlier: MoveCheckpoint;
  now: Pick<CheckpointHead, "source" | "target">;
  tables: readonly SourceTable[];
  /** A session of the target. */
  client: pg.Client;
  /** The source's changes are kept: each whole table stays as of its own position. */
  isFollowed: boolean;
  /** By tableKey(): of followed tables those that may hold other rows than the changes since the earlier run tell of. */
  rewritten: ReadonlySet<string>;
}

/**
 * Decides what of an earlier run stays: everything, when nothing was written to the source since and the target did not fail
 * over; else what equals the source. Tables that are unlogged, or copied in part only while the source has changed, begin anew.
 * Throws when a server is lost, and the signal's reason when aborted.
 */
export async function resumedStart(options: ResumeOptions): Promise<StartPoint> {
  const { earlier, now, tables, client } = options;
  const known = groupParts(earlier.parts);
  const partsOf = (table: SourceTable) => (table.unlogged ? [] : (known.get(tableKey(table)) ?? []));
  const isWhole = (table: SourceTable) => partsOf(table).length === partsOf(table)[0]?.parts;
  // After a fail-over the target may have lost what the first server had flushed.
  const isTargetUnchanged = earlier.head.target.timeline === now.target.timeline;
  const isUnchanged = isSameSnapshot(earlier.head.source, now.source) && isTargetUnchanged;
  const whole = tables.filter(isWhole);
  if (options.isFollowed) return await followedStart(options, isTargetUnchanged, isWhole, partsOf);
  const cuts = new Set(earlier.head.splits.map(tableKey));
  const isPartial = (table: SourceTable) =>
    partsOf(table).length > 0 && !isWhole(table) && cuts.has(tableKey(table));
  const partial = isUnchanged ? tables.filter(isPartial) : [];
  const equal = isUnchanged ? new Set(whole.map(tableKey)) : await findEqualTables(whole, options);
  const reason: KeptReason = isUnchanged ? "source-unchanged" : "checksum-equal";
  const isKept = withWholeGroups(tables, (table) => isWhole(table) && equal.has(tableKey(table)));
  const counts = await countRows(client, partial);
  // More rows than are known of: a part was committed, but the run ended before it was noted.
  const goOn = partial.filter((table) => counts.get(tableKey(table)) === totalsOf(partsOf(table)).rows);
  const left = tables.filter((table) => !isKept(table));
  return {
    kept: tables.filter(isKept).map((table) => ({ table, reason, lsn: null, ...totalsOf(partsOf(table)) })),
    tables: left,
    splits: await splitsOf(left, goOn, options),
    keptParts: new Map(goOn.map((table) => [tableKey(table), partsOf(table)])),
    toClear: left.filter((table) => !goOn.includes(table) && table.configurationFilter === null),
  };
}

/** Parts of one table must be of one snapshot, so that those that are not whole begin anew. */
async function followedStart(
  options: ResumeOptions,
  isTargetUnchanged: boolean,
  isWhole: (table: SourceTable) => boolean,
  partsOf: (table: SourceTable) => readonly CheckpointPart[],
): Promise<StartPoint> {
  const { tables, rewritten } = options;
  const isKept = withWholeGroups(tables, (table) => {
    if (rewritten.has(tableKey(table))) return false;
    const lsns = new Set(partsOf(table).map(({ lsn }) => lsn ?? null));
    return isTargetUnchanged && isWhole(table) && lsns.size === 1 && !lsns.has(null);
  });
  const left = tables.filter((table) => !isKept(table));
  const reason: KeptReason = "changes-follow";
  return {
    kept: tables
      .filter(isKept)
      .map((table) => ({ table, reason, lsn: partsOf(table)[0]?.lsn ?? null, ...totalsOf(partsOf(table)) })),
    tables: left,
    splits: await splitTables(left, options),
    keptParts: new Map(),
    toClear: left.filter((table) => table.configurationFilter === null),
  };
}

/** Partitions whose rows are mixed on the target stay together, or not at all. */
function withWholeGroups(
  tables: readonly SourceTable[],
  isKept: (table: SourceTable) => boolean,
): (table: SourceTable) => boolean {
  const broken = new Set(
    tables.flatMap((one) => (one.through && !isKept(one) ? [tableKey(one.through)] : [])),
  );
  return (table) => isKept(table) && (table.through === null || !broken.has(tableKey(table.through)));
}

/** Tables that go on are cut as they were. */
async function splitsOf(
  tables: readonly SourceTable[],
  goOn: readonly SourceTable[],
  options: ResumeOptions,
): Promise<TableSplits> {
  const splits = new Map(await splitTables(tables, options));
  const earlier = new Map(options.earlier.head.splits.map((split) => [tableKey(split), split]));
  const parts = groupParts(options.earlier.parts);
  for (const table of goOn) {
    const key = tableKey(table);
    const split = earlier.get(key);
    if (split) splits.set(key, splitAgain(split, parts.get(key)?.[0]?.parts ?? 0));
  }
  return splits;
}

function splitAgain(split: CheckpointSplit, parts: number): TableSplit {
  return "pages" in split
    ? { by: "pages", pages: split.pages, parts }
    : { by: "key", column: split.column, bounds: split.bounds };
}

function groupParts(parts: readonly CheckpointPart[]): ReadonlyMap<string, CheckpointPart[]> {
  const groups = new Map<string, CheckpointPart[]>();
  for (const part of parts) {
    const key = tableKey(part);
    const group = groups.get(key);
    if (group) group.push(part);
    else groups.set(key, [part]);
  }
  return groups;
}

function totalsOf(parts: readonly CheckpointPart[]): { rows: number; bytes: number } {
  return parts.reduce((sum, { rows, bytes }) => ({ rows: sum.rows + rows, bytes: sum.bytes + bytes }), {
    rows: 0,
    bytes: 0,
  });
}
