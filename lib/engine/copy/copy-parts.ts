import { relayCopies } from "@/lib/postgres/copy-relay";
import type { Report } from "../events";
import type { CopyPair } from "./copy-pair";
import { copyInStatement, copyOutStatement, emptyStatement } from "./copy-statements";
import type { RunPart } from "./table-run";

/** Above this size rows are written frozen, which saves the target a later pass over them; below, TRUNCATE costs more. */
const FREEZE_BYTES = 16 * 1024 * 1024;

/**
 * Copies the parts in one transaction of the target: afterwards all of their rows are there, or none. Rows are compared
 * before the commit. Throws what relayCopies() and the commit throw; the pair must be terminated then, and whether the
 * rows are there is not known when it was the commit that broke.
 */
export async function copyParts(
  pair: CopyPair,
  parts: readonly RunPart[],
  { report, signal }: { report: Report; signal: AbortSignal },
): Promise<void> {
  const results = await relayCopies({
    source: pair.source,
    target: pair.target,
    prepareTarget: [
      "begin",
      ...parts.flatMap((part) => (needsEmptying(part) ? [emptyStatement(part.run.table)] : [])),
    ],
    copies: parts.map((part) => ({
      copyOut: copyOutStatement(part.run.table, part.run.way, part.range),
      copyIn: copyInStatement(part.run.table, part.run.way, isFrozen(part)),
    })),
    onProgress: (bytes, index) => {
      const part = parts[index];
      part?.run.progress(report, part.part, bytes);
    },
    signal,
  });
  await pair.target.query("commit");
  for (const [index, { run, part }] of parts.entries()) {
    const result = results[index];
    if (result) run.complete(part, result);
  }
}

function needsEmptying(part: RunPart): boolean {
  const { table, isRepeated } = part.run;
  return isRepeated || isFrozen(part) || table.configurationFilter !== null;
}

/** Only what is truncated in the same transaction may be frozen, so never a part or an extension's table. */
function isFrozen({ run: { table }, range }: RunPart): boolean {
  return range === null && table.configurationFilter === null && table.bytesEstimated >= FREEZE_BYTES;
}
