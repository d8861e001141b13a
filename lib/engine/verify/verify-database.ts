import { chooseJobs } from "../choose-jobs";
import { collectGarbage } from "../collect-garbage";
import { filterSchema } from "../filter/filter-schema";
import { type ResolvedFilter, resolveOptionalFilter } from "../filter/resolve-filter";
import { Throttle, UNTHROTTLED } from "../throttle";
import { chooseHash } from "./choose-hash";
import { verifyDatabaseSettings } from "./verify-database-settings";
import type { VerifiedState } from "./verify-events";
import { readExtensions, verifyExtensions } from "./verify-extensions";
import { verifyLargeObjects } from "./verify-large-objects";
import type { DatabaseVerification, VerifyDatabaseOptions } from "./verify-options";
import { plannedEvent, planVerification, readTables, type VerifyPlan } from "./verify-plan";
import type { VerifyRun } from "./verify-run";
import { verifySchema } from "./verify-schema";
import { readSequences, verifySequence } from "./verify-sequences";
import { VerifySide } from "./verify-side";
import { verifyTables } from "./verify-tables";

const DEFAULT_MAX_DIFFERENCES = 1_000;

/**
 * Compares two databases, each as of one snapshot, and reports what differs, of tables down to the rows. Writes to neither and takes
 * no lock but ACCESS SHARE. What could not be compared makes the outcome incomplete, never equal. Throws CodedError when a side
 * cannot be reached or asked what it holds, and the signal's reason when aborted; no session is left on either server then.
 */
export async function verifyDatabase(options: VerifyDatabaseOptions): Promise<DatabaseVerification> {
  const { signal } = options;
  const limits = options.limits ?? (() => UNTHROTTLED);
  using sourceThrottle = new Throttle(limits);
  using targetThrottle = new Throttle(limits);
  const readers = { jobs: 1 };
  const limit = () => Math.min(readers.jobs, sourceThrottle.limits.connections ?? readers.jobs);
  await using source = await VerifySide.start("source", options.source, limit, signal);
  await using target = await VerifySide.start("target", options.target, limit, signal);
  try {
    const hash = await chooseHash(source, target);
    const { jobs: asked, target: settings } = options;
    readers.jobs = await source.read((ours) =>
      target.read((theirs) => chooseJobs({ asked, source: ours, target: theirs, settings, signal })),
    );
    const run: VerifyRun = {
      source,
      target,
      sourceThrottle,
      targetThrottle,
      hash,
      maxDifferences: options.maxDifferences ?? DEFAULT_MAX_DIFFERENCES,
      everyTable: options.onlyTables === undefined,
      report: (event) => {
        if (!signal.aborted) options.report(event);
      },
      signal,
    };
    return await verify(run, options);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function verify(run: VerifyRun, options: VerifyDatabaseOptions): Promise<DatabaseVerification> {
  const { source, target } = run;
  const filter = await source.read((client) => resolveOptionalFilter(client, options.filter));
  const [ours, theirs] = await Promise.all([readTables(source), readTables(target)]);
  const [left, right] = await Promise.all([readSequences(run, "source"), readSequences(run, "target")]);
  const extensions = await readExtensions(run);
  const plan = planVerification({
    tables: [ours, theirs],
    sequences: [left, right],
    extensions,
    filter,
    onlyTables: options.onlyTables,
    hash: run.hash,
  });
  run.report(plannedEvent(plan));
  collectGarbage(plan.pairs.length);
  for (const pattern of plan.unmatched)
    run.report({ type: "note", message: `No table is meant by the pattern ${pattern}.` });
  const states = await compareAll(run, plan, filter);
  const different = states.filter((state) => state === "different").length;
  const unchecked = states.filter((state) => state === "unchecked").length;
  const incomplete = unchecked + plan.unmatched.length > 0 || states.length === 0;
  return {
    outcome: different > 0 ? "different" : incomplete ? "incomplete" : "equal",
    items: states.length,
    different,
    unchecked,
  };
}

async function compareAll(
  run: VerifyRun,
  plan: VerifyPlan,
  filter: ResolvedFilter,
): Promise<VerifiedState[]> {
  for (const result of plan.settled) {
    if (result.item.kind !== "sequence") run.report({ type: "item-started", item: result.item });
    run.report({ type: "item-ended", result });
  }
  const others = plan.whole
    ? [
        verifySchema(run, (dumped) => filterSchema(dumped, filter)),
        verifyDatabaseSettings(run),
        verifyLargeObjects(run),
      ]
    : [];
  // All are waited for, so that none is at work on a session that is being ended.
  const verifyPairs = async () => {
    const verified = await verifyTables(run, plan.pairs);
    // The second dump of the schema may still be under way, and thousands of tables weigh as much.
    plan.pairs = [];
    return verified;
  };
  const [tables, ...rest] = await Promise.allSettled([verifyPairs(), ...others]);
  run.signal.throwIfAborted();
  if (tables.status === "rejected") throw tables.reason;
  const results = [...plan.settled];
  if (plan.extensions.length > 0) results.push(verifyExtensions(run, plan.extensions));
  for (const one of rest) {
    if (one.status === "rejected") throw one.reason;
    results.push(one.value);
  }
  results.push(...plan.sequences.map((pair) => verifySequence(run, pair.source, pair.target)));
  return [...tables.value, ...results.map(({ state }) => state)];
}
