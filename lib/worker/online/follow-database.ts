import type { FollowResult, FollowStart } from "@/lib/engine/cdc/follow-options";
import { parseCutoverResult } from "@/lib/migrations/follow-figures";
import type { CutoverResult } from "@/lib/migrations/read-model";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { endDatabase } from "@/lib/store/database-progress";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { openFollowing, writeCutover } from "@/lib/store/online/follow-progress";
import { leavePhases } from "@/lib/store/phases";
import { appendProblems, countErrorCodes } from "@/lib/store/problems";
import { fenced } from "@/lib/store/run";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { endCanceled } from "../cancel-database";
import { endFailed } from "../database-ending";
import { maintenanceOf, openEndpoints, targetNameOf } from "../endpoints";
import { lockTargetDatabase } from "../lock-target-database";
import { type DatabaseTask, ROOM_PAUSES_MS } from "../migrate-database";
import { Patience } from "../patience";
import { retryLimitMs } from "../retry-minutes";
import type { RunContext } from "../run-context";
import { isStoreError } from "../store-error";
import { mayPass, waitForServers } from "../wait-for-servers";
import { CrashGuard, readCrash } from "./crash-guard";
import { dropCaptureOf } from "./drop-captures";
import { capturePartsOf } from "./engine-parts";
import { resultOf } from "./follow-fold";
import { describeCutover, describeEnd } from "./follow-messages";
import type { FollowReporter } from "./follow-reporter";
import { onlineChoicesOf } from "./online-choices";

/** What is watched of a database that is followed. */
export interface FollowHooks {
  reporter: FollowReporter;
  /** The target is behind by less than a second, and the store knows. */
  onCaughtUp: () => void;
}

/**
 * What people can mend on a server while it is waited for. Nothing is lost meanwhile: the slot keeps what is changed, and
 * giving up at once would mean to copy everything again.
 */
const MENDABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DISK_FULL",
  "CHANGE_REFUSED",
  "PRIVILEGE_MISSING",
  "REPLICATION_RIGHT_MISSING",
  "PASSWORD_REJECTED",
  "LOGIN_NOT_PERMITTED",
  "NO_PG_HBA_ENTRY",
  "CERTIFICATE_EXPIRED",
  "TARGET_READ_ONLY",
]);

/** Milliseconds: what the source could not decode until then it never will. */
const UNREADABLE_GRACE_MS = 60_000;

/** Milliseconds behind the source: what could crash it has been read. */
const LEVEL_MS = 1_000;

/** Crashes that are a database's own, nothing applied in between, after which the source is left alone. */
const CRASH_LIMIT = 2;

/** Milliseconds: then a table that was altered on the source and not on the target does not hold up the others any longer. */
const REFUSAL_GRACE_MS = 300_000;

/**
 * Follows one database whose rows are on the target until it was cut over, and notes how it ended. Failures that may pass, or
 * be mended, are waited out; any other ends this database and removes its slot. Never throws for what happens to the database; throws when the
 * signal is aborted, the run is superseded or the store is away.
 */
export async function followMoved(
  context: RunContext,
  given: DatabaseTask,
  start: FollowStart,
  hooks: FollowHooks,
): Promise<void> {
  const { run, signal, wishes } = context;
  const { database } = given;
  let task = given;
  let failures = 0;
  const patience = new Patience(retryLimitMs());
  const mending = new Patience(retryLimitMs(), undefined, ROOM_PAUSES_MS);
  const reading = new Patience(Math.min(UNREADABLE_GRACE_MS, retryLimitMs()));
  const guard = CrashGuard.of(given.endpoints.source);
  let blamed = 0;
  const onProgress = () => {
    blamed = 0;
    for (const one of [patience, mending, reading]) one.progress();
  };
  try {
    for (;;) {
      signal.throwIfAborted();
      if (wishes.isCanceled(database.id)) return await endCanceled(context, task);
      // It may go on for days: passwords are replaced meanwhile.
      if (failures++ > 0) task = { ...given, endpoints: await openEndpoints(given.migration) };
      const { optionsChange } = wishes;
      using trial = await guard.enter();
      signal.throwIfAborted();
      try {
        const stopsRefused = mending.ms >= Math.min(REFUSAL_GRACE_MS, retryLimitMs() / 2);
        if (!(await isCutOver(database.id)))
          await follow(context, task, start, {
            ...{ ...hooks, onProgress, stopsRefused },
            onLevel: () => trial?.end(),
          });
        return await endCutOver(context, task);
      } catch (error) {
        const failedAt = performance.now();
        const isOnTrial = trial?.isOpen ?? false;
        trial?.end();
        signal.throwIfAborted();
        if (wishes.isCanceled(database.id) || optionsChange.aborted) continue;
        if (isStoreError(error)) throw error;
        const coded = toCodedError(error, "INTERNAL", database.name);
        await hooks.reporter.flush();
        const isMendable = MENDABLE.has(coded.code);
        const isUnreadable = coded.code === "CHANGE_UNREADABLE";
        const waited = isMendable ? mending : isUnreadable ? reading : patience;
        const mayWait = isMendable || mayPass(coded);
        if (mayWait && (await waitForServers(context, task, coded, waited))) {
          const source = { ...task.endpoints.source, database: database.name };
          const crash = await readCrash(source, performance.now() - failedAt, signal);
          if (crash !== null) guard.crashed(crash);
          const isOwn = isOnTrial && crash !== null && trial?.isOwn(crash);
          if (!isOwn || ++blamed < CRASH_LIMIT) continue;
        }
        await endFailed(run, database, blamed < CRASH_LIMIT ? coded : sourceCrashes(database.name));
        await dropCaptureOf(context, task.endpoints, database);
        return;
      }
    }
  } finally {
    hooks.reporter.end(database.id);
  }
}

