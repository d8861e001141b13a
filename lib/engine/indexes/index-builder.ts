import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { literal } from "@/lib/postgres/sql";
import type { ObjectFailure, Report, TableName } from "../events";
import type { MissingObjects } from "../schema/missing-objects";
import { type RestorePlan, tableKey } from "../schema/restore-plan";
import { applySession } from "../schema/restore-pre-data";
import { runStatements } from "../schema/run-statements";
import type { TargetRoles } from "../schema/target-roles";
import { overrideDefaults, withoutEventTriggers } from "../session-settings";
import { addForeignKeys, type ForeignKeyOptions } from "./add-foreign-keys";
import { type BuildMemory, MemoryShares } from "./build-memory";
import type { BuildContext } from "./build-table-indexes";
import { type FinishedTable, finishSmallTables, finishTable } from "./finish-tables";
import { SessionPool } from "./session-pool";

export interface IndexBuilderOptions {
  settings: ConnectionSettings;
  plan: RestorePlan;
  /** Tables whose rows are copied; all others with builds are built at once. */
  tables: readonly BuildTable[];
  /** Connections that copy rows. */
  jobs: number;
  /** Asked again and again: how many may be built at the same time, where that is less than are by themselves. */
  limit?: () => number | null;
  memory: BuildMemory;
  missing: MissingObjects;
  roles: TargetRoles;
  report: Report;
  onFailures: (failures: readonly ObjectFailure[]) => void;
  signal: AbortSignal;
}

/** A table as its builds need to know it. */
export interface BuildTable extends TableName {
  /** Without indexes. */
  bytesEstimated: number;
  /** Blocks of the heap; 0 means that it has no rows. */
  pages: number;
  /** Of a partition whose rows may be in others on the target: the partitioned table within which they are; else null. */
  through: TableName | null;
}

/** Tables below it are finished together, BATCH_TABLES at a time. */
const SMALL_BYTES = 1024 * 1024;
const BATCH_TABLES = 25;

/**
 * How many build at the same time when `jobs` connections have copied: more than there are cores, because a build waits for
 * its disk now and then, and those on one table that begin together read it once.
 */
export function buildersOf(jobs: number): number {
  return jobs + buildersBesideCopy(jobs);
}

/** Fewer while rows are copied: what a build takes from the copy puts off all builds that wait for their rows. */
function buildersBesideCopy(jobs: number): number {
  return Math.ceil(jobs / 2);
}

/** Builds indexes and constraints beside the copy, each table's as soon as its rows are complete. */
export class IndexBuilder implements AsyncDisposable {
  readonly pool: SessionPool;
  readonly #options: IndexBuilderOptions;
  readonly #context: BuildContext;
  /** Keys of the tables whose statistics are gathered. */
  readonly analyzed = new Set<string>();
  readonly #tables: ReadonlyMap<string, BuildTable>;
  readonly #partitioning: Partitioning;
  /** Partitions not ended yet, by the partitioned table at the top. */
  readonly #partsLeft = new Map<string, number>();
  readonly #started = new Map<string, Promise<void>>();
  #small: FinishedTable[] = [];
  /** Keys of the tables whose rows are still to come. */
  readonly #awaited: Set<string>;
  readonly #withoutRows = new Set<string>();

  constructor(options: IndexBuilderOptions) {
    const { settings, jobs, memory, signal, plan, missing, roles, report, onFailures } = options;
    this.#options = options;
    this.pool = new SessionPool({
      settings,
      size: buildersOf(jobs),
      limit: () => this.#limit(),
      applicationName: "howdah indexes",
      prepare: async (client) => {
        await applySession(client, plan.session);
        await overrideDefaults(client);
        await withoutEventTriggers(client);
        await client.query(`set maintenance_work_mem = ${literal(`${memory.shareMib}MB`)}`);
      },
      signal,
    });
    this.#context = {
      pool: this.pool,
      memory: new MemoryShares(memory),
      isCopying: () => this.#awaited.size > 0,
      missing,
      roles,
      report,
      onFailures,
      signal,
    };
    this.#tables = new Map(options.tables.map((table) => [tableKey(table), table]));
    this.#awaited = new Set(this.#tables.keys());
    this.#partitioning = partitioning(plan);
    for (const key of this.#tables.keys()) {
      const root = this.#rootOf(key);
      if (root !== key) this.#partsLeft.set(root, (this.#partsLeft.get(root) ?? 0) + 1);
    }
    for (const [key, table] of plan.tables) if (!this.#tables.has(key)) this.#start(table.table);
  }

