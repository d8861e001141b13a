import type pg from "pg";
import { formatLsn, type Lsn, NO_LSN } from "@/lib/postgres/lsn";
import { describeCode } from "@/lib/util/error-codes";
import { holdSnapshot, type SourceSnapshot } from "../copy/source-snapshot";
import type { ObjectFailure, TableName } from "../events";
import { applyDatabaseSettings, readDatabaseSettings } from "../finish/copy-database-settings";
import { copyLargeObjects } from "../finish/copy-large-objects";
import { copySequences } from "../finish/copy-sequences";
import { flushTarget } from "../finish/flush-target";
import { listPopulatedViews, listViews, refreshViews } from "../finish/refresh-materialized-views";
import { findEqualTables } from "../resume/compare-tables";
import { isAlreadyThere } from "../resume/existing-objects";
import { keepEqualLargeObjects } from "../resume/keep-large-objects";
import { assignOwners } from "../roles/assign-owners";
import { listConfigurationTables, needsCopy } from "../schema/configuration-tables";
import { listMissingMembers } from "../schema/extension-members";
import { MissingObjects } from "../schema/missing-objects";
import { tableKey } from "../schema/restore-plan";
import { runStatements } from "../schema/run-statements";
import { readTargetRoles } from "../schema/target-roles";
import { prepareSource, prepareTarget } from "../session-settings";
import type { Throttle } from "../throttle";
import { listAlteredTables } from "./altered-tables";
import type { Applier } from "./apply/applier";
import { stopFailure } from "./apply/followed-tables";
import type { StoppedTable } from "./capture-state";
import type { ChangePump } from "./change-pump";
import { listChangedObjects, notMade } from "./changed-objects";
import { readCutoverPoint } from "./cutover-point";
import {
  type CutoverReport,
  type CutoverStep,
  type FollowDatabaseOptions,
  type FollowedTable,
  isMendedAtCutover,
} from "./follow-options";
import { inOwnSession, whileWatched } from "./own-session";
import { recopyTables } from "./recopy-tables";
import { listRewritten } from "./rewritten-tables";
import type { SlotHealth } from "./slots";
import type { SourceWatch } from "./source-watch";
import { readTableIdentities, type TableIdentity } from "./table-identities";

export interface CutoverOptions
  extends Pick<FollowDatabaseOptions, "source" | "target" | "start" | "report" | "signal"> {
  isRehearsal: boolean;
  pump: ChangePump;
  applier: Applier;
  throttle: Throttle;
  /** Tables whose changes are not applied any more. */
  stopped: () => readonly StoppedTable[];
  /** Stops those tables, which the stream has not told all of. */
  stopReplaced: (tables: readonly TableName[]) => Promise<void>;
  /** Resolves when the foreign keys that waited for the stream are there; changes are applied meanwhile. */
  finishLateKeys: () => Promise<void>;
  onFailures: (failures: readonly ObjectFailure[]) => void;
}

/**
 * Brings the target to where the source is now and makes it ready to be written to: all but the clean-up. A rehearsal leaves
 * out what would act on later changes, so that following can go on. May be repeated, whatever an earlier call has done.
 * Throws what breaks a session, or the signal's reason.
 */
export async function cutOver(options: CutoverOptions): Promise<CutoverReport> {
  const { source, target, signal } = options;
  return await inOwnSession(source, "howdah cutover", signal, (sourceClient) =>
    inOwnSession(target, "howdah cutover", signal, async (targetClient) => {
      await prepareTarget(targetClient);
      return await new Cutover(options, sourceClient, targetClient).run();
    }),
  );
}

class Cutover {
  readonly #options: CutoverOptions;
  readonly #source: pg.Client;
  readonly #target: pg.Client;
  readonly #steps: CutoverReport["steps"] = [];
  #notCopied: readonly TableName[] = [];
  /** By tableKey(): configuration tables of extensions with nothing to copy, nor to take away. */
  #untouched: ReadonlySet<string> = new Set();
  /** By tableKey(): the target's columns cannot take the source's rows. */
  #unfit: ReadonlySet<string> = new Set();
  /** By tableKey(): of the tables that were copied again, as of that copy; null of an unlogged one. */
  #recopied: ReadonlyMap<string, TableIdentity | null> = new Map();

