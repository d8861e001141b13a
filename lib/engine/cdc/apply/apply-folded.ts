import { foldChanges, type KeyedChange } from "./fold";
import { type PipelineSession, StatementError } from "./pipeline-session";
import type { PlannedChange, PlannedRow } from "./planned-change";
import { rowStep } from "./row-way";
import { absentRows, deleteRows, insertRows, type Statement, updateRows } from "./statements";
import type { TablePlan } from "./table-plan";

/** Fewer changes of a table are quicker one by one. */
const WORTH_FOLDING = 4;

export interface FoldFailure {
  /** Id of the table's plan whose statement failed; null when it is none's alone. */
  table: string | null;
}

/**
 * Applies changes in the open transaction, put together by key, a few statements for each table; those of tables that are
 * `inOrder` one by one. Resolves to a failure when the target refused something or other rows were hit than expected: then
 * all is as before. Throws a connection error.
 */
export async function applyFolded(
  session: PipelineSession,
  changes: readonly PlannedChange[],
  inOrder: (table: string) => boolean,
): Promise<FoldFailure | null> {
  session.send("savepoint howdah_folded");
  const before = session.queued;
  const sent: Sent[] = [];
  let failed: Sent | undefined;
  const isSent = sendFolded(session, changes, sent, inOrder);
  try {
    const results = await session.sync();
    failed = sent.find(({ expected }, n) => expected !== null && results[before + n]?.rows !== expected);
    if (isSent && !failed) return null;
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    // The savepoint, or what was queued before it.
    if (error.index < before) throw error.cause;
    failed = sent[error.index - before];
  }
  session.send("rollback to savepoint howdah_folded");
  await session.sync();
  return { table: failed?.table ?? null };
}

interface Group {
  plan: TablePlan;
  changes: KeyedChange[];
}

/** A statement that was queued: the rows it must hit, and the table whose changes it makes. */
interface Sent {
  expected: number | null;
  table: string | null;
}

/** Queues statements; false when a change cannot be sent. */
function sendFolded(
  session: PipelineSession,
  changes: readonly PlannedChange[],
  sent: Sent[],
  inOrder: (table: string) => boolean,
): boolean {
  let groups = new Map<string, Group>();
  let last: Group | null = null;
  const sendGroups = () => {
    for (const group of groups.values())
      if (!sendGroup(session, group, sent, inOrder(group.plan.id))) return false;
    groups = new Map();
    last = null;
    return true;
  };
  for (const change of changes) {
    if (change.kind === "truncate") {
      if (!sendGroups()) return false;
      for (const sql of change.statements) {
        session.send(sql);
        sent.push({ expected: null, table: null });
      }
    } else if (last?.plan === change.plan) last.changes.push(change.change);
    else {
      last = add(groups, change);
      if (last) continue;
      // Seen with other columns or another key from here on.
      if (!sendGroups()) return false;
      last = add(groups, change);
    }
  }
  return sendGroups();
}

/** The group that the change was put into; null when the table's group has another plan. */
function add(groups: Map<string, Group>, { plan, change }: PlannedRow): Group | null {
  const known = groups.get(plan.id);
  if (known && known.plan !== plan) return null;
  const group = known ?? { plan, changes: [] };
  group.changes.push(change);
  if (!known) groups.set(plan.id, group);
  return group;
}

function sendGroup(
  session: PipelineSession,
  { plan, changes }: Group,
  sent: Sent[],
  isInOrder: boolean,
): boolean {
  const folded = isInOrder || changes.length < WORTH_FOLDING ? null : foldChanges(plan, changes);
  const send = ({ sql, values, expected }: Statement) => {
    session.send(sql, values);
    sent.push({ expected, table: plan.id });
  };
  if (!folded) {
    for (const change of changes) {
      const step = rowStep(plan, change, false);
      if (step === "unknown row") return false;
      if (step !== "nothing") send(step);
    }
    return true;
  }
  if (folded.absent.length > 0) send(absentRows(plan, folded.absent));
  if (folded.deletes.length > 0) send(deleteRows(plan, folded.deletes));
  for (const update of folded.updates) send(updateRows(plan, update));
  if (folded.inserts.length > 0) send(insertRows(plan, folded.inserts));
  return true;
}
