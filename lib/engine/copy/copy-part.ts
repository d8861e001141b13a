import { type CopyRelayResult, relayCopy } from "@/lib/postgres/copy-relay";
import { qualified } from "@/lib/postgres/sql";
import type { CopyFormat } from "../events";
import type { CopyPair } from "./copy-pair";
import { copyInStatement, copyOutStatement, type PageRange } from "./copy-statements";
import type { SourceTable } from "./list-tables";

export interface CopyPart {
  table: SourceTable;
  format: CopyFormat;
  /** Pages to copy; null for the whole table. */
  range: PageRange | null;
  /** Empty the target table first, in the same transaction: a try before this one may have left rows. */
  truncate: boolean;
  onProgress: (bytes: number) => void;
}

/** Above this size rows are written frozen, which saves the target a later pass over them; below, TRUNCATE costs more. */
const FREEZE_BYTES = 16 * 1024 * 1024;

/**
 * Copies a table or a part of it in one transaction of the target: all of its rows are there afterwards, or none.
 * Throws what relayCopy() throws; the pair is closed then.
 */
export async function copyPart(
  pair: CopyPair,
  part: CopyPart,
  signal: AbortSignal,
): Promise<CopyRelayResult> {
  const { table, format, range } = part;
  const isConfiguration = table.configurationFilter !== null;
  // CREATE EXTENSION may have put rows of its own into a configuration table: they stay.
  const freeze = range === null && !isConfiguration && table.bytesEstimated >= FREEZE_BYTES;
  const truncate = (part.truncate || freeze) && !isConfiguration;
  if (truncate) await pair.target.query(`begin; truncate only ${qualified(table.schema, table.name)}`);
  const result = await relayCopy({
    source: pair.source,
    target: pair.target,
    copyOut: copyOutStatement(table, format, range),
    copyIn: copyInStatement(table, format, freeze),
    onProgress: part.onProgress,
    signal,
  });
  if (truncate) await pair.target.query("commit");
  return result;
}
