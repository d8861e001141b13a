import { setTimeout as sleep } from "node:timers/promises";
import type { FollowStart } from "@/lib/engine/cdc/follow-options";
import { type CutoverOutcome, type Follower, onlineTableOf } from "@/lib/engine/testing/online/follower";
import { parseCutoverResult, parseStoppedTables } from "@/lib/migrations/follow-figures";
import { store } from "@/lib/store/client";
import { requestCutover } from "@/lib/store/online/database-wishes";
import { CodedError } from "@/lib/util/coded-error";
import { patiently } from "./patiently";
import type { WorkerPool } from "./worker-pool";

const POLL_MS = 100;

function read(id: string) {
  return patiently(() =>
    store().migration.findUniqueOrThrow({
      where: { id },
      include: { databases: { include: { problems: true, checkpoint: true } } },
    }),
  );
}

type Row = Awaited<ReturnType<typeof read>>;

/** An online migration as the store shows it, driven by worker processes. */
export class WorkerFollower implements Follower, AsyncDisposable {
  readonly #id: string;
  readonly #workers: WorkerPool;
  readonly #polling: Promise<void>;
  /** What the store says is forgotten when the migration ends. */
  readonly #exempt = new Set<string>();
  #row: Row | null = null;
  #isOver = false;

  constructor(id: string, workers: WorkerPool) {
    this.#id = id;
    this.#workers = workers;
    this.#polling = this.#poll();
    this.#polling.catch(() => undefined);
  }

  hasBegun(): boolean {
    return this.#row?.substate === "MigratingData" && (this.#row.databases[0]?.state ?? null) !== null;
  }

  mayLook(): boolean {
    const [database] = this.#row?.databases ?? [];
    if (!database) return false;
    if (database.caughtUpAt) return true;
    const lsns = startOf(database)?.tables.map(({ lsn }) => lsn) ?? [];
    return new Set(lsns).size === 1;
  }

  exempt(): ReadonlySet<string> {
    return this.#exempt;
  }

  complaints(): string[] {
    const problems = this.#row?.databases.flatMap((database) => database.problems) ?? [];
    // A table that is copied again at the cutover is told of, and right.
    const told = problems.filter(({ code }) => code !== "TABLE_WITHOUT_IDENTITY");
    return told.map(({ object, code, message }) => `${object}: ${code}: ${message}`);
  }

  /** kill -9, and another worker. */
  async interrupt(): Promise<string> {
    const [worker] = this.#workers.running;
    if (worker) await this.#workers.end(worker, "SIGKILL");
    await this.#workers.start();
    return "worker killed";
  }

  async cutOver(): Promise<CutoverOutcome> {
    while (!(await this.#mayCutOver())) await this.#pause();
    for (;;) {
      const row = await read(this.#id);
      this.#see(row);
      if (row.substate === "Completed") return outcomeOf(row);
      await this.#pause();
    }
  }

  /** A round that gave up waiting is not asked for any more: else the program would never end. */
  async #pause(): Promise<void> {
    if (this.#isOver) throw new Error("the round is over");
    await sleep(POLL_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#polling.catch(() => undefined);
  }

  /** Asks for the cutover; false while it is not allowed yet. */
  async #mayCutOver(): Promise<boolean> {
    try {
      await patiently(() => requestCutover({ migrationId: this.#id, actor: "chaos" }));
      return true;
    } catch (error) {
      if (!(error instanceof CodedError && error.code === "ACTION_NOT_ALLOWED")) throw error;
      return (await read(this.#id)).substate === "Completed";
    }
  }

  #see(row: Row): void {
    this.#row = row;
    for (const database of row.databases) {
      const start = startOf(database);
      const stopped = parseStoppedTables(database.stoppedTables);
      for (const table of [...(start?.recopied ?? []), ...(start?.leftOut ?? []), ...stopped])
        this.#exempt.add(onlineTableOf(table));
    }
  }

  async #poll(): Promise<void> {
    while (!this.#isOver) {
      this.#see(await read(this.#id));
      await sleep(POLL_MS);
    }
  }
}

function startOf({ checkpoint }: Row["databases"][number]): FollowStart | null {
  return (checkpoint?.followStart ?? null) as FollowStart | null;
}

function outcomeOf(row: Row): CutoverOutcome {
  const [database] = row.databases;
  const cutover = parseCutoverResult(database?.cutover);
  // A table that could not be followed makes it fail, though all else is there.
  const isPartial = row.state === "Failed" && (cutover?.unfollowed.length ?? 0) > 0;
  if (!cutover || (row.state !== "Succeeded" && !isPartial)) throw new Error(`${row.state}: ${row.error}`);
  return {
    ms: cutover.ms,
    unfollowed: cutover.unfollowed.map(({ schema, name, reason }) => ({ name: `${schema}.${name}`, reason })),
  };
}