  /** To be called when a table has its rows, or never will. */
  tableEnded(table: TableName, copied: boolean): void {
    if (!copied) this.#withoutRows.add(tableKey(table));
    this.#awaited.delete(tableKey(table));
    for (const one of this.#endedWith(table)) this.#start(one);
    if (this.#awaited.size === 0) this.pool.look();
  }

  /** Partitions whose rows are mixed on the target have theirs when all have ended, and lack some when one does. */
  #endedWith(table: TableName): readonly TableName[] {
    const through = this.#tables.get(tableKey(table))?.through ?? null;
    if (through === null) return [table];
    const isMixed = (one: BuildTable) => one.through !== null && tableKey(one.through) === tableKey(through);
    const mixed = [...this.#tables.values()].filter(isMixed);
    if (mixed.some((one) => this.#awaited.has(tableKey(one)))) return [];
    if (mixed.some((one) => this.#withoutRows.has(tableKey(one))))
      for (const one of mixed) this.#withoutRows.add(tableKey(one));
    return mixed;
  }

  /**
   * To be called when no rows are copied any more. Waits for all builds, then attaches partitions' indexes and adds foreign keys,
   * `beside` which other work is done.
   */
  async finish(beside: () => Promise<void> = async () => undefined): Promise<void> {
    const { plan, missing, roles, signal } = this.#options;
    this.#awaited.clear();
    this.#flushSmall();
    this.pool.look();
    const startedAt = performance.now();
    await Promise.all(this.#started.values());
    const builtAt = this.#reportStep("index-builds", startedAt);
    for (const statements of [plan.partitionedIndexes, plan.attaches]) {
      this.#context.onFailures(
        await this.pool.run((client) => runStatements({ client, statements, missing, roles, signal })),
      );
    }
    const keys = addForeignKeys(this.#context, plan.foreignKeys, this.#foreignKeyOptions());
    await Promise.all([keys, beside()]);
    this.#reportStep("constraints", builtAt);
  }

  #limit(): number {
    const { jobs, limit = () => null } = this.#options;
    const usual = this.#awaited.size > 0 ? buildersBesideCopy(jobs) : buildersOf(jobs);
    return Math.min(usual, limit() ?? usual);
  }

  #foreignKeyOptions(): ForeignKeyOptions {
    const { jobs } = this.#options;
    const { parents, partitioned } = this.#partitioning;
    const incomplete = new Set([...this.#withoutRows].flatMap((key) => withParents(key, parents)));
    return {
      jobs,
      hasRows: (table) => !this.#withoutRows.has(tableKey(table)),
      isComplete: (table) => !incomplete.has(tableKey(table)),
      isSmall: (table) => (this.#tables.get(tableKey(table))?.bytesEstimated ?? 0) < SMALL_BYTES,
      isPartitioned: (table) => partitioned.has(tableKey(table)),
      rootOf: (table) => this.#rootOf(tableKey(table)),
      leavesOf: (table) => this.#leavesOf(tableKey(table)),
    };
  }

  /** Returns when it ended. */
  #reportStep(step: "index-builds" | "constraints", startedAt: number): number {
    const now = performance.now();
    this.#options.report({ type: "step-completed", step, ms: Math.round(now - startedAt) });
    return now;
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
    if (this.#started.has(key)) return;
    const plan = this.#options.plan.tables.get(key) ?? null;
    this.#options.plan.tables.delete(key);
    const facts = this.#tables.get(key);
    const hasRows = facts !== undefined && facts.pages > 0 && !this.#withoutRows.has(key);
    const root = this.#rootOf(key);
    const analyze = hasRows && (root === key || this.#partitioning.outward.has(root));
    const bytes = facts?.bytesEstimated ?? 0;
    if (bytes >= SMALL_BYTES) {
      this.#run([key], () => finishTable(this.#context, { table, plan, analyze, bytes }, this.analyzed));
      return;
    }
    this.#started.set(key, Promise.resolve());
    this.#small.push({ table, plan, analyze, bytes });
    if (this.#small.length === 1) queueMicrotask(() => this.#flushSmall());
    if (this.#small.length >= BATCH_TABLES) this.#flushSmall();
  }

  /** The copy ends small tables many at a time, so those that ended together are finished together. */
  #flushSmall(): void {
    const batch = this.#small;
    this.#small = [];
    const keys = batch.map(({ table }) => tableKey(table));
    if (batch.length > 0) this.#run(keys, () => finishSmallTables(this.#context, batch, this.analyzed));
  }

  #run(keys: readonly string[], work: () => Promise<void>): void {
    const running = work().then(() => this.#partsEnded(keys));
    // Whoever awaits finish() gets the error; until then it must not count as unhandled.
    running.catch(() => undefined);
    for (const key of keys) this.#started.set(key, running);
  }

  /** Statistics of a partitioned table are those of all its partitions, so they wait for the last one. */
  async #partsEnded(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const root = this.#rootOf(key);
      const left = (this.#partsLeft.get(root) ?? 0) - 1;
      const table = this.#partitioning.names.get(root);
      if (root === key || !table || !this.#tables.has(key) || this.#partitioning.outward.has(root)) continue;
      this.#partsLeft.set(root, left);
      const isComplete = ![...this.#withoutRows].some((one) => this.#rootOf(one) === root);
      if (left === 0 && isComplete)
        await finishTable(this.#context, { table, plan: null, analyze: true, bytes: 0 }, this.analyzed);
    }
  }

  /** Partitions at any depth that hold rows. */
  #leavesOf(key: string): TableName[] {
    const { parents, partitioned, names } = this.#partitioning;
    return [...parents.keys()]
      .filter((one) => !partitioned.has(one) && withParents(one, parents).includes(key))
      .flatMap((one) => names.get(one) ?? []);
  }

  #rootOf(key: string): string {
    return withParents(key, this.#partitioning.parents).at(-1) ?? key;
  }
}

/** All by tableKey(). */
interface Partitioning {
  partitioned: Set<string>;
  /** What each partition is one of. */
  parents: Map<string, string>;
  /** Of all of them. */
  names: Map<string, TableName>;
  /** Partitioned tables at the top that have foreign tables: ANALYZE of them would read from other servers. */
  outward: Set<string>;
}

function partitioning({ preData }: RestorePlan): Partitioning {
  const result: Partitioning = {
    partitioned: new Set(),
    parents: new Map(),
    names: new Map(),
    outward: new Set(),
  };
  const foreign: string[] = [];
  for (const { kind, table, references, partitioned } of preData) {
    if (!table) continue;
    if (kind === "foreign-data") foreign.push(tableKey(table));
    if (partitioned) result.partitioned.add(tableKey(table));
    if (kind !== "table-attach" || !references) continue;
    result.parents.set(tableKey(references), tableKey(table));
    result.names.set(tableKey(table), table);
    result.names.set(tableKey(references), references);
  }
  for (const key of foreign)
    if (result.parents.has(key)) result.outward.add(withParents(key, result.parents).at(-1) ?? key);
  return result;
}

/** A table, what it is a partition of, and so on to the top. */
function withParents(key: string, parents: ReadonlyMap<string, string>): string[] {
  const line: string[] = [];
  for (let at: string | undefined = key; at !== undefined; at = parents.get(at)) line.push(at);
  return line;
}
