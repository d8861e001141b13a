import { formatLsn } from "@/lib/postgres/lsn";
import { beginProgress } from "./cdc/begin-progress";
import type { FollowStart } from "./cdc/follow-options";
import type { CapturedSource } from "./cdc/open-capture";
import {
  type KeySchedule,
  mayIgnoreForeignKeys,
  planFollow,
  postpone,
  scheduleForeignKeys,
  withoutCaptures,
} from "./cdc/plan-follow";
import type { CheckpointPart } from "./checkpoint";
import { chooseJobs } from "./choose-jobs";
import { collectGarbage } from "./collect-garbage";
import { openPair } from "./copy/copy-pair";
import { type CopyTotals, copyTables } from "./copy/copy-tables";
import { findCopiedTables } from "./copy/find-copied-tables";
import { listTables, planned, type SourceTable } from "./copy/list-tables";
import type { EngineEvent, ObjectFailure, TableName } from "./events";
import { describeFilter } from "./filter/describe-filter";
import { filterSchema } from "./filter/filter-schema";
import { type ResolvedFilter, resolveOptionalFilter } from "./filter/resolve-filter";
import { analyzeTables } from "./finish/analyze-tables";
import { applyDatabaseSettings, readDatabaseSettings } from "./finish/copy-database-settings";
import { copyLargeObjects } from "./finish/copy-large-objects";
import { copySequences } from "./finish/copy-sequences";
import { flushTarget } from "./finish/flush-target";
import { listPopulatedViews, mayRefreshEarly, refreshViews } from "./finish/refresh-materialized-views";
import { readFunctionHelp, withFunctionHelp } from "./functions/help-functions";
import { chooseBuildMemory } from "./indexes/build-memory";
import { buildersOf, IndexBuilder } from "./indexes/index-builder";
import { LiveSlots } from "./live-slots";
import type { MoveDatabaseOptions, MoveDatabaseResult } from "./move-database";
import { MoveLog, reasonOf } from "./move-log";
import type { MoveSessions } from "./move-sessions";
import { refuseSameDatabase } from "./refuse-same-database";
import { isAlreadyThere } from "./resume/existing-objects";
import { reportKept, withKept } from "./resume/kept-tables";
import { Resume, type Start } from "./resume/resume";
import { assignOwners } from "./roles/assign-owners";
import { dumpSchema } from "./schema/dump-schema";
import { listMissingMembers } from "./schema/extension-members";
import { listSilentLosses } from "./schema/list-unmovable";
import { MissingObjects } from "./schema/missing-objects";
import { planRestore, type RestorePlan, tellsOfPartitions } from "./schema/restore-plan";
import { restorePreData } from "./schema/restore-pre-data";
import { runStatements } from "./schema/run-statements";
import type { SchemaStatement } from "./schema/statement";
import { isLeftForLater, readTargetRoles, type TargetRoles } from "./schema/target-roles";
import { readServerFacts, type ServerFacts } from "./server-facts";
import { Throttle } from "./throttle";

export type DatabaseMoveOptions = MoveDatabaseOptions & Required<Pick<MoveDatabaseOptions, "stallMs">>;

/** What is known once the schema stands on the target. */
interface Restored {
  filter: ResolvedFilter;
  plan: RestorePlan;
  missing: MissingObjects;
  roles: TargetRoles;
  resume: Resume;
  /** Tables of the source, asked for while the schema was dumped. */
  listing: Promise<SourceTable[]>;
  jobs: number;
}

/** What is known once the rows stand there. */
interface Copied {
  start: Start;
  keys: KeySchedule;
  builder: IndexBuilder;
  totals: CopyTotals;
}

/** One run of a move; its owner ends it when it is stopped. */
export class DatabaseMove {
  readonly #options: DatabaseMoveOptions;
  readonly #sessions: MoveSessions;
  readonly #log: MoveLog;
  readonly #stop: (error: unknown) => void;
  readonly #throttle: Throttle;
  #resume: Resume | null = null;
  #builder: IndexBuilder | null = null;
  #terminated: Promise<void> | null = null;
  #jobs: Promise<number> | null = null;

  /** `stop` aborts the options' signal, for all that is under way. */
  constructor(options: DatabaseMoveOptions, sessions: MoveSessions, stop: (error: unknown) => void) {
    this.#options = options;
    this.#sessions = sessions;
    this.#stop = stop;
    this.#throttle = new Throttle(options.limits);
    this.#log = new MoveLog(options.report);
  }

