import { setMaxListeners } from "node:events";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { toCodedError } from "@/lib/postgres/errors";
import type { CheckpointStore } from "./checkpoint";
import { chooseJobs } from "./choose-jobs";
import { type CopyTotals, copyTables } from "./copy/copy-tables";
import { findCopiedTables } from "./copy/find-copied-tables";
import type { SourceTable } from "./copy/list-tables";
import type { CopyFormat, EnginePhase, ObjectFailure, Report } from "./events";
import type { DatabaseFilter } from "./filter/database-filter";
import { describeFilter } from "./filter/describe-filter";
import { filterSchema } from "./filter/filter-schema";
import { type ResolvedFilter, resolveOptionalFilter } from "./filter/resolve-filter";
import { analyzeTables } from "./finish/analyze-tables";
import { applyDatabaseSettings, readDatabaseSettings } from "./finish/copy-database-settings";
import { copyLargeObjects } from "./finish/copy-large-objects";
import { copySequences } from "./finish/copy-sequences";
import { flushTarget } from "./finish/flush-target";
import { listPopulatedViews, refreshViews } from "./finish/refresh-materialized-views";
import { chooseBuildMemory } from "./indexes/build-memory";
import { IndexBuilder } from "./indexes/index-builder";
import { MoveSessions } from "./move-sessions";
import { refuseSameDatabase } from "./refuse-same-database";
import { dumpSchema } from "./schema/dump-schema";
import { MissingObjects } from "./schema/missing-objects";
import { planRestore, type RestorePlan } from "./schema/restore-plan";
import { restorePreData } from "./schema/restore-pre-data";
import { runStatements } from "./schema/run-statements";
import { readTargetRoles, type TargetRoles } from "./schema/target-roles";
import { readServerFacts, type ServerFacts } from "./server-facts";
import type { ThrottleLimits } from "./throttle";

export interface MoveDatabaseOptions {
  /** The source database. Nothing is written to it. */
  source: ConnectionSettings;
  /** The target database: exists, and is empty unless `checkpoint` knows of an earlier run into it. */
  target: ConnectionSettings;
  /** Parallel copies, and as many index builds beside them; chosen from the servers when absent. */
  jobs?: number;
  /** "text" copies every table in text; otherwise each in binary where that is safe. */
  format?: "auto" | CopyFormat;
  /** Which objects move; everything when absent. */
  filter?: DatabaseFilter;
  /** Remembers what is finished, and lets a later call with the same target database go on from there. */
  checkpoint?: CheckpointStore;
  /** Asked again and again while the move runs; what it says holds from then on. No limits when absent. */
  limits?: () => ThrottleLimits;
  /** VACUUM the tables together with ANALYZE at the end; default false. */
  vacuum?: boolean;
  report: Report;
  signal: AbortSignal;
}

export interface MoveDatabaseResult extends CopyTotals {
  /** Everything that could not be moved, warnings included; empty when the copy is complete. */
  failures: ObjectFailure[];
}

/**
 * Moves one database as of one snapshot: schema, rows, indexes and constraints as tables finish, then sequences, large
 * objects, materialised views and statistics. What fails is reported and the rest goes on. Throws CodedError when nothing
 * can go on (a server lost, the schema unreadable; transient when beginning anew on an empty target may help), and the
 * signal's reason when aborted. Whatever happens, no session is left on either server.
 */
export async function moveDatabase(options: MoveDatabaseOptions): Promise<MoveDatabaseResult> {
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  setMaxListeners(0, options.signal, signal);
  const { source, target } = options;
  const sessions = await MoveSessions.open({
    source,
    target,
    signal,
    onLost: (error) => broken.abort(error),
  });
  const move = new DatabaseMove({ ...options, signal }, sessions, (error) => broken.abort(error));
  // An abort ends statements in the middle; without it each would be waited for.
  const terminate = () => void move.terminate();
  signal.addEventListener("abort", terminate, { once: true });
  try {
    return await move.run();
  } catch (error) {
    // Whatever stopped the move first is its reason; the rest follows from it.
    broken.abort(toCodedError(error, "INTERNAL"));
    await move.terminate();
    throw signal.reason;
  } finally {
    signal.removeEventListener("abort", terminate);
    await move.close();
  }
}

/** What is known once the schema stands on the target. */
interface Restored {
  filter: ResolvedFilter;
  plan: RestorePlan;
  missing: MissingObjects;
  roles: TargetRoles;
}

class DatabaseMove {
  readonly #options: MoveDatabaseOptions;
  readonly #sessions: MoveSessions;
  readonly #failures: ObjectFailure[] = [];
  readonly #stop: (error: unknown) => void;
  #builder: IndexBuilder | null = null;
  #terminated: Promise<void> | null = null;

  /** `stop` aborts the options' signal, for all that is under way. */
  constructor(options: MoveDatabaseOptions, sessions: MoveSessions, stop: (error: unknown) => void) {
    this.#options = options;
    this.#sessions = sessions;
    this.#stop = stop;
  }

