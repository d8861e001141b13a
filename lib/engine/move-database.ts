import { setMaxListeners } from "node:events";
import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { chooseJobs } from "./choose-jobs";
import { type CopyTotals, copyTables } from "./copy/copy-tables";
import { listTables, type SourceTable } from "./copy/list-tables";
import { holdSnapshot, type SourceSnapshot } from "./copy/source-snapshot";
import type { CopyFormat, EnginePhase, ObjectFailure, Report } from "./events";
import { analyzeTables } from "./finish/analyze-tables";
import { copyLargeObjects } from "./finish/copy-large-objects";
import { copySequences } from "./finish/copy-sequences";
import { listPopulatedViews, refreshViews } from "./finish/refresh-materialized-views";
import { IndexBuilder } from "./indexes/index-builder";
import { refuseSameDatabase } from "./refuse-same-database";
import { dumpSchema } from "./schema/dump-schema";
import { endSession } from "./schema/end-session";
import { MissingObjects } from "./schema/missing-objects";
import { planRestore, type RestorePlan } from "./schema/restore-plan";
import { restorePreData } from "./schema/restore-pre-data";
import { runStatements } from "./schema/run-statements";
import { readTargetRoles, type TargetRoles } from "./schema/target-roles";

export interface MoveDatabaseOptions {
  /** The source database. Nothing is written to it. */
  source: ConnectionSettings;
  /** The target database: exists and is empty. */
  target: ConnectionSettings;
  /** Parallel copies, and as many index builds beside them; chosen from the servers when absent. */
  jobs?: number;
  format?: "auto" | CopyFormat;
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
 * can go on (connection lost for good, schema unreadable), and the signal's reason when aborted; no session is left then.
 */
export async function moveDatabase(options: MoveDatabaseOptions): Promise<MoveDatabaseResult> {
  setMaxListeners(0, options.signal);
  const move = new DatabaseMove(options);
  try {
    return await move.run();
  } catch (error) {
    await move.terminate();
    options.signal.throwIfAborted();
    throw error;
  } finally {
    await move.close();
  }
}

class DatabaseMove {
  readonly #options: MoveDatabaseOptions;
  readonly #failures: ObjectFailure[] = [];
  #snapshot: SourceSnapshot | null = null;
  #target: pg.Client | null = null;
  #builder: IndexBuilder | null = null;
  #terminated: Promise<void> | null = null;
  readonly #onAbort = () => void this.terminate();