  constructor(options: CutoverOptions, source: pg.Client, target: pg.Client) {
    this.#options = options;
    this.#source = source;
    this.#target = target;
  }

  async run(): Promise<CutoverReport> {
    const { isRehearsal, report } = this.#options;
    const startedAt = new Date().toISOString();
    const began = performance.now();
    const lsn = await readCutoverPoint(this.#source);
    await prepareSource(this.#source);
    report({ type: "cutover-started", isRehearsal, lsn: formatLsn(lsn) });
    await this.#step("apply", () => this.#applyThrough(lsn));
    await this.#stopReplaced();
    await this.#copyAgain();
    await this.#step("sequences", () => this.#setSequences());
    await this.#step("materialized-views", () => this.#refreshViews());
    if (!isRehearsal) await this.#step("triggers-and-rules", () => this.#restoreDeferred());
    const ms = Math.round(performance.now() - began);
    if (!isRehearsal) await this.#tellChanged();
    const sides = { source: this.#source, target: this.#target };
    const unfollowed = await listUnfollowed(this.#sinceCopies(), sides, this.#notCopied);
    return { isRehearsal, startedAt, lsn: formatLsn(lsn), ms, steps: this.#steps, unfollowed };
  }

  /** Whoever alters views or functions meanwhile finds them as they were on the target. */
  async #tellChanged(): Promise<void> {
    const { start, onFailures } = this.#options;
    const since = start.tables.find(({ identity }) => identity?.endedBefore)?.identity?.endedBefore;
    if (since !== undefined) onFailures(await listChangedObjects(this.#source, this.#target, since));
  }

  async #applyThrough(lsn: Lsn): Promise<void> {
    const { pump, finishLateKeys } = this.#options;
    await pump.run(() => pump.reachedLsn >= lsn);
    await finishLateKeys();
    await pump.settle();
  }

  /** At the latest here: from now on nothing of them is applied, and they are copied again. */
  async #stopReplaced(): Promise<void> {
    const { start, stopReplaced } = this.#options;
    const altered = await listAlteredTables(this.#source, this.#target, start);
    await stopReplaced(altered.filter(({ reason }) => reason === "replaced"));
    this.#unfit = new Set(altered.filter(({ reason }) => reason === "columns-changed").map(tableKey));
  }

  /** A table that is replaced after it was copied again counts as lost. */
  #sinceCopies(): Pick<CutoverOptions, "start" | "stopped"> {
    const { start, stopped } = this.#options;
    const isUnlogged = (table: TableName) => this.#recopied.get(tableKey(table)) === null;
    const tables = start.tables.flatMap((table): FollowedTable[] => {
      const identity = this.#recopied.get(tableKey(table));
      return isUnlogged(table) ? [] : [identity ? { ...table, identity } : table];
    });
    const recopied = [...start.recopied, ...start.tables.filter(isUnlogged)];
    return { start: { ...start, tables, recopied }, stopped };
  }

  /** What no stream tells of, on one snapshot. */
  async #copyAgain(): Promise<void> {
    const { source, signal } = this.#options;
    const suspects = await this.#listSuspects();
    this.#untouched = await this.#listUntouched();
    const hasObjects = (await hasLargeObjects(this.#source)) || (await hasLargeObjects(this.#target));
    this.#leaveUnfit();
    if (this.#toCopy().length + suspects.length === 0 && !hasObjects) return;
    const snapshot = await holdSnapshot(source, signal);
    await whileWatched(snapshot.client, source, signal, async () => {
      if (suspects.length > 0) await this.#step("compare", () => this.#compare(suspects, snapshot.id));
      if (this.#toCopy().length > 0) await this.#step("recopy", () => this.#recopy(snapshot));
      if (hasObjects) await this.#step("large-objects", () => this.#copyObjects(snapshot.client));
    });
  }

  /** Tables that are not in the stream, and those that were stopped and can be mended. */
  #toCopy(): TableName[] {
    const { start, stopped } = this.#options;
    const mended = stopped().filter((one) => isMendedAtCutover(one.stop) && !this.#isUnfit(one));
    const recopied = start.recopied.filter((table) => !this.#untouched.has(tableKey(table)));
    return [...recopied, ...mended.map(({ table }) => table)];
  }

  async #listUntouched(): Promise<ReadonlySet<string>> {
    if (this.#options.start.recopied.length === 0) return new Set();
    const untouched: TableName[] = [];
    for (const table of await listConfigurationTables(this.#source))
      if (!(await needsCopy(this.#source, this.#target, table))) untouched.push(table);
    return new Set(untouched.map(tableKey));
  }

  #isUnfit({ table, stop }: StoppedTable): boolean {
    return isMendedAtCutover(stop) && this.#unfit.has(tableKey(table));
  }

  /** Their rows stay as they are on the target: copying them again would fail and leave none. */
  #leaveUnfit(): void {
    const { stopped, isRehearsal, onFailures } = this.#options;
    const unfit = stopped().filter((one) => this.#isUnfit(one));
    this.#notCopied = unfit.map(({ table }) => table);
    if (!isRehearsal) onFailures(unfit.map(unfitFailure));
  }

  /** A rehearsal compares nothing: the source is written to meanwhile. Other columns cannot be compared, nor copied. */
  async #listSuspects(): Promise<TableName[]> {
    const { start, stopped, isRehearsal } = this.#options;
    if (isRehearsal) return [];
    const isStopped = new Set(stopped().map(({ table }) => tableKey(table)));
    const followed = start.tables.filter(
      (table) => !isStopped.has(tableKey(table)) && !this.#unfit.has(tableKey(table)),
    );
    return await listRewritten(this.#source, followed);
  }

  /** Those that differ are copied again, too. */
  async #compare(suspects: readonly TableName[], snapshotId: string): Promise<void> {
    const { source, target, signal, stopReplaced } = this.#options;
    const equal = await findEqualTables(suspects, { source, target, snapshotId, jobs: 2, signal });
    await stopReplaced(suspects.filter((table) => !equal.has(tableKey(table))));
  }

  async #recopy(snapshot: SourceSnapshot): Promise<void> {
    const { source, target, throttle, signal, onFailures } = this.#options;
    const tables = this.#toCopy();
    this.#recopied = await readIdentitiesOf(snapshot.client, tables);
    const sides = { source, target, snapshot, client: this.#target };
    const { failures, failed } = await recopyTables({ ...sides, tables, throttle, signal });
    this.#notCopied = [...this.#notCopied, ...failed];
    onFailures(failures);
  }

  async #copyObjects(source: pg.Client): Promise<void> {
    const { throttle, signal, onFailures } = this.#options;
    const kept = await keepEqualLargeObjects(source, this.#target, signal);
    const roles = await readTargetRoles(this.#target);
    const common = { source, target: this.#target, roles, kept, throttle, signal };
    onFailures(await copyLargeObjects({ ...common, onProgress: () => undefined }));
  }

  async #setSequences(): Promise<void> {
    const { start, signal, onFailures } = this.#options;
    const leftOut = new Set(start.leftOut.map(tableKey));
    const moves = (sequence: TableName) => !leftOut.has(tableKey(sequence));
    const failures = await copySequences(this.#source, this.#target, { moves }, signal);
    onFailures(failures.map((failure) => (failure.code === "OBJECT_SKIPPED" ? notMade(failure) : failure)));
  }

  async #refreshViews(): Promise<void> {
    const { start, signal, onFailures } = this.#options;
    const leftOut = new Set(start.leftOut.map(tableKey));
    // One that was made on the source since is told with what else was.
    const here = new Set((await listViews(this.#target)).map(tableKey));
    const isFilled = (view: TableName) => here.has(tableKey(view)) && !leftOut.has(tableKey(view));
    const views = (await listPopulatedViews(this.#source)).filter(isFilled);
    onFailures(await refreshViews(this.#target, views, signal));
  }

  async #restoreDeferred(): Promise<void> {
    const { start, signal, onFailures } = this.#options;
    await this.#applyLateWrites();
    const roles = await readTargetRoles(this.#target);
    const missing = new MissingObjects();
    missing.addMembers(await listMissingMembers(this.#source, this.#target));
    const common = { client: this.#target, missing, roles, signal };
    const statements = start.deferred;
    onFailures(await runStatements({ ...common, statements, isAlreadyThere }));
    onFailures(await assignOwners({ ...common, statements }));
    onFailures(await applyDatabaseSettings(this.#target, await readDatabaseSettings(this.#source)));
    await flushTarget(this.#target);
  }

  /** Whoever goes on writing loses what comes after this; it is said, because it should not be so. */
  async #applyLateWrites(): Promise<void> {
    const { applier, pump, report, source, signal } = this.#options;
    const before = applier.counters.appliedChanges;
    const lsn = await inOwnSession(source, "howdah cutover", signal, readCutoverPoint);
    await pump.run(() => pump.reachedLsn >= lsn && applier.counters.pendingChanges === 0);
    await pump.settle();
    const changes = applier.counters.appliedChanges - before;
    if (changes === 0) return;
    const message = `The source was written to while the cutover ran: ${changes} row changes came after its beginning and were applied too. Later ones are not on the target.`;
    report({ type: "note", message, data: { changes } });
  }

  async #step(step: CutoverStep, work: () => Promise<void>): Promise<void> {
    this.#options.signal.throwIfAborted();
    const began = performance.now();
    await work();
    const ms = Math.round(performance.now() - began);
    this.#steps.push({ step, ms });
    this.#options.report({ type: "cutover-step", step, ms });
  }
}

/**
 * What is not on the target as it is on the source; each table once. Both sessions have an empty search_path. Throws what the
 * servers report.
 */
export async function listUnfollowed(
  { start, stopped }: Pick<CutoverOptions, "start" | "stopped">,
  { source, target }: { source: pg.Client; target: pg.Client },
  notCopied: readonly TableName[] = [],
): Promise<CutoverReport["unfollowed"]> {
  const failed = new Set(notCopied.map(tableKey));
  const stops = new Map(stopped().map(({ table, stop }) => [tableKey(table), stop]));
  const lost = stopped().filter(({ table, stop }) => !isMendedAtCutover(stop) || failed.has(tableKey(table)));
  const all: CutoverReport["unfollowed"] = [
    ...notCopied.map(({ schema, name }) => ({
      ...{ schema, name },
      reason: stops.get(tableKey({ schema, name })) ?? ("no-identity" as const),
    })),
    ...lost.map(({ table, stop }) => ({ ...table, reason: stop })),
    ...(await listAlteredTables(source, target, start)),
  ];
  return [...new Map(all.map((one) => [tableKey(one), one])).values()];
}

/**
 * The report of a cutover that an earlier call has come to the clean-up of; `slot` as it is now, null when it is gone. Throws
 * what the servers report.
 */
export async function reportOfEarlier(
  { start, stopped, target, signal }: Pick<CutoverOptions, "start" | "stopped" | "target" | "signal">,
  watch: SourceWatch,
  slot: SlotHealth | null,
): Promise<CutoverReport> {
  // What was replaced before has been copied again.
  const tables = start.tables.map(({ schema, name, lsn }) => ({ schema, name, lsn }));
  const unfollowed = await watch.use((source) =>
    inOwnSession(target, "howdah follow", signal, (client) =>
      listUnfollowed({ start: { ...start, tables }, stopped }, { source, target: client }),
    ),
  );
  const lsn = formatLsn(slot?.confirmedLsn ?? NO_LSN);
  return { isRehearsal: false, startedAt: new Date().toISOString(), lsn, ms: 0, steps: [], unfollowed };
}

function unfitFailure({ table, stop }: StoppedTable): ObjectFailure {
  const message =
    "It was altered on the source and not on the target, so that it could not be copied again: it has the rows of the time before.";
  const { remedy } = describeCode("TABLE_CHANGED");
  return { ...stopFailure(table, stop, message), severity: "error", code: "TABLE_CHANGED", remedy };
}

async function readIdentitiesOf(
  client: pg.Client,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, TableIdentity | null>> {
  const identities = await readTableIdentities(client, new Set(tables.map(tableKey)));
  return new Map(tables.map((table) => [tableKey(table), identities.get(tableKey(table)) ?? null]));
}

async function hasLargeObjects(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("select from pg_catalog.pg_largeobject_metadata limit 1");
  return rows.length > 0;
}
