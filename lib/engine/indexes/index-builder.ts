import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { literal } from "@/lib/postgres/sql";
import type { ObjectFailure, Report, TableName } from "../events";
import type { MissingObjects } from "../schema/missing-objects";
import { type RestorePlan, tableKey } from "../schema/restore-plan";
import { applySession } from "../schema/restore-pre-data";
import { runStatements } from "../schema/run-statements";
import type { TargetRoles } from "../schema/target-roles";
import { disableTimeouts } from "../session-settings";
import { addForeignKeys } from "./add-foreign-keys";
import { type BuildContext, buildTableIndexes } from "./build-table-indexes";
import { SessionPool } from "./session-pool";

export interface IndexBuilderOptions {
  settings: ConnectionSettings;
  plan: RestorePlan;
  /** Tables whose rows are copied; all others with builds are built at once. */
  tables: readonly TableName[];
  jobs: number;
  /** maintenance_work_mem of each build. */
  memoryMib: number;
  missing: MissingObjects;
  roles: TargetRoles;
  report: Report;
  onFailures: (failures: readonly ObjectFailure[]) => void;
  signal: AbortSignal;
}

/** Builds indexes and constraints beside the copy, each table's as soon as its rows are complete. */
export class IndexBuilder implements AsyncDisposable {
  readonly pool: SessionPool;
  readonly #options: IndexBuilderOptions;
  readonly #context: BuildContext;
  readonly #started = new Map<string, Promise<void>>();
  readonly #withoutRows = new Set<string>();

  constructor(options: IndexBuilderOptions) {
    const { settings, jobs, memoryMib, signal, plan, missing, roles, report, onFailures } = options;
    this.#options = options;
    this.pool = new SessionPool({
      settings,
      size: jobs,
      applicationName: "howdah indexes",
      prepare: async (client) => {
        await applySession(client, plan.session);
        await disableTimeouts(client);
        await client.query(`set maintenance_work_mem = ${literal(`${memoryMib}MB`)}`);
      },
      signal,
    });
    this.#context = { pool: this.pool, missing, roles, report, onFailures, signal };
    const copied = new Set(options.tables.map(tableKey));
    for (const [key, table] of plan.tables) if (!copied.has(key)) this.#start(table.table);
  }

  /** To be called when a table has its rows, or never will. */
  tableEnded(table: TableName, copied: boolean): void {
    if (!copied) this.#withoutRows.add(tableKey(table));
    this.#start(table);
  }

  /** Waits for all builds, then attaches partitions' indexes and adds foreign keys. */
  async finish(): Promise<void> {
    const { plan, jobs, missing, roles, signal } = this.#options;
    await Promise.all(this.#started.values());
    for (const statements of [plan.partitionedIndexes, plan.attaches]) {
      this.#context.onFailures(
        await this.pool.run((client) => runStatements({ client, statements, missing, roles, signal })),
      );
    }
    const partitioned = new Set(
      plan.preData.flatMap((one) => (one.partitioned && one.table ? [tableKey(one.table)] : [])),
    );
    const hasRows = (table: TableName) => !this.#withoutRows.has(tableKey(table));
    await addForeignKeys(this.#context, plan.foreignKeys, { jobs, partitioned, hasRows });
  }

  terminate(): Promise<void> {
    return this.pool.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#started.values());
    await this.pool[Symbol.asyncDispose]();
  }

  #start(table: TableName): void {
    const key = tableKey(table);
    const plan = this.#options.plan.tables.get(key);
    if (!plan || this.#started.has(key)) return;
    const work = buildTableIndexes(this.#context, plan);
    // Whoever awaits finish() gets the error; until then it must not count as unhandled.
    work.catch(() => undefined);
    this.#started.set(key, work);
  }
}
