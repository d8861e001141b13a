import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { formatLsn } from "@/lib/postgres/lsn";
import type { FollowStart } from "../cdc/follow-options";
import { hasOlderRow } from "../cdc/rewritten-tables";
import {
  fileLine,
  identityLines,
  readTableIdentities,
  type TableIdentity,
  tellsTruncates,
} from "../cdc/table-identities";
import type { CheckpointHead, CheckpointPart, CheckpointStore, MoveCheckpoint } from "../checkpoint";
import { CheckpointWriter, keep } from "../copy/checkpoint-writer";
import type { SourceTable } from "../copy/list-tables";
import type { TableSplit, TableSplits } from "../copy/split-tables";
import type { KeptReason, Report, TableName } from "../events";
import type { DatabaseFilter } from "../filter/database-filter";
import { flushTarget } from "../finish/flush-target";
import { readPlannedPaths } from "../functions/planned-paths";
import type { MoveSessions } from "../move-sessions";
import { type RestorePlan, tableKey } from "../schema/restore-plan";
import type { DumpedSchema } from "../schema/statement";
import { clearTables, dropEventTriggers, dropHalfDone } from "./clear-tables";
import { readExistingObjects } from "./existing-objects";
import { endedBeforeOf, readSnapshotIdentity, readTargetIdentity } from "./identities";
import { keepEqualLargeObjects } from "./keep-large-objects";
import { type RemainingPlan, remainingPlan } from "./remaining-plan";
import { digestSchema, newFileTest } from "./schema-digest";
import { assertUsable, freshStart, resumedStart, type StartPoint } from "./start-point";

export interface ResumeOptions {
  /** Without one nothing is remembered. */
  store: CheckpointStore | undefined;
  source: ConnectionSettings;
  target: ConnectionSettings;
  sessions: MoveSessions;
  report: Report;
  /** Told once when the checkpoint cannot be written any more. */
  onBroken: (error: unknown) => void;
  signal: AbortSignal;
}

export interface StartOptions {
  tables: readonly SourceTable[];
  plan: RestorePlan;
  jobs: number;
  /** server_version_num of the source. */
  sourceVersion: number;
}

/** What is left to do of the rows, and of what is built on them. */
export interface Start extends StartPoint, RemainingPlan {
  /** Ids of large objects that are on the target as they are on the source. */
  keptObjects: ReadonlySet<string>;
}

/** What a move has of an earlier run of it, and leaves to a later one. */
export class Resume implements AsyncDisposable {
  readonly #options: ResumeOptions;
  readonly #writer: CheckpointWriter | null;
  readonly #earlier: MoveCheckpoint | null;
  readonly #now: Omit<CheckpointHead, "schemaHash" | "splits">;
  #schemaHash = "";
  #identities: ReadonlyMap<string, TableIdentity> = new Map();

  private constructor(
    options: ResumeOptions,
    earlier: MoveCheckpoint | null,
    now: Omit<CheckpointHead, "schemaHash" | "splits">,
  ) {
    const { store, target, onBroken, signal } = options;
    this.#options = options;
    this.#earlier = earlier;
    this.#now = now;
    this.#writer = store ? new CheckpointWriter({ store, target, onBroken, signal }) : null;
  }

  /** Reads the checkpoint, if any. Throws CheckpointFailure and what the servers report. */
  static async open(options: ResumeOptions): Promise<Resume> {
    const { store, sessions } = options;
    const earlier = store ? await keep(store.load()) : null;
    const source = await readSnapshotIdentity(sessions.snapshot.client);
    const target = await readTargetIdentity(sessions.target);
    return new Resume(options, earlier, { source, target });
  }

  /** By tableKey(): of the source's tables as of the snapshot, when changes are followed; once the schema was checked. */
  get identities(): ReadonlyMap<string, TableIdentity> {
    return this.#identities;
  }

  /** True when the target has what an earlier run left. */
  get isResumed(): boolean {
    return this.#earlier !== null;
  }

