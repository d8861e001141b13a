import type { Lsn } from "@/lib/postgres/lsn";
import { maxLsn } from "@/lib/postgres/lsn";
import type { Commit, Relation, Truncate } from "../decode/change";
import { ChangeSpool } from "./change-spool";
import { type CountedChanges, countChanges } from "./count-changes";
import type { KeyedChange } from "./fold";
import type { FollowedTables } from "./followed-tables";
import type { BadChange, PlannedChange } from "./planned-change";
import type { TargetWriter } from "./target-writer";
import type { Turns } from "./turns";

export interface LargeTransactionOptions {
  writer: TargetWriter;
  tables: FollowedTables;
  turns: Turns;
  /** The transaction ends after it. */
  floor: Lsn;
  progressLsn: Lsn;
  name: string;
  spoolFolder: string | undefined;
}

export interface LargeResult {
  counts: CountedChanges;
  diverged: BadChange[];
  given: number;
}

/**
 * A transaction of the source that is not held in memory: it is applied piece by piece as it comes, in one transaction of
 * the target. Where it ends is not known until then, so changes of tables that may have it already wait on disk.
 */
export class LargeTransaction implements AsyncDisposable {
  readonly #options: LargeTransactionOptions;
  readonly #spool: ChangeSpool;
  readonly #counts: CountedChanges = new Map();
  readonly #diverged: BadChange[] = [];
  #given = 0;
  #hasBegun = false;
  /** The piece that the target has not answered for. */
  #running: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;

  constructor(options: LargeTransactionOptions) {
    this.#options = options;
    this.#spool = new ChangeSpool(options.spoolFolder, options.name);
  }

  /** True while the target works on a piece. */
  get isBusy(): boolean {
    return this.#running !== null;
  }

  /** Takes a piece; applies it while the next one is gathered. Throws what applying this or an earlier one throws. */
  async add(changes: readonly (KeyedChange | Truncate)[]): Promise<void> {
    this.#given += changes.length;
    const planned: PlannedChange[] = [];
    for (const change of changes) {
      const { now, later } = this.#sort(change);
      const asking = now && this.#options.tables.plan(now, planned);
      if (asking) await asking;
      if (later) await this.#spool.add(later);
    }
    await this.#apply(planned);
  }

  /** Applies the rest and commits. Throws as `add`. */
  async finish(commit: Commit): Promise<LargeResult> {
    const { tables, turns, writer, progressLsn } = this.#options;
    for await (const changes of commit.endLsn > progressLsn ? this.#spool.read() : []) {
      const planned: PlannedChange[] = [];
      for (const change of changes) {
        const wanted = tables.wantedOf(change, commit.endLsn);
        await (wanted && tables.plan(wanted, planned));
      }
      await this.#apply(planned);
    }
    await this.#settle();
    await tables.told();
    if (this.#hasBegun) await turns.take(() => writer.finish(commit));
    return { counts: this.#counts, diverged: this.#diverged, given: this.#given };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    await this.#spool[Symbol.asyncDispose]();
  }

  async #apply(planned: PlannedChange[]): Promise<void> {
    await this.#settle();
    if (planned.length === 0) return;
    const { turns, writer } = this.#options;
    if (!this.#hasBegun) writer.begin();
    this.#hasBegun = true;
    this.#running = turns
      .take(async () => {
        const diverged = await writer.writePiece(planned);
        countChanges(planned, diverged, this.#counts);
        this.#diverged.push(...diverged);
      })
      .catch((error) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running = null;
      });
  }

  async #settle(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
  }

  /** What can be applied now, and what depends on where the transaction ends. */
  #sort(change: KeyedChange | Truncate) {
    if (change.kind !== "truncate") {
      const certainty = this.#certaintyOf(change.relation);
      return { now: certainty === "now" ? change : null, later: certainty === "later" ? change : null };
    }
    const of = (wanted: "now" | "later") => {
      const relations = change.relations.filter((relation) => this.#certaintyOf(relation) === wanted);
      return relations.length > 0 ? { ...change, relations } : null;
    };
    return { now: of("now"), later: of("later") };
  }

  #certaintyOf(relation: Relation): "now" | "later" | "never" {
    const lsn = this.#options.tables.lsnOf(relation);
    if (lsn === null) return "never";
    return maxLsn(lsn, this.#options.progressLsn) <= this.#options.floor ? "now" : "later";
  }
}
