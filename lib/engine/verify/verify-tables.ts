import { toCodedError } from "@/lib/postgres/errors";
import { type Checksum, checksumText, sameChecksums } from "./checksum";
import { findDifferences } from "./find-differences";
import { describeFreshView, isFreshOnTarget } from "./fresh-view";
import type { VerifiedTable } from "./list-verified-tables";
import { readSmallChecksums, readTableChecksum } from "./read-checksums";
import { readDifferingRows } from "./read-rows";
import { type TablePair, takePath } from "./table-pair";
import type { VerifiedItem, VerifiedResult, VerifiedState } from "./verify-events";
import { type ResultDetails, resultOf, type VerifyRun } from "./verify-run";

/** Tables below it share statements: each alone would cost more in round trips than in reading. */
const SMALL_BYTES = 1024 * 1024;
const BATCH = 25;
/** Pieces of work under way at once, more than there are readers: what each asks is held as text while it waits for its turn. */
const LANES = 32;

/**
 * Compares the rows of tables that both sides have, the biggest first, and reports each; returns only how they came out, because
 * there may be 50,000 of them. Throws when a side is lost for good.
 */
export async function verifyTables(run: VerifyRun, pairs: readonly TablePair[]): Promise<VerifiedState[]> {
  const sorted = [...pairs].sort((a, b) => b.source.bytes + b.target.bytes - a.source.bytes - a.target.bytes);
  const fits = ({ bytes, path }: VerifiedTable) => bytes <= SMALL_BYTES && path === null;
  const isSmall = ({ source, target }: TablePair) => fits(source) && fits(target);
  const small = sorted.filter(isSmall);
  const work = sorted
    .filter((pair) => !isSmall(pair))
    .map((pair) => async () => [await verifyTable(run, pair)]);
  for (let at = 0; at < small.length; at += BATCH)
    work.push(() => verifyBatch(run, small.slice(at, at + BATCH)));
  const results = await settleInLanes(work);
  run.signal.throwIfAborted();
  return results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Begun in order, some at a time. All are waited for, so that none reports after a failure was told. */
async function settleInLanes<T>(
  work: readonly (() => Promise<T>)[],
): Promise<readonly PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  const left = work.entries();
  const lane = async () => {
    for (const [index, begin] of left) {
      const [result] = await Promise.allSettled([begin()]);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

/** One table: checksums of both sides at the same time, then the rows that differ. A table that cannot be read is unchecked. */
async function verifyTable(run: VerifyRun, pair: TablePair): Promise<VerifiedState> {
  const { item, source, target, hash } = pair;
  const startedAt = performance.now();
  run.report({ type: "item-started", item });
  const [ours, theirs] = await Promise.allSettled([
    readTableChecksum(
      { table: source, hash },
      {
        side: run.source,
        throttle: run.sourceThrottle,
        onProgress: (bytes) => run.report({ type: "item-progress", item, bytes }),
      },
    ),
    readTableChecksum({ table: target, hash }, { side: run.target, throttle: run.targetThrottle }),
  ]);
  run.signal.throwIfAborted();
  if (ours.status === "rejected") return unchecked(run, item, startedAt, "source", ours.reason);
  if (theirs.status === "rejected") return unchecked(run, item, startedAt, "target", theirs.reason);
  return await conclude(run, pair, startedAt, ours.value, theirs.value);
}

async function verifyBatch(run: VerifyRun, pairs: readonly TablePair[]): Promise<VerifiedState[]> {
  const startedAt = performance.now();
  for (const { item } of pairs) run.report({ type: "item-started", item });
  const request = (side: "source" | "target") =>
    pairs.map((pair) => ({ table: pair[side], hash: pair.hash }));
  const [ours, theirs] = await Promise.allSettled([
    readSmallChecksums(request("source"), { side: run.source, throttle: run.sourceThrottle }),
    readSmallChecksums(request("target"), { side: run.target, throttle: run.targetThrottle }),
  ]);
  run.signal.throwIfAborted();
  const left = ours.status === "fulfilled" ? ours.value : null;
  const right = theirs.status === "fulfilled" ? theirs.value : null;
  const results = await Promise.allSettled(
    pairs.map((pair, index) => {
      const [source, target] = [left?.[index], right?.[index]];
      return source && target ? conclude(run, pair, startedAt, source, target) : verifyTable(run, pair);
    }),
  );
  return results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

async function conclude(
  run: VerifyRun,
  pair: TablePair,
  startedAt: number,
  source: Checksum,
  target: Checksum,
): Promise<VerifiedState> {
  const { item, columnsDiffer } = pair;
  const figures: ResultDetails = {
    sourceRows: `${source.rows}`,
    targetRows: `${target.rows}`,
    sourceChecksum: checksumText(source),
    targetChecksum: checksumText(target),
  };
  if (sameChecksums(source, target)) {
    const state = columnsDiffer === null ? "equal" : "different";
    return ended(run, resultOf(item, state, columnsDiffer, startedAt, figures));
  }
  // The tables it is made from are compared too, so the same query must give the same.
  const mayBeStale = item.kind === "materialized-view" && run.everyTable && columnsDiffer === null;
  if (mayBeStale && (await isFreshOnTarget(run, pair, target))) {
    const message = describeFreshView(pair);
    run.report({ type: "note", message });
    return ended(run, resultOf(item, "equal", message, startedAt, figures));
  }
  try {
    const { rows, total, limited } = await drillDown(run, pair);
    run.signal.throwIfAborted();
    if (total === 0) {
      const message =
        "Its checksums differ, but no row did when looked for: it was rewritten meanwhile (TRUNCATE, ALTER TABLE, REFRESH). Verify again.";
      return ended(run, resultOf(item, "unchecked", message, startedAt, figures));
    }
    if (rows.length > 0) run.report({ type: "rows-differ", item, rows });
    const details = { ...figures, differences: total, differencesLimited: limited };
    const message = [columnsDiffer, describeRows(total, limited, rows.length)].filter(Boolean).join(" ");
    return ended(run, resultOf(item, "different", message, startedAt, details));
  } catch (error) {
    run.signal.throwIfAborted();
    const { message } = toCodedError(error, "INTERNAL");
    const text = `The rows differ; which ones could not be found out: ${message}`;
    return ended(run, resultOf(item, "different", text, startedAt, { ...figures, differencesLimited: true }));
  }
}

/** On one reader of each side, the source's first, so that two tables never wait for each other. */
async function drillDown(run: VerifyRun, pair: TablePair) {
  return await run.source.read(
    (ours) =>
      run.target.read(
        async (theirs) => {
          await Promise.all([takePath(ours, pair.source), takePath(theirs, pair.target)]);
          const clients = [ours, theirs] as const;
          const found = await findDifferences(pair, clients, run);
          const rows = await readDifferingRows(pair, clients, found.kept);
          return { rows, total: found.total, limited: found.limited };
        },
        { first: true },
      ),
    { first: true },
  );
}

function describeRows(total: number, limited: boolean, told: number): string {
  const count = `${total.toLocaleString("en")} ${total === 1 ? "row" : "rows"}`;
  const verb = total === 1 ? "differs" : "differ";
  if (limited) return `At least ${count} ${verb}; the search was ended there.`;
  return told < total
    ? `${count} ${verb}; the first ${told.toLocaleString("en")} are told.`
    : `${count} ${verb}.`;
}

function unchecked(
  run: VerifyRun,
  item: VerifiedItem,
  startedAt: number,
  side: string,
  error: unknown,
): VerifiedState {
  const { message } = toCodedError(error, "INTERNAL");
  return ended(
    run,
    resultOf(item, "unchecked", `It could not be read on the ${side}: ${message}`, startedAt),
  );
}

function ended(run: VerifyRun, result: VerifiedResult): VerifiedState {
  run.report({ type: "item-ended", result });
  return result.state;
}