  /**
   * To be called with the dump before anything of it is restored. Throws CodedError CHECKPOINT_UNUSABLE when it does not go
   * with what is there.
   */
  async checkSchema(dumped: DumpedSchema, filter: DatabaseFilter | undefined): Promise<void> {
    this.#identities = await this.#identitiesOf(dumped);
    const lines = await this.#identityLines();
    const files = [...this.#identities].map(([key, identity]) => fileLine(key, identity));
    this.#schemaHash = digestSchema(dumped, filter, lines, files);
    if (this.#earlier) assertUsable(this.#earlier.head, this.#head(new Map(), []));
  }

  /** Of what is followed: nothing of a move without changes. */
  async #identitiesOf({ preData }: DumpedSchema): Promise<ReadonlyMap<string, TableIdentity>> {
    const { client, captured } = this.#options.sessions.snapshot;
    if (!captured) return new Map();
    const dumped = new Set(preData.flatMap(({ table }) => (table ? [tableKey(table)] : [])));
    return await readTableIdentities(client, dumped);
  }

  /** Changes are followed from where a table was copied: one that was replaced since then has other rows. */
  async #identityLines(): Promise<string[]> {
    const { client, captured } = this.#options.sessions.snapshot;
    if (!captured) return [];
    return identityLines(this.#identities, await tellsTruncates(client, captured.capture));
  }

  /** By tableKey(): those that may hold other rows than the changes since the earlier run tell of. */
  async #rewritten({ head }: MoveCheckpoint, tables: readonly TableName[]): Promise<ReadonlySet<string>> {
    const { client } = this.#options.sessions.snapshot;
    const isNew = newFileTest(head.schemaHash);
    const endedBefore = endedBeforeOf(head.source.snapshot);
    const paths = await readPlannedPaths(client);
    const rewritten = new Set<string>();
    for (const table of tables) {
      const identity = this.#identities.get(tableKey(table));
      if (!identity || !isNew(fileLine(tableKey(table), identity))) continue;
      if (!(await hasOlderRow(client, paths, table, endedBefore))) rewritten.add(tableKey(table));
    }
    return rewritten;
  }