  constructor(options: MoveDatabaseOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  async run(): Promise<MoveDatabaseResult> {
    const { source, target: targetSettings, report, signal } = this.#options;
    const snapshot = await holdSnapshot(source, signal);
    this.#snapshot = snapshot;
    const target = await connect(targetSettings, { applicationName: "howdah schema", signal });
    this.#target = target;
    await refuseSameDatabase(snapshot.client, target);
    const jobs = await chooseJobs(this.#options.jobs, snapshot.client, target);
    const roles = await readTargetRoles(target);
    const { plan, missing } = await this.#restoreSchema(snapshot, target, roles);
    const tables = (await listTables(snapshot.client)).filter((table) => !missing.hasTable(table));
    const builds = [...plan.tables.values()].reduce((sum, table) => sum + table.builds.length, 0);
    report({ type: "planned", tables: tables.map(planned), indexes: builds });
    const builder = new IndexBuilder({
      settings: targetSettings,
      plan,
      tables,
      jobs,
      missing,
      roles,
      report,
      onFailures: (failures) => this.#fail(failures),
      signal,
    });
    this.#builder = builder;
    const totals = await this.#copyRows(snapshot, target, tables, jobs, roles, builder);
    const views = await listPopulatedViews(snapshot.client);
    // From here on nothing is read from the snapshot: the source may vacuum again.
    await snapshot.client.query("commit");
    await this.#phase("indexes", () => builder.finish());
    await this.#phase("finish", async () => {
      const rest = (statements: RestorePlan["rest"]) =>
        runStatements({ client: target, statements, missing, roles, signal });
      this.#fail(await rest(plan.rest.filter((one) => one.kind !== "event-trigger")));
      this.#fail(await copySequences(snapshot.client, target, signal));
      this.#fail(await refreshViews(target, views, signal));
      await analyzeTables(builder.pool);
      // Last, because they would fire on everything above.
      this.#fail(await rest(plan.rest.filter((one) => one.kind === "event-trigger")));
    });
    return { ...totals, failures: this.#failures };
  }

  /** Ends every session at once, whatever it does. Asked for again, it is the same end. */
  terminate(): Promise<void> {
    this.#terminated ??= this.#terminateAll();
    return this.#terminated;
  }

  async #terminateAll(): Promise<void> {
    const { source, target } = this.#options;
    await Promise.all([
      this.#builder?.terminate(),
      this.#snapshot && endSession(source, processId(this.#snapshot.client)),
      this.#target && endSession(target, processId(this.#target)),
    ]);
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    await this.#builder?.[Symbol.asyncDispose]();
    await this.#snapshot?.[Symbol.asyncDispose]();
    if (this.#target) await endClient(this.#target);
  }

  async #restoreSchema(
    snapshot: SourceSnapshot,
    target: pg.Client,
    roles: TargetRoles,
  ): Promise<{ plan: RestorePlan; missing: MissingObjects }> {
    const { source: settings, report, signal } = this.#options;
    return await this.#phase("schema", async () => {
      const targetVersion = Math.floor((await serverVersion(target)) / 10_000);
      const dumped = await dumpSchema({ settings, snapshot: snapshot.id, targetVersion, signal });
      report({ type: "note", message: `Schema read with ${dumped.tool}.` });
      for (const message of dumped.warnings) report({ type: "note", message });
      this.#fail(dumped.failures);
      const missing = new MissingObjects(dumped.failures);
      const plan = planRestore(dumped);
      this.#fail(await restorePreData({ client: target, plan, missing, roles, signal }));
      return { plan, missing };
    });
  }

  async #copyRows(
    snapshot: SourceSnapshot,
    target: pg.Client,
    tables: readonly SourceTable[],
    jobs: number,
    roles: TargetRoles,
    builder: IndexBuilder,
  ): Promise<CopyTotals> {
    const { source, target: targetSettings, report, signal, format = "auto" } = this.#options;
    return await this.#phase("copy", async () => {
      const totals = await copyTables({
        source,
        target: targetSettings,
        snapshotId: snapshot.id,
        encoding: snapshot.encoding,
        tables,
        jobs,
        sourceVersion: await serverVersion(snapshot.client),
        sharedExtensions: await sharedExtensions(snapshot.client, target),
        format,
        report: (event) => {
          if (event.type === "table-failed") this.#failures.push(event.failure);
          report(event);
        },
        onTableEnded: (table, copied) => builder.tableEnded(table, copied),
        signal,
      });
      const onProgress = (done: number, total: number) => {
        if (done === total) report({ type: "note", message: `${total} large objects copied.` });
      };
      this.#fail(await copyLargeObjects({ source: snapshot.client, target, roles, onProgress, signal }));
      return totals;
    });
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

/** server_version_num, e.g. 160014. */
async function serverVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: string }>(
    "select pg_catalog.current_setting('server_version_num') as version",
  );
  return Number(rows[0]?.version);
}

/** Extensions both databases have in the same version: their types may then be copied in binary. */
async function sharedExtensions(source: pg.Client, target: pg.Client): Promise<ReadonlySet<string>> {
  const [ours, theirs] = await Promise.all([source, target].map(listExtensions));
  return new Set(
    [...(ours ?? [])].flatMap(([name, version]) => (theirs?.get(name) === version ? [name] : [])),
  );
}

async function listExtensions(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; version: string }>(
    "select extname as name, extversion as version from pg_catalog.pg_extension",
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
}

function processId(client: pg.Client): number {
  return (client as unknown as { processID: number }).processID;
}