  async run(): Promise<MoveDatabaseResult> {
    const { report, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const targetFacts = await readServerFacts(target);
    await refuseSameDatabase(snapshot.client, target);
    const restored = await this.#log.phase("schema", () => this.#restoreSchema(targetFacts));
    const { filter, resume, missing, listing, jobs } = restored;
    const listed = await listing;
    collectGarbage(listed.length);
    const { tables, failures } = await findCopiedTables(snapshot.client, target, missing, filter, listed);
    const builds = [...restored.plan.tables.values()].reduce((sum, { builds }) => sum + builds.length, 0);
    report({ type: "planned", tables: tables.map(planned), indexes: builds });
    report({ type: "note", message: `Up to ${jobs} tables are copied at the same time.` });
    this.#log.fail(failures);
    const copied = await this.#log.phase("copy", async () => {
      const { version } = await readServerFacts(snapshot.client);
      const begin = () => resume.start({ tables, plan: restored.plan, jobs, sourceVersion: version });
      const start = resume.isResumed ? await this.#log.step("resume-check", begin) : await begin();
      const keys = await this.#scheduleKeys(start);
      const builder = await this.#startBuilder({ ...restored, plan: keys.plan }, tables, jobs);
      reportKept(start, report, (table) => builder.tableEnded(table, true));
      const totals = await this.#copyRows(restored, start, jobs, builder);
      await resume.drain();
      signal.throwIfAborted();
      collectGarbage(tables.length);
      return { start, keys, builder, totals };
    });
    const { captured } = snapshot;
    if (captured) return await this.#finishToFollow(restored, copied, captured);
    return await this.#finish(restored, copied);
  }

  /** Everything that is left when nothing of the source will be looked at again. */
  async #finish(restored: Restored, { start, builder, totals }: Copied): Promise<MoveDatabaseResult> {
    const { signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const { filter } = restored;
    const views = (await listPopulatedViews(snapshot.client)).filter((view) => filter.movesRows(view));
    const settings = await readDatabaseSettings(snapshot.client);
    // Positions of sequences belong to no snapshot. After them nothing is read from the source any more.
    await snapshot.client.query("commit");
    const positions = () => copySequences(snapshot.client, target, filter, signal);
    this.#log.fail(await this.#log.step("sequences", positions));
    await this.#sessions.releaseSource();
    const { rest } = start.plan;
    const unfilled: ObjectFailure[] = [];
    const refresh = () => refreshViews(target, views, signal);
    const fill = async () => {
      if (views.length > 0) unfilled.push(...(await this.#log.step("materialized-views", refresh)));
    };
    const isEarly = mayRefreshEarly(rest.filter(({ late }) => !late));
    await this.#log.phase("indexes", () => builder.finish(isEarly ? fill : undefined));
    await this.#log.phase("finish", async () => {
      const isLast = ({ kind, late }: SchemaStatement) =>
        late || kind === "event-trigger" || kind === "row-security";
      const first = rest.filter((one) => !isLast(one));
      await this.#log.step("triggers-and-rules", () => this.#runRest(restored, first));
      await Promise.all([isEarly ? null : fill(), this.#analyzeTables(builder)]);
      this.#log.fail(unfilled);
      if (views.length > 0) this.#log.fail(await this.#analyze(builder, "views"));
      // Last, because they would fire on everything above, or hide rows from views that are refreshed.
      await this.#runRest(restored, rest.filter(isLast));
      this.#log.fail(await this.#assignOwners(restored));
      this.#log.fail(await applyDatabaseSettings(target, settings));
      await flushTarget(target);
    });
    return { ...totals, failures: this.#log.failures };
  }

  /** Everything that may stand while changes are applied; the rest is for the cutover. */
  async #finishToFollow(
    restored: Restored,
    { start, keys, builder, totals }: Copied,
    captured: CapturedSource,
  ): Promise<MoveDatabaseResult> {
    const { target, snapshot } = this.#sessions;
    const { filter, roles, plan } = restored;
    const { tables, kept } = start;
    const failed = this.#log.failedTables;
    const { identities } = restored.resume;
    const moved = { captured, tables, kept, failed, identities, filter };
    const planned = await planFollow({ source: snapshot.client, ...moved });
    await this.#sessions.releaseSource();
    await this.#log.phase("indexes", () => builder.finish());
    const { now } = postpone(start.plan, roles);
    const { deferred } = postpone(plan, roles);
    await this.#log.phase("finish", async () => {
      await this.#log.step("triggers-and-rules", () => this.#runRest(restored, now));
      await this.#analyzeTables(builder);
      await beginProgress(this.#options.target, planned, this.#options.report, this.#options.signal);
      await flushTarget(target);
    });
    const follow: FollowStart = {
      ...planned,
      deferred: [...keys.atCutover, ...deferred],
      foreignKeys: keys.afterCatchUp,
    };
    await restored.resume.followed(follow);
    return { ...totals, failures: this.#log.failures, follow };
  }

  async #scheduleKeys({ plan, kept, tables }: Start): Promise<KeySchedule> {
    const { snapshot, target } = this.#sessions;
    const { captured } = snapshot;
    if (!captured) return { plan, afterCatchUp: [], atCutover: [] };
    const now = formatLsn(captured.lsn);
    const positions = new Set(kept.map(({ lsn }) => lsn ?? now));
    if (tables.length > 0) positions.add(now);
    return scheduleForeignKeys(plan, positions, await mayIgnoreForeignKeys(target));
  }

  async #analyzeTables(builder: IndexBuilder): Promise<void> {
    const step = this.#options.vacuum ? "vacuum" : "analyze";
    this.#log.fail(await this.#log.step(step, () => this.#analyze(builder, "tables")));
  }

  #analyze({ pool, analyzed }: IndexBuilder, of: "tables" | "views"): Promise<ObjectFailure[]> {
    return analyzeTables(pool, { done: analyzed, vacuum: this.#options.vacuum ?? false, of });
  }

  /** Ends every session at once, whatever it does. */
  terminate(): Promise<void> {
    this.#terminated ??= Promise.all([this.#builder?.terminate(), this.#sessions.terminate()]).then(
      () => undefined,
    );
    return this.#terminated;
  }

  async close(): Promise<void> {
    await this.#terminated;
    await this.#jobs?.catch(() => undefined);
    await this.#builder?.[Symbol.asyncDispose]();
    await this.#resume?.[Symbol.asyncDispose]();
    this.#throttle[Symbol.dispose]();
    await this.#sessions[Symbol.asyncDispose]();
  }

  async #restoreSchema(targetFacts: ServerFacts): Promise<Restored> {
    const { source: settings, report, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const resume = await this.#openResume();
    const targetVersion = Math.floor(targetFacts.version / 10_000);
    const filter = await resolveOptionalFilter(snapshot.client, this.#options.filter);
    if (this.#options.filter) for (const event of describeFilter(filter)) report(event);
    // While pg_dump reads the source in a session of its own; who awaits it gets the error.
    this.#jobs = this.#chooseJobs();
    this.#jobs.catch(() => undefined);
    const listing = listTables(snapshot.client);
    listing.catch(() => undefined);
    const help = listing.then(() => readFunctionHelp(snapshot.client));
    help.catch(() => undefined);
    const dump = () => dumpSchema({ settings, snapshot: snapshot.id, targetVersion, signal });
    const whole = withoutCaptures(await this.#log.step("schema-dump", dump));
    const functions = await help;
    const dumped = await filterSchema(whole, filter);
    collectGarbage(whole.preData.length);
    await resume.checkSchema(dumped, this.#options.filter);
    report({ type: "note", message: `Schema read with ${dumped.tool}.` });
    for (const message of dumped.warnings) report({ type: "note", message });
    this.#log.fail(dumped.failures);
    this.#log.fail(await listSilentLosses(snapshot.client, filter));
    const missing = new MissingObjects(dumped.failures);
    const plan = planRestore(withFunctionHelp(dumped, functions, report));
    const jobs = await this.#jobs;
    const common = { client: target, parallel: { settings: this.#options.target, jobs }, missing };
    const left = await resume.remainingPreData(plan);
    const again = resume.isResumed ? { isAlreadyThere } : {};
    const restore = (preData: SchemaStatement[], roles: TargetRoles) =>
      restorePreData({ ...common, ...again, roles, plan: { ...left, preData }, signal });
    const roles = await this.#log.step("pre-data", async () => {
      const before = await readTargetRoles(target);
      const cut = left.preData.findLastIndex(({ kind }) => kind === "extension") + 1;
      const [first, rest] = [left.preData.slice(0, cut), left.preData.slice(cut)];
      if (cut > 0) {
        const failures = await restore(first, before);
        this.#log.fail(failures);
        if (failures.length > 0) missing.addMembers(await listMissingMembers(snapshot.client, target));
      }
      // Extensions may create roles, which what comes after them is granted to.
      const after = cut > 0 ? await readTargetRoles(target) : before;
      const settings = first.filter(({ kind }) => kind === "setting");
      this.#log.fail(await restore([...settings, ...rest], after));
      return after;
    });
    // What is done weighs as much as all the rest; of it only what waits for the end, and who is whose partition, is needed.
    plan.preData = plan.preData.filter((one) => isLeftForLater(one, roles) || tellsOfPartitions(one));
    return { filter, plan, missing, roles, resume, listing, jobs };
  }

  #chooseJobs(): Promise<number> {
    const { jobs: asked, target: settings, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    return chooseJobs({ asked, source: snapshot.client, target, settings, signal });
  }

  async #openResume(): Promise<Resume> {
    const { checkpoint: store, source, target, report, signal } = this.#options;
    const onBroken = (error: unknown) => this.#stop(reasonOf(error));
    const servers = { source, target, sessions: this.#sessions };
    this.#resume = await Resume.open({ ...servers, store, report, onBroken, signal });
    return this.#resume;
  }

  async #startBuilder(
    { plan, missing, roles }: Restored,
    tables: readonly SourceTable[],
    jobs: number,
  ): Promise<IndexBuilder> {
    const { target: settings, report, signal } = this.#options;
    const memory = await chooseBuildMemory(this.#sessions.target, buildersOf(jobs));
    const onFailures = (failures: readonly ObjectFailure[]) => this.#log.fail(failures);
    const limit = () => this.#throttle.limits.connections;
    const common = { settings, plan, tables, jobs, limit, memory, missing, roles };
    this.#builder = new IndexBuilder({ ...common, report, onFailures, signal });
    return this.#builder;
  }

  /** Rows of tables and large objects at the same time; when one cannot go on the other is not waited for. */
  async #copyRows(
    { roles, resume }: Restored,
    { tables, splits, keptParts, kept, keptObjects }: Start,
    jobs: number,
    builder: IndexBuilder,
  ): Promise<CopyTotals> {
    const { source, target: targetSettings, signal, format = "auto", stallMs } = this.#options;
    const { snapshot, target } = this.#sessions;
    // Read again: the target has its extensions by now.
    const facts = {
      sourceFacts: await readServerFacts(snapshot.client),
      targetFacts: await readServerFacts(target),
    };
    const servers = { source, target: targetSettings, snapshotId: snapshot.id };
    const slots = new LiveSlots(() => this.#throttle.limits.connections ?? jobs, signal);
    const copy = {
      ...{ ...servers, ...facts, tables, splits, keptParts, jobs, slots, format, stallMs, signal },
      throttle: this.#throttle,
      report: (event: EngineEvent) => this.#log.report(event),
      onCopied: (parts: readonly CheckpointPart[]) => resume.copied(parts),
      onDiscard: (table: TableName) => resume.discard(table),
      onTableEnded: (table: TableName, copied: boolean) => builder.tableEnded(table, copied),
    };
    const rows = this.#log.step("rows", () => copyTables(copy));
    const ends = [
      rows,
      this.#log.step("large-objects", () => this.#copyObjects(roles, keptObjects, slots)),
    ].map((work) => work.catch((error: unknown) => this.#stop(reasonOf(error))));
    await Promise.all(ends);
    signal.throwIfAborted();
    return withKept(await rows, kept);
  }

  async #copyObjects(roles: TargetRoles, kept: ReadonlySet<string>, slots: LiveSlots): Promise<void> {
    const { source, target: targetSettings, report, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const onProgress = (done: number, total: number) => {
      if (done === total) report({ type: "note", message: `${total} large objects copied.` });
    };
    const servers = { source, target: targetSettings, snapshotId: snapshot.id, signal };
    const more = { slots, open: () => openPair(servers) };
    const common = { source: snapshot.client, target, roles, kept, more, throttle: this.#throttle };
    this.#log.fail(await copyLargeObjects({ ...common, onProgress, signal }));
  }

  /** Of the whole schema, whatever an earlier run has done of it. */
  async #assignOwners({ plan, missing, roles }: Restored): Promise<ObjectFailure[]> {
    const statements = [...plan.preData, ...plan.rest];
    const { signal } = this.#options;
    return await assignOwners({ client: this.#sessions.target, statements, missing, roles, signal });
  }

  async #runRest({ missing, roles, resume }: Restored, statements: RestorePlan["rest"]): Promise<void> {
    const { signal } = this.#options;
    const again = resume.isResumed ? { isAlreadyThere } : {};
    const common = { client: this.#sessions.target, missing, roles, ...again };
    this.#log.fail(await runStatements({ ...common, statements, signal }));
  }
}