  /** What of `preData` is not on the target yet; in a resumed move some of it may be refused as being there already. */
  async remainingPreData(plan: RestorePlan): Promise<RestorePlan> {
    if (!this.#earlier) return plan;
    const { target } = this.#options.sessions;
    await dropEventTriggers(target, plan.rest);
    const existing = await readExistingObjects(target);
    return { ...plan, preData: plan.preData.filter((statement) => !existing.has(statement)) };
  }

  /**
   * Decides from where the rows go on and brings the target and the checkpoint into line with it; the checkpoint of a move that
   * begins is begun. To be called when the schema stands. Throws CheckpointFailure and what the servers report.
   */
  async start(options: StartOptions): Promise<Start> {
    const { store, sessions, report, signal } = this.#options;
    const { tables, plan } = options;
    if (!this.#earlier) {
      const start = await freshStart(tables, { ...options, sourceClient: sessions.snapshot.client });
      if (store) {
        await flushTarget(sessions.target);
        await keep(store.begin(this.#head(start.splits, tables)));
      }
      return { ...start, plan, keptBuilds: [], keptObjects: new Set() };
    }
    const start = await this.#resumedStart(this.#earlier, options);
    await this.#forgetOthers(this.#earlier, start);
    await dropHalfDone(sessions.target, plan);
    await clearTables(sessions.target, start.toClear, plan);
    const keptObjects = await keepEqualLargeObjects(sessions.snapshot.client, sessions.target, signal);
    const remaining = remainingPlan(plan, await readExistingObjects(sessions.target));
    await flushTarget(sessions.target);
    if (store) await keep(store.renew(this.#head(start.splits, tables)));
    report({ type: "note", ...describe({ ...start, ...remaining, keptObjects }) });
    return { ...start, ...remaining, keptObjects };
  }

  /** Notes committed parts, once they are flushed. */
  copied(parts: readonly CheckpointPart[]): void {
    const { captured } = this.#options.sessions.snapshot;
    const lsn = captured ? formatLsn(captured.lsn) : null;
    this.#writer?.add(lsn === null ? parts : parts.map((part) => ({ ...part, lsn })));
  }

  /** To be awaited before rows that were noted are taken away. */
  async discard(table: TableName): Promise<void> {
    await this.#writer?.forget(table);
  }

  /** Resolves when all that was copied is noted. */
  async drain(): Promise<void> {
    await this.#writer?.drain();
  }

  /** The move has ended and its source is followed from there. */
  async followed(start: FollowStart): Promise<void> {
    const { store } = this.#options;
    if (store?.follow) await keep(store.follow(start));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }

  #head(splits: TableSplits, tables: readonly TableName[]): CheckpointHead {
    return {
      ...this.#now,
      schemaHash: this.#schemaHash,
      splits: tables.flatMap((table) => {
        const split = splits.get(tableKey(table));
        return split ? [{ schema: table.schema, name: table.name, ...cutOf(split) }] : [];
      }),
    };
  }

  async #resumedStart(earlier: MoveCheckpoint, options: StartOptions): Promise<StartPoint> {
    const { source, target, sessions, signal } = this.#options;
    const snapshotId = sessions.snapshot.id;
    const isFollowed = sessions.snapshot.captured !== undefined;
    const clients = { client: sessions.target, sourceClient: sessions.snapshot.client };
    const servers = { source, target, snapshotId, ...clients, isFollowed };
    const rewritten = await this.#rewritten(earlier, options.tables);
    return await resumedStart({ ...options, ...servers, rewritten, earlier, now: this.#now, signal });
  }

  /** Before their rows go, so that the checkpoint never claims what is not there. */
  async #forgetOthers({ parts }: MoveCheckpoint, start: StartPoint): Promise<void> {
    const stays = new Set([...start.kept.map(({ table }) => tableKey(table)), ...start.keptParts.keys()]);
    const others = new Map(
      parts.flatMap(({ schema, name }): [string, TableName][] => {
        const key = tableKey({ schema, name });
        return stays.has(key) ? [] : [[key, { schema, name }]];
      }),
    );
    const { store } = this.#options;
    if (store && others.size > 0) await keep(store.forget([...others.values()]));
  }
}

function cutOf(split: TableSplit): { pages: number } | { column: string; bounds: readonly string[] } {
  return split.by === "pages" ? { pages: split.pages } : { column: split.column, bounds: split.bounds };
}

const REASONS: Record<KeptReason, string> = {
  "source-unchanged": "nothing was written to the source since",
  "checksum-equal": "the source was written to, and these were compared with it",
  "changes-follow": "their changes since will follow",
};

function describe({ kept, keptParts, tables, keptBuilds, keptObjects }: Start): {
  message: string;
  data: Record<string, unknown>;
} {
  const reason = REASONS[kept[0]?.reason ?? "source-unchanged"];
  const parts = [...keptParts.values()].reduce((sum, list) => sum + list.length, 0);
  const why = kept.length + parts > 0 ? ` (${reason})` : "";
  const objects = keptObjects.size > 0 ? `, and ${count(keptObjects.size, "large object")}` : "";
  return {
    message: `Went on from an earlier run: ${count(kept.length, "table")} and ${count(parts, "part")} of others stay${why}, ${count(tables.length, "table")} to copy; ${count(keptBuilds.length, "index", "indexes")} stay${objects}.`,
    data: {
      tablesKept: kept.length,
      partsKept: parts,
      tablesToCopy: tables.length,
      indexesKept: keptBuilds.length,
      largeObjectsKept: keptObjects.size,
      reason: kept[0]?.reason ?? null,
    },
  };
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
