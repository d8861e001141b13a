import type { FollowStart } from "@/lib/engine/cdc/follow-options";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { listFollowed } from "@/lib/store/checkpoint";
import { store } from "@/lib/store/client";
import { advance, type LoadedMigration } from "@/lib/store/run";
import { inParallel } from "@/lib/util/in-parallel";
import { openEndpoints, type ServerEndpoints } from "../endpoints";
import { type DatabaseTask, migrateDatabase } from "../migrate-database";
import { limitsOf, planBatches } from "../migrate-databases";
import { Reporter } from "../reporter";
import { RunAborted } from "../run-aborted";
import type { RunContext, StepResult } from "../run-context";
import { followMoved } from "./follow-database";
import { FollowReporter } from "./follow-reporter";
import { reportLeftovers } from "./report-leftovers";

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Canceled"]);

/**
 * MigratingData and WaitingForCutoverTrigger of an online migration: copies the databases that have no rows yet, follows each
 * from then on, and ends once every one of them was cut over, has failed or was canceled. One that fails does not hold up the
 * others. What was finished before is gone on with, whichever of the two substates the migration was left in.
 */
export async function migrateOnline(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const endpoints = await openEndpoints(migration);
  context.limits.set(limitsOf(migration));
  context.wishes.set(migration.databases);
  await reportLeftovers(context, migration, endpoints);
  const broken = new AbortController();
  const signal = AbortSignal.any([context.signal, broken.signal]);
  const open = migration.databases.filter(({ state }) => !ENDED.has(state ?? ""));
  const followed = await listFollowed(store(), migration.id);
  const counted = migration.databases.filter((one) => !open.includes(one) || followed.has(one.id));
  const onStale = () => broken.abort(new RunAborted("superseded"));
  const { run } = context;
  const reporter = new Reporter({
    run,
    base: {
      bytesCopied: counted.reduce((sum, { bytesCopied }) => sum + Number(bytesCopied), 0),
      rowsCopied: counted.reduce((sum, { rowsCopied }) => sum + Number(rowsCopied), 0),
    },
    onStale,
  });
  const following = new FollowReporter({ run, ended: migration.databases, onStale });
  const stage = new Stage({ ...context, signal }, { migration, endpoints, reporter, following, broken });
  try {
    await stage.run(open, followed);
  } finally {
    await reporter[Symbol.asyncDispose]();
    await following[Symbol.asyncDispose]();
  }
  const { substate } = await store().migration.findUniqueOrThrow({ where: { id: migration.id } });
  await advance(run, substate === "MigratingData" ? "complete" : "cutover");
  return "continue";
}

interface StageParts {
  migration: LoadedMigration;
  endpoints: ServerEndpoints;
  reporter: Reporter;
  following: FollowReporter;
  /** Stops everything when one part cannot go on: the store is away, or the run is superseded. */
  broken: AbortController;
}

/** The databases of one run, some copied while others follow. */
class Stage {
  readonly #context: RunContext;
  readonly #parts: StageParts;
  readonly #followers: Promise<void>[] = [];
  /** Databases whose rows are still to be copied. */
  #copies = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor(context: RunContext, parts: StageParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Returns when every database has ended; `followed` have their rows already. Throws what stopped it. */
  async run(open: readonly MigrationDatabase[], followed: ReadonlySet<string>): Promise<void> {
    const { signal } = this.#context;
    const moved = open.filter(({ id }) => followed.has(id));
    const rest = open.filter(({ id }) => !followed.has(id));
    this.#copies = open.length;
    for (const database of moved) this.#follow(this.#migrate(database));
    const failures: unknown[] = [];
    try {
      for (const { databases, atOnce, jobs } of planBatches(this.#parts.migration, rest)) {
        await inParallel(databases, atOnce, (database) => this.#migrate(database, jobs));
        signal.throwIfAborted();
      }
    } catch (error) {
      failures.push(error);
      this.#parts.broken.abort(error);
    }
    const outcomes = await this.#drain();
    failures.push(...outcomes);
    if (failures.length > 0) throw failures[0];
    signal.throwIfAborted();
    await this.#looking;
  }

  /** Followers begin while others are waited for. */
  async #drain(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let index = 0; index < this.#followers.length; index++) {
      await this.#followers[index]?.catch((error: unknown) => failures.push(error));
    }
    return failures;
  }

  /** Copies one database; then it follows, beside whatever is copied next. */
  async #migrate(database: MigrationDatabase, jobs?: number): Promise<void> {
    const task: DatabaseTask = { ...this.#parts, database, ...(jobs === undefined ? {} : { jobs }) };
    const start = await migrateDatabase(this.#context, task);
    this.#copies--;
    if (start) this.#follow(this.#followOn(task, start));
    else this.#look();
  }

  async #followOn(task: DatabaseTask, start: FollowStart): Promise<void> {
    const { following: reporter } = this.#parts;
    await followMoved(this.#context, task, start, { reporter, onCaughtUp: () => this.#look() });
    this.#look();
  }

  #follow(follower: Promise<void>): void {
    this.#followers.push(follower);
    follower.catch((error: unknown) => this.#parts.broken.abort(error));
  }

  /** Looks, one look after another, whether all that are left have caught up. */
  #look(): void {
    const look = this.#looking.then(() => this.#waitForCutover());
    look.catch((error: unknown) => this.#parts.broken.abort(error));
    this.#looking = look;
  }

  async #waitForCutover(): Promise<void> {
    const { run } = this.#context;
    if (this.#copies > 0) return;
    const { substate, databases } = await store().migration.findUniqueOrThrow({
      where: { id: run.migrationId },
      include: { databases: true },
    });
    const open = databases.filter(({ state }) => !ENDED.has(state ?? ""));
    if (substate !== "MigratingData" || open.length === 0) return;
    if (open.every(({ caughtUpAt }) => caughtUpAt !== null)) await advance(run, "caught-up");
  }
}