  async run(): Promise<MoveDatabaseResult> {
    const { report, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const targetFacts = await readServerFacts(target);
    await refuseSameDatabase(snapshot.client, target);
    const jobs = await chooseJobs(this.#options.jobs, snapshot.client, target);
    const restored = await this.#phase("schema", () => this.#restoreSchema(targetFacts));
    const { filter } = restored;
    const { tables, failures } = await findCopiedTables(snapshot.client, target, restored.missing, filter);
    const builds = [...restored.plan.tables.values()].reduce((sum, { builds }) => sum + builds.length, 0);
    report({ type: "planned", tables: tables.map(planned), indexes: builds });
    this.#fail(failures);
    const builder = await this.#startBuilder(restored, tables, jobs);
    const totals = await this.#phase("copy", () => this.#copyRows(restored, tables, jobs, builder));
    const views = (await listPopulatedViews(snapshot.client)).filter((view) => filter.movesRows(view));
    const settings = await readDatabaseSettings(snapshot.client);
    // Positions of sequences belong to no snapshot. After them nothing is read from the source any more.
    await snapshot.client.query("commit");
    this.#fail(await copySequences(snapshot.client, target, filter, signal));
    await this.#sessions.releaseSource();
    await this.#phase("indexes", () => builder.finish());
    await this.#phase("finish", async () => {
      const { rest } = restored.plan;
      await this.#runRest(
        restored,
        rest.filter((one) => one.kind !== "event-trigger"),
      );
      this.#fail(await refreshViews(target, views, signal));
      this.#fail(await analyzeTables(builder.pool));
      // Last, because they would fire on everything above.
      await this.#runRest(
        restored,
        rest.filter((one) => one.kind === "event-trigger"),
      );
      this.#fail(await applyDatabaseSettings(target, settings));
      await flushTarget(target);
    });
    return { ...totals, failures: this.#failures };
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
    await this.#builder?.[Symbol.asyncDispose]();
    await this.#sessions[Symbol.asyncDispose]();
  }

  async #restoreSchema(targetFacts: ServerFacts): Promise<Restored> {
    const { source: settings, report, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const targetVersion = Math.floor(targetFacts.version / 10_000);
    const filter = await resolveOptionalFilter(snapshot.client, this.#options.filter);
    if (this.#options.filter) for (const event of describeFilter(filter)) report(event);
    const complete = await dumpSchema({ settings, snapshot: snapshot.id, targetVersion, signal });
    const dumped = filterSchema(complete, filter);
    report({ type: "note", message: `Schema read with ${dumped.tool}.` });
    for (const message of dumped.warnings) report({ type: "note", message });
    this.#fail(dumped.failures);
    const roles = await readTargetRoles(target);
    const missing = new MissingObjects(dumped.failures);
    const plan = planRestore(dumped);
    this.#fail(await restorePreData({ client: target, plan, missing, roles, signal }));
    return { filter, plan, missing, roles };
  }

  async #startBuilder(
    { plan, missing, roles }: Restored,
    tables: readonly SourceTable[],
    jobs: number,
  ): Promise<IndexBuilder> {
    const { target: settings, report, signal } = this.#options;
    const memoryMib = await chooseBuildMemory(this.#sessions.target, jobs);
    const onFailures = (failures: readonly ObjectFailure[]) => this.#fail(failures);
    const common = { settings, plan, tables, jobs, memoryMib, missing, roles };
    this.#builder = new IndexBuilder({ ...common, report, onFailures, signal });
    return this.#builder;
  }

  /** Rows of tables and large objects at the same time; when one cannot go on the other is not waited for. */
  async #copyRows(
    { roles }: Restored,
    tables: readonly SourceTable[],
    jobs: number,
    builder: IndexBuilder,
  ): Promise<CopyTotals> {
    const { source, target: targetSettings, report, signal, format = "auto" } = this.#options;
    const { snapshot, target } = this.#sessions;
    // Read again: the target has its extensions by now.
    const facts = {
      sourceFacts: await readServerFacts(snapshot.client),
      targetFacts: await readServerFacts(target),
    };
    const servers = { source, target: targetSettings, snapshotId: snapshot.id };
    const rows = copyTables({
      ...servers,
      ...facts,
      tables,
      jobs,
      format,
      report: (event) => {
        if (event.type === "table-failed") this.#failures.push(event.failure);
        report(event);
      },
      onTableEnded: (table, copied) => builder.tableEnded(table, copied),
      signal,
    });
    const ends = [rows, this.#copyObjects(roles)].map((work) =>
      work.catch((error: unknown) => this.#stop(toCodedError(error, "INTERNAL"))),
    );
    await Promise.all(ends);
    signal.throwIfAborted();
    return await rows;
  }

  async #copyObjects(roles: TargetRoles): Promise<void> {
    const { report, signal } = this.#options;
    const { snapshot, target } = this.#sessions;
    const onProgress = (done: number, total: number) => {
      if (done === total) report({ type: "note", message: `${total} large objects copied.` });
    };
    this.#fail(await copyLargeObjects({ source: snapshot.client, target, roles, onProgress, signal }));
  }

  async #runRest({ missing, roles }: Restored, statements: RestorePlan["rest"]): Promise<void> {
    const { signal } = this.#options;
    this.#fail(await runStatements({ client: this.#sessions.target, statements, missing, roles, signal }));
  }

  #fail(failures: readonly ObjectFailure[]): void {
    for (const failure of failures) {
      this.#failures.push(failure);
      this.#options.report({ type: "object-failed", failure });
    }
  }

  async #phase<T>(phase: EnginePhase, work: () => Promise<T>): Promise<T> {
    this.#options.report({ type: "phase-started", phase });
    const result = await work();
    this.#options.report({ type: "phase-ended", phase });
    return result;
  }
}

function planned({ schema, name, bytesEstimated, rowsEstimated }: SourceTable) {
  return { schema, name, bytesEstimated, rowsEstimated };
}