function sourceCrashes(database: string): CodedError {
  const text = `The source crashed again and again, whenever it was asked for the changes of ${database}; it is not asked any more.`;
  return new CodedError("SOURCE_CRASHES", text, { subject: database });
}

/** True when everything is on the target and only the clean-up was not finished. */
async function isCutOver(databaseId: string): Promise<boolean> {
  const { cutover } = await store().migrationDatabase.findUniqueOrThrow({ where: { id: databaseId } });
  return parseCutoverResult(cutover) !== null;
}

async function follow(
  context: RunContext,
  task: DatabaseTask,
  start: FollowStart,
  hooks: FollowHooks & { onProgress: () => void; onLevel: () => void; stopsRefused: boolean },
): Promise<void> {
  const { run, engine, wishes, limits } = context;
  const { endpoints, migration } = task;
  const targetName = targetNameOf(task.database);
  await using lock = await lockTargetDatabase({
    target: maintenanceOf(endpoints.target, targetName),
    name: targetName,
    migrationId: migration.id,
    signal: context.signal,
  });
  const { id, name } = task.database;
  const { optionsChange } = wishes;
  const signal = AbortSignal.any([context.signal, lock.lost, wishes.cancelSignal(id), optionsChange]);
  await lock.endLostSessions();
  const database = await store().migrationDatabase.findUniqueOrThrow({ where: { id } });
  await fenced(run, (db) => openFollowing(db, database));
  const { report, appliedChanges } = await hooks.reporter.begin(id);
  using share = limits.join();
  const { onDivergence = "stop", walLimitBytes = null } =
    onlineChoicesOf({ ...migration, options: wishes.optionsOr(migration.options) }) ?? {};
  const { followDatabase } = await capturePartsOf(engine);
  const settled = (cutover: CutoverResult) => fenced(run, (db) => writeCutover(db, id, cutover));
  let applied = appliedChanges();
  const result = await followDatabase({
    source: { ...endpoints.source, database: name },
    target: { ...endpoints.target, database: targetName },
    start,
    onDivergence,
    stopsRefused: hooks.stopsRefused,
    walLimitBytes,
    limits: share.limits,
    wish: () => wishes.followWish(id),
    report: (event) => {
      report(event);
      if (event.type === "follow-progress" && appliedChanges() > applied) hooks.onProgress();
      if (event.type === "follow-progress" && event.figures.lagMs < LEVEL_MS) hooks.onLevel();
      applied = appliedChanges();
      if (event.type === "caught-up") void hooks.reporter.flush().then(hooks.onCaughtUp, () => undefined);
    },
    signal,
  });
  await keepResult(context, task, result, hooks);
  await settled(resultOf(result.cutover));
}

/** Failures that were not told one by one are listed with the others. */
async function keepResult(
  { run }: RunContext,
  { database }: DatabaseTask,
  { failures }: FollowResult,
  { reporter }: FollowHooks,
): Promise<void> {
  await reporter.flush();
  const known = await store().migrationProblem.findMany({
    where: { databaseId: database.id },
    select: { object: true, code: true },
  });
  const isKnown = new Set(known.map(({ object, code }) => JSON.stringify([object, code])));
  const rest = failures.filter(({ object, code }) => !isKnown.has(JSON.stringify([object, code])));
  if (rest.length > 0) await fenced(run, (db) => appendProblems(db, database.id, rest));
}

/** Everything of the source is on the target: cleans up, and says how it went. */
async function endCutOver(context: RunContext, task: DatabaseTask): Promise<void> {
  const { run } = context;
  const { id } = task.database;
  const row = await store().migrationDatabase.findUniqueOrThrow({ where: { id } });
  const cutover = parseCutoverResult(row.cutover);
  const errors = await countErrorCodes(store(), id);
  const text = errors.length === 0 ? null : describeEnd(errors);
  const done: NewEvent[] = [
    {
      level: cutover && cutover.unfollowed.length > 0 ? "warning" : "info",
      kind: "cutover-ended",
      database: row.name,
      message: `Cutover ended: ${cutover ? describeCutover(cutover) : ""}`,
      data: { ms: cutover?.ms ?? null, lsn: cutover?.lsn ?? null },
    },
    text === null
      ? { level: "info", kind: "database-succeeded", database: row.name, message: "Succeeded." }
      : { level: "error", kind: "database-failed", database: row.name, message: text },
  ];
  await fenced(run, async (db) => {
    await endDatabase(db, id, text === null ? "Succeeded" : "Failed", text);
    await db.migrationDatabase.update({ where: { id }, data: { phase: "done" } });
    await leavePhases(db, run.migrationId, id);
    await appendEvents(db, run.migrationId, done);
  });
  await dropCaptureOf(context, task.endpoints, row);
}
