import { formatLsn, type Lsn, parseLsn } from "@/lib/postgres/lsn";
import type { ReplicationSession } from "@/lib/postgres/replication/replication-session";
import { CodedError } from "@/lib/util/coded-error";

/** Under which a position of the source's WAL means what it says (continuous-archiving.html, timelines). */
export interface SourceHistory {
  /** Decimal; null where it was not told. */
  systemId: string | null;
  timeline: number;
}

export interface HistoryCheck {
  session: ReplicationSession;
  slot: string;
  /** Under which `lsn` was reached; null: not known. */
  known: SourceHistory | null;
  /** Everything before it is on the target. */
  lsn: Lsn;
  /** Asked only when something is amiss. */
  isStandby: () => Promise<boolean>;
}

/**
 * A source that was set back, or is a standby now that had not received everything, writes new changes at positions the
 * target has passed: they would be taken for applied ones. Returns the source's history as it is now. Throws CodedError
 * SOURCE_BEHIND (transient while a standby may still catch up), or what the server reports.
 */
export async function assertSourceHolds(check: HistoryCheck): Promise<SourceHistory> {
  const { session, slot, known, lsn, isStandby } = check;
  const { systemId, timeline, flushedLsn } = await session.identifySystem();
  if (flushedLsn < lsn) throw behind(slot, lsn, `ends at ${formatLsn(flushedLsn)}`, await isStandby());
  const now = { systemId, timeline };
  const isOther = known !== null && known.systemId !== null && known.systemId !== systemId;
  // One that was upgraded by pg_upgrade begins another history at a later position.
  if (known === null || isOther || known.timeline === timeline) return now;
  const ends = timeline > known.timeline ? await readEnds(session, timeline) : new Map<number, Lsn>();
  // A server without the file that tells of its history.
  if (ends === null) return now;
  const end = ends.get(known.timeline);
  if (end === undefined) throw behind(slot, lsn, `is that of another timeline, ${timeline}`, false);
  if (end < lsn)
    throw behind(slot, lsn, `goes on from ${formatLsn(end)} on another timeline, ${timeline}`, false);
  return now;
}

/** Where each earlier timeline ended, by its number; null when the server cannot tell. */
async function readEnds(session: ReplicationSession, timeline: number): Promise<Map<number, Lsn> | null> {
  const text = await session.timelineHistory(timeline);
  if (text === null) return null;
  const lines = [...text.matchAll(/^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/gm)];
  return new Map(lines.map(([, before = "", lsn = ""]) => [Number(before), parseLsn(lsn)]));
}

function behind(slot: string, lsn: Lsn, how: string, transient: boolean): CodedError {
  const message = `The target has applied everything up to ${formatLsn(lsn)}, but the source's WAL ${how}: it was set back to an earlier state, or failed over to a server that was not in step. The target holds changes that the source has lost, and later ones of the source could not be told from them.`;
  return new CodedError("SOURCE_BEHIND", message, { subject: slot, transient });
}
