import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import type { DivergencePolicy } from "../follow-options";
import { type PipelineSession, StatementError, type StatementResult } from "./pipeline-session";
import { type BadChange, BadChangeError, type PlannedChange, type PlannedRow } from "./planned-change";
import { rowStep } from "./row-way";

/** As many statements are repeated when one of them fails. */
const CHUNK = 500;

/**
 * Applies changes in the open transaction one by one, in the order of the source. Returns those that diverged and were left
 * out, under policy "continue". Throws BadChangeError at the first one otherwise, and at one that the target refuses; the
 * transaction is of no use then. Throws a connection error.
 */
export async function applyInOrder(
  session: PipelineSession,
  changes: readonly PlannedChange[],
  policy: DivergencePolicy,
): Promise<BadChange[]> {
  const diverged: BadChange[] = [];
  for (let from = 0; from < changes.length; from += CHUNK)
    diverged.push(...(await applyChunk(session, changes.slice(from, from + CHUNK), from, policy)));
  return diverged;
}

/** A statement that was queued. */
interface Sent {
  /** Place of its change among all. */
  index: number;
  change: PlannedChange;
  /** Place of the statement among those queued. */
  at: number;
  expected: number | null;
}

interface Outcome {
  diverged: BadChange[];
  failed: { sent: Sent; cause: unknown } | null;
}

async function applyChunk(
  session: PipelineSession,
  changes: readonly PlannedChange[],
  from: number,
  policy: DivergencePolicy,
): Promise<BadChange[]> {
  const failures: BadChange[] = [];
  for (;;) {
    const { sent, unknown } = sendChunk(session, changes, from, failures, policy);
    const { diverged, failed } = await check(session, sent);
    const bad = [...diverged, ...unknown];
    const conflict = failed && conflictOf(failed.sent, failed.cause);
    if (policy === "stop") {
      const first = bad.sort((one, other) => one.index - other.index)[0] ?? conflict;
      if (first) throw new BadChangeError(first.index, first.row, first);
    }
    if (!failed) return [...failures, ...bad];
    if (!conflict) throw new BadChangeError(failed.sent.index, failed.sent.change, null, failed.cause);
    failures.push(conflict);
    session.send("rollback to savepoint howdah_chunk");
    await session.sync();
  }
}

/** Queues the statements of changes that have not failed; under policy "stop" none after one whose row is not told. */
function sendChunk(
  session: PipelineSession,
  changes: readonly PlannedChange[],
  from: number,
  failures: readonly BadChange[],
  policy: DivergencePolicy,
): { sent: Sent[]; unknown: BadChange[] } {
  const sent: Sent[] = [];
  const unknown: BadChange[] = [];
  const left = new Set(failures.map(({ index }) => index));
  const send = (
    index: number,
    change: PlannedChange,
    sql: string,
    values: (string | null)[],
    expected: number | null,
  ) => {
    sent.push({ index, change, at: session.queued, expected });
    session.send(sql, values);
  };
  session.send("savepoint howdah_chunk");
  for (const [offset, change] of changes.entries()) {
    const index = from + offset;
    if (left.has(index)) continue;
    if (change.kind === "truncate") {
      for (const sql of change.statements) send(index, change, sql, [], null);
      continue;
    }
    const step = rowStep(change.plan, change.change, left.size > 0);
    if (step === "unknown row") {
      unknown.push({ index, row: change, message: "The source does not tell which row it was." });
      if (policy === "stop") break;
    } else if (step !== "nothing") send(index, change, step.sql, step.values, step.expected);
  }
  session.send("release savepoint howdah_chunk");
  return { sent, unknown };
}

async function check(session: PipelineSession, sent: readonly Sent[]): Promise<Outcome> {
  let results: readonly StatementResult[];
  let failed: Outcome["failed"] = null;
  try {
    results = await session.sync();
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    const culprit = sent.find(({ at }) => at === error.index);
    if (!culprit) throw error.cause;
    failed = { sent: culprit, cause: error.cause };
    results = error.results;
  }
  const diverged = sent.flatMap(({ index, change, at, expected }): BadChange[] => {
    const rows = results[at]?.rows;
    if (rows === undefined || expected === null || rows === expected || change.kind === "truncate") return [];
    return [{ index, row: change, message: describe(change, rows) }];
  });
  return { diverged, failed };
}

function describe({ change }: PlannedRow, rows: number): string {
  if (rows > 1) return `The change hit ${rows} rows on the target.`;
  return change.kind === "insert"
    ? "A row with the same unique values stands on the target already."
    : "The target has no such row.";
}

/** unique_violation, exclusion_violation: the source had no other row there. */
const CONFLICTS: ReadonlySet<string> = new Set(["23505", "23P01"]);

function conflictOf({ index, change }: Sent, cause: unknown): BadChange | null {
  if (change.kind === "truncate" || !CONFLICTS.has(sqlStateOf(cause) ?? "")) return null;
  return { index, row: change, message: toCodedError(cause, "CHANGE_DIVERGED").message };
}
