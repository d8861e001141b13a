import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { type Lsn, parseLsn } from "@/lib/postgres/lsn";
import type { Report } from "../events";
import { Applier } from "./apply/applier";
import { dropTargetCapture } from "./drop-capture";
import type { FollowStart } from "./follow-options";

/** Where the stream has to begin: the least position of all tables. */
export function startLsnOf({ tables }: Pick<FollowStart, "tables">): Lsn {
  return (
    tables.reduce<Lsn | null>((least, table) => {
      const lsn = parseLsn(table.lsn);
      return least === null || lsn < least ? lsn : least;
    }, null) ?? 0n
  );
}

/**
 * Makes the target's record of how far it is, before anything is applied: from then on its absence means that a cutover has
 * come to its clean-up. What a dead run of that name has left, whose position says nothing of these rows, is replaced: origins
 * outlive their database. The caller flushes the target. Throws as Applier.open() and dropTargetCapture() do.
 */
export async function beginProgress(
  target: ConnectionSettings,
  { capture, tables }: Pick<FollowStart, "capture" | "tables">,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await dropTargetCapture(target, capture.name, signal);
  const nothing = () => undefined;
  await using _applier = await Applier.open({
    ...{ target, name: capture.name, startLsn: startLsnOf({ tables }), signal },
    tableLsn: () => null,
    valueEncoding: "utf8",
    onDivergence: "stop",
    onDiverged: nothing,
    onTableStopped: nothing,
    onNote: (message) => report({ type: "note", message }),
  });
}
