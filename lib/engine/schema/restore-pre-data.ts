import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { sqlStateOf } from "@/lib/postgres/errors";
import { SessionPool } from "../indexes/session-pool";
import { prepareTarget } from "../session-settings";
import type { MissingObjects } from "./missing-objects";
import type { RestorePlan } from "./restore-plan";
import { chunksOf, planStages } from "./restore-stages";
import { type RunStatementsOptions, runStatements } from "./run-statements";
import type { SchemaStatement } from "./statement";
import { runBatch } from "./statement-batch";
import { type TargetRoles, withoutMissingRoles } from "./target-roles";

export interface RestorePreDataOptions {
  /** A session of the target database; it keeps the settings of the plan. */
  client: pg.Client;
  /** Where more sessions come from, and how many there may be in all; one when absent. */
  parallel?: { settings: ConnectionSettings; jobs: number };
  plan: RestorePlan;
  missing: MissingObjects;
  roles: TargetRoles;
  /** As for runStatements(). */
  isAlreadyThere?: RunStatementsOptions["isAlreadyThere"];
  signal: AbortSignal;
}

/**
 * Creates everything that must be there before rows: schemas, extensions, types, functions, tables, views; long runs of
 * tables over several sessions. Returns what the target refused; throws as runStatements() does.
 */
export async function restorePreData(options: RestorePreDataOptions): Promise<ObjectFailure[]> {
  const { client, plan, roles } = options;
  await applySession(client, plan.session);
  const { kept, warnings } = withoutMissingRoles(plan.preData, roles);
  await using restore = new PreDataRestore(options);
  return [...warnings, ...(await restore.run(kept))];
}

/** Prepares a session of the target for statements of a plan. Throws what the server reports. */
export async function applySession(client: pg.Client, session: readonly SchemaStatement[]): Promise<void> {
  // A crash of the target ends the migration anyway, so nothing is won by waiting for its disk.
  const statements = ["set synchronous_commit = off", ...session.map((statement) => statement.sql)];
  await client.query(statements.join(";\n"));
}

class PreDataRestore implements AsyncDisposable {
  readonly #options: RestorePreDataOptions;
  readonly #pool: SessionPool | null = null;
  readonly #terminate = () => void this.#pool?.terminate();
  /** Settings met so far; `#known` tells how many of them a session of the pool has. */
  readonly #settings: string[] = [];
  readonly #known = new WeakMap<pg.Client, number>();

  constructor(options: RestorePreDataOptions) {
    this.#options = options;
    const { parallel, plan, signal } = options;
    if (!parallel || parallel.jobs < 2) return;
    this.#pool = new SessionPool({
      settings: parallel.settings,
      size: parallel.jobs - 1,
      applicationName: "howdah schema",
      prepare: async (client) => {
        await prepareTarget(client);
        await applySession(client, plan.session);
      },
      signal,
    });
    signal.addEventListener("abort", this.#terminate, { once: true });
  }

  async run(statements: readonly SchemaStatement[]): Promise<ObjectFailure[]> {
    const failures: ObjectFailure[] = [];
    for (const stage of planStages(statements)) {
      const deferred =
        stage.mode === "independent" && this.#pool ? await this.#spread(stage.statements) : null;
      if (stage.mode === "settings") this.#settings.push(...stage.statements.map(({ sql }) => sql));
      failures.push(...(await this.#inOrder(deferred ?? stage.statements)));
    }
    return failures;
  }

  async #inOrder(statements: readonly SchemaStatement[]): Promise<ObjectFailure[]> {
    return await runStatements({ ...this.#options, statements });
  }

  /** Runs chunks in whichever session is free. Returns, in dump order, what did not succeed, to be tried in order. */
  async #spread(statements: readonly SchemaStatement[]): Promise<SchemaStatement[]> {
    const { client, parallel } = this.#options;
    const chunks = chunksOf(statements).entries();
    const deferred: SchemaStatement[][] = [];
    const work = async (session: pg.Client) => {
      for (const [index, chunk] of chunks) deferred[index] = await this.#runChunk(session, chunk);
    };
    const helpers = Array.from({ length: (parallel?.jobs ?? 1) - 1 }, () => this.#help(work));
    await Promise.all([work(client), ...helpers]);
    return deferred.flat();
  }

  /** Without a session to be had the others do the work. */
  async #help(work: (session: pg.Client) => Promise<void>): Promise<void> {
    let opened = false;
    try {
      await this.#pool?.run(async (session) => {
        opened = true;
        const missed = this.#settings.slice(this.#known.get(session) ?? 0);
        if (missed.length > 0) await session.query(missed.join(";\n"));
        this.#known.set(session, this.#settings.length);
        await work(session);
      });
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (opened) throw error;
    }
  }

  async #runChunk(session: pg.Client, chunk: readonly SchemaStatement[]): Promise<SchemaStatement[]> {
    const { missing, signal } = this.#options;
    const failed = new Set(chunk.filter((statement) => missing.neededBy(statement) !== null));
    let pending = chunk.filter((statement) => !failed.has(statement));
    while (pending.length > 0) {
      signal.throwIfAborted();
      const texts = pending.map((statement) => statement.sql);
      const { committed, error } = await runBatch(session, texts);
      if (!error) break;
      if (sqlStateOf(error) === null) throw error;
      // A syntax error refuses the whole text at once; runStatements() finds whose it is.
      const isRefused = sqlStateOf(error) === "42601";
      for (const one of pending.slice(committed, isRefused ? undefined : committed + 1)) failed.add(one);
      pending = isRefused ? [] : pending.slice(committed + 1);
    }
    return chunk.filter((statement) => failed.has(statement));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#terminate);
    await this.#pool?.[Symbol.asyncDispose]();
  }
}
