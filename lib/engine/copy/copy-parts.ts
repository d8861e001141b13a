import { type CopyRelayResult, relayCopies } from "@/lib/postgres/copy-relay";
import type { Report } from "../events";
import type { Throttle } from "../throttle";
import { CommitUnknownError } from "./commit-outcome";
import type { CopyPair } from "./copy-pair";
import { copyInStatement, copyOutStatement, emptyStatement } from "./copy-statements";
import type { RunPart } from "./table-run";

/** Above this size rows are written frozen, which saves the target a later pass over them; below, TRUNCATE costs more. */
const FREEZE_BYTES = 16 * 1024 * 1024;

export interface CopyPartsOptions {
  report: Report;
  throttle: Throttle;
  /** Called whenever bytes flow. */
  onFlow: () => void;
  /** Given the results before the commit; they hold when that turns out to have succeeded. */
  onRelayed: (results: readonly CopyRelayResult[]) => void;
  signal: AbortSignal;
}

/**
 * Copies the parts in one transaction of the target: afterwards all of their rows are there, or none. Rows are compared
 * before the commit. Throws what relayCopies() throws, CommitUnknownError when it was the commit that broke; the pair must be
 * terminated then.
 */
export async function copyParts(
  pair: CopyPair,
  parts: readonly RunPart[],
  { report, throttle, onFlow, onRelayed, signal }: CopyPartsOptions,
): Promise<void> {
  let transaction = "";
  const results = await relayCopies({
    source: pair.source,
    target: pair.target,
    prepareTarget: [
      "begin",
      "select pg_catalog.txid_current()",
      ...parts.flatMap((part) => (needsEmptying(part) ? [emptyStatement(part.run.table)] : [])),
    ],
    onPrepared: (value) => {
      transaction = value;
    },
    copies: parts.map((part) => ({
      copyOut: copyOutStatement(part.run.table, part.run.way, part.range),
      copyIn: copyInStatement(part.run.table, part.run.way, isFrozen(part)),
    })),
    onProgress: (progress, index) => {
      onFlow();
      const part = parts[index];
      part?.run.progress(report, part.part, progress);
    },
    pace: throttle,
    signal,
  });
  onRelayed(results);
  onFlow();
  try {
    await pair.target.query("commit");
  } catch (error) {
    throw new CommitUnknownError(transaction, error);
  }
}

/** Never a partition that holds rows of others. */
function needsEmptying(part: RunPart): boolean {
  const { table, isRepeated } = part.run;
  if (table.through !== null) return false;
  return isRepeated || isFrozen(part) || table.configurationFilter !== null;
}

/** Only what is truncated in the same transaction may be frozen, so never a part, an extension's table or what is written elsewhere. */
function isFrozen({ run: { table }, range }: RunPart): boolean {
  const isWhole = range === null && table.configurationFilter === null && table.through === null;
  return isWhole && table.bytesEstimated >= FREEZE_BYTES;
}
