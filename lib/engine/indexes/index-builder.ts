import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { literal } from "@/lib/postgres/sql";
import type { ObjectFailure, Report, TableName } from "../events";
import type { MissingObjects } from "../schema/missing-objects";
import { type RestorePlan, tableKey } from "../schema/restore-plan";
import { applySession } from "../schema/restore-pre-data";
import { runStatements } from "../schema/run-statements";
import type { TargetRoles } from "../schema/target-roles";
import { addForeignKeys } from "./add-foreign-keys";
import { type BuildContext, buildTableIndexes } from "./build-table-indexes";
import { SessionPool } from "./session-pool";

export interface IndexBuilderOptions {
  settings: ConnectionSettings;
  plan: RestorePlan;
  /** Tables whose rows are copied; all others with builds are built at once. */
  tables: readonly TableName[];
  jobs: number;
  missing: MissingObjects;
  roles: TargetRoles;
  report: Report;
  onFailures: (failures: readonly ObjectFailure[]) => void;
  signal: AbortSignal;
}

/** Memory of one build; the builds of all jobs together stay within what a small server has to spare. */
const MEMORY_BUDGET_MB = 1024;

/** Builds indexes and constraints beside the copy, each table's as soon as its rows are complete. */
export class IndexBuilder implements AsyncDisposable {
  readonly pool: SessionPool;
  readonly #options: IndexBuilderOptions;
  readonly #context: BuildContext;
  readonly #started = new Map<string, Promise<void>>();
  readonly #withoutRows = new Set<string>();

  constructor(options: IndexBuilderOptions) {
    const { settings, jobs, signal, plan, missing, roles, report, onFailures } = options;
    this.#options = options;
    const memory = `${Math.max(64, Math.floor(MEMORY_BUDGET_MB / jobs))}MB`;
    this.pool = new SessionPool({
      settings,
      size: jobs,
      applicationName: "howdah indexes",
      prepare: async (client) => {
        await applySession(client, plan.session);
        // Other builds run beside this one, so none takes workers of its own.
        await client.query(
          `set maintenance_work_mem = ${literal(memory)}; set max_parallel_maintenance_workers = 0; set statement_timeout = 0; set lock_timeout = 0`,
        );
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
