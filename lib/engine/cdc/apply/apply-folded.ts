import { foldChanges, type KeyedChange } from "./fold";
import { type PipelineSession, StatementError } from "./pipeline-session";
import type { PlannedChange, PlannedRow } from "./planned-change";
import { rowStep } from "./row-way";
import { absentRows, deleteRows, insertRows, type Statement, updateRows } from "./statements";
import type { TablePlan } from "./table-plan";

/** Fewer changes of a table are quicker one by one. */
const WORTH_FOLDING = 4;

/**
 * Applies changes in the open transaction, put together by key, a few statements for each table. False when the target
 * refused something or other rows were hit than expected: then it is as before. Throws a connection error.
 */
export async function applyFolded(
  session: PipelineSession,
  changes: readonly PlannedChange[],
): Promise<boolean> {
  session.send("savepoint howdah_folded");
  const before = session.queued;
  const expected = sendFolded(session, changes);
  try {
    const results = await session.sync();
    const isExpected = (rows: number | null, n: number) =>
      rows === null || results[before + n]?.rows === rows;
    if (expected?.every(isExpected)) return true;
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    // The savepoint, or what was queued before it.
    if (error.index < before) throw error.cause;
  }
  session.send("rollback to savepoint howdah_folded");
  await session.sync();
  return false;
}

interface Group {
  plan: TablePlan;
  changes: KeyedChange[];
}

/** Queues statements; gives the rows each must hit, or null when a change cannot be sent. */
function sendFolded(session: PipelineSession, changes: readonly PlannedChange[]): (number | null)[] | null {
  const expected: (number | null)[] = [];
  let groups = new Map<string, Group>();
  let last: Group | null = null;
  const sendGroups = () => {
    for (const group of groups.values()) if (!sendGroup(session, group, expected)) return false;
    groups = new Map();
    last = null;
    return true;
  };
  for (const change of changes) {
    if (change.kind === "truncate") {
      if (!sendGroups()) return null;
      for (const sql of change.statements) {
        session.send(sql);
        expected.push(null);
      }
    } else if (last?.plan === change.plan) last.changes.push(change.change);
    else {
      last = add(groups, change);
      if (last) continue;
      // Seen with other columns or another key from here on.
      if (!sendGroups()) return null;
      last = add(groups, change);
    }
  }
  return sendGroups() ? expected : null;
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

function sendGroup(session: PipelineSession, { plan, changes }: Group, expected: (number | null)[]): boolean {
  const folded = changes.length < WORTH_FOLDING ? null : foldChanges(plan, changes);
  const send = ({ sql, values, expected: rows }: Statement) => {
    session.send(sql, values);
    expected.push(rows);
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
