import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { Chance } from "../random/chance";
import { queryRows } from "../with-session";
import { changeSchema, schemaChangeOf } from "./change-schema";
import { compareEnds } from "./compare-ends";
import type { CutoverOutcome, Follower } from "./follower";
import { judge, judgeAll, readPast } from "./judge";
import { type Look, Watcher } from "./look";
import { ONLINE_FAULTS, SILENT_FAULTS, type Stage } from "./online-faults";
import { ONLINE_TABLES, UNLOGGED_TABLE } from "./online-tables";
import { LEDGER } from "./tally";
import type { WriterReport } from "./writer";
import { startWriters } from "./writers";

export interface OnlineRoundOptions {
  seed: number;
  /** Names of ONLINE_FAULTS to choose from; each with its share. */
  faults: readonly string[];
  /** Faults of one round. */
  fewest: number;
  most: number;
  /** Milliseconds for which the writers write; longer, until so many states of the target were seen between them. */
  writeMs: number;
  fewestStates: number;
  writers: number;
  bulkRows: number;
  /** Milliseconds between two transactions of a writer. */
  pauseMs: number;
  /** Alters or drops a table, and makes a new one, while changes are followed. */
  changesSchema?: boolean;
}

export interface OnlineRoundResult {
  /** What was done, and after how many milliseconds, in order. */
  done: string[];
  writing: WriterReport;
  /** Looks at the target, and how many different states they saw. */
  looks: number;
  states: number;
  /** Transactions of the source. */
  transactions: number;
  /** After everything was up again: until the target moved on; the longest, in milliseconds. */
  goingOnMs: number;
  /** From the wish to the end. */
  cutoverMs: number;
  totalMs: number;
  /** Everything that is not as it should be; empty when the round passed. */
  faults: string[];
}

/** What a follower has to be back within when everything is up, and when it has to find out by itself that it is cut off. */
const GOING_ON_LIMIT_MS = 15_000;
const SILENCE_LIMIT_MS = 75_000;
/** Writers are not kept longer for the sake of more states. */
const WRITE_LIMIT_MS = 30_000;
const CUTOVER_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 40;
/** When a fault may come; a cutover is over soon. */
const PHASES = ["start", "following", "following", "cutover"] as const;
const CUTOVER_MS = 700;

export interface OnlinePair {
  /** Past the proxies. */
  source: () => ConnectionSettings;
  target: () => ConnectionSettings;
  stage: Stage;
  follower: Follower;
}

/** Writers write while the target is watched and things go wrong; then the cutover; then all that was seen is judged. */
export async function runOnlineRound(
  pair: OnlinePair,
  options: OnlineRoundOptions,
): Promise<OnlineRoundResult> {
  const round = new OnlineRound(pair, options);
  return await round.run();
}

class OnlineRound {
  readonly #pair: OnlinePair;
  readonly #options: OnlineRoundOptions;
  readonly #chance: Chance;
  readonly #begun = performance.now();
  readonly #looks: Look[] = [];
  readonly #done: string[] = [];
  readonly #faults: string[] = [];
  #goingOnMs = 0;
  /** When the last fault was over; and what may be waited for since then. */
  #upSince = performance.now();
  #limitMs = GOING_ON_LIMIT_MS;
  #isFollowingOver = false;
  #isWritten = false;
  #isOver = false;

  constructor(pair: OnlinePair, options: OnlineRoundOptions) {
    this.#pair = pair;
    this.#options = options;
    this.#chance = new Chance(options.seed);
  }

  async run(): Promise<OnlineRoundResult> {
    const { seed, writers: count, bulkRows, pauseMs, writeMs, fewestStates } = this.#options;
    const { source, follower } = this.#pair;
    await using writers = startWriters({ source: source(), seed, count, bulkRows, pauseMs });
    const watching = this.#watch();
    const breaking = this.#break();
    const changing = this.#changeSchema();
    for (const background of [watching, breaking, changing]) background.catch(() => undefined);
    try {
      await sleep(writeMs);
      const isEnough = () => this.#isFollowingOver && this.#states >= fewestStates;
      while (!isEnough() && this.#sinceBegin() < writeMs + WRITE_LIMIT_MS) await sleep(LOOK_EVERY_MS);
      this.#isWritten = true;
      const isChanged = await changing;
      const writing = await writers.stop();
      const [wished, wishedAt] = [performance.now(), new Date().toISOString()];
      const outcome = await within(follower.cutOver(), CUTOVER_LIMIT_MS, "the cutover did not end");
      const cutoverMs = Math.round(performance.now() - wished);
      this.#isOver = true;
      await Promise.all([watching, breaking]);
      this.#demand(Math.min(cutoverMs, performance.now() - this.#upSince), "the cutover");
      await this.#judge(outcome, isChanged, wishedAt);
      return { ...this.#result(), writing, cutoverMs };
    } catch (error) {
      throw new Error(`${error}, after ${JSON.stringify(this.#done)}`, { cause: error });
    } finally {
      this.#isOver = true;
      await Promise.allSettled([watching, breaking]);
    }
  }

  get #states(): number {
    return new Set(this.#looks.map(({ last }) => last)).size;
  }

  #sinceBegin(): number {
    return performance.now() - this.#begun;
  }

  /** Notes what took too long since everything was up; a machine that has other work as well may take its time. */
  #demand(ms: number, what: string): void {
    const [load = 0] = loadavg();
    if (ms > this.#limitMs * Math.max(1, load / availableParallelism()))
      this.#faults.push(`${what} took ${Math.round(ms)} ms after: ${this.#done.at(-1)}`);
  }

  #result(): Omit<OnlineRoundResult, "writing" | "cutoverMs"> {
    return {
      done: this.#done,
      looks: this.#looks.length,
      states: this.#states,
      transactions: this.#looks.at(-1)?.last ?? 0,
      goingOnMs: this.#goingOnMs,
      totalMs: Math.round(this.#sinceBegin()),
      faults: this.#faults,
    };
  }

  /** Looks at the target until the round is over, and then once more. */
  async #watch(): Promise<void> {
    await using watcher = new Watcher(this.#pair.target(), ONLINE_TABLES);
    while (!this.#isOver) {
      if (this.#pair.follower.mayLook()) {
        const look = await watcher.look();
        if (look) this.#looks.push(look);
      }
      await sleep(LOOK_EVERY_MS);
    }
    const until = performance.now() + GOING_ON_LIMIT_MS;
    for (let look: Look | null = null; !look && performance.now() < until; await sleep(LOOK_EVERY_MS)) {
      look = await watcher.look();
      if (look) this.#looks.push(look);
    }
  }

  /** True when it was; only what happens after the rows were copied is of interest. */
  async #changeSchema(): Promise<boolean> {
    const isOver = () => this.#isWritten || this.#isOver;
    if (!this.#options.changesSchema) return false;
    while (!isOver() && !this.#pair.follower.mayLook()) await sleep(LOOK_EVERY_MS);
    return await changeSchema(this.#pair.source, schemaChangeOf(this.#options.seed), isOver);
  }

  /** Breaks things from the beginning on, then while changes are followed, then during the cutover. */
  async #break(): Promise<void> {
    const { fewest, most, faults, writeMs } = this.#options;
    const plan = Array.from({ length: this.#chance.between(fewest, most) }, () => ({
      phase: this.#chance.pick(PHASES),
      part: this.#chance.between(0, 100) / 100,
      name: this.#chance.pick(faults),
      // What a fault does must not depend on how those before it went.
      chance: new Chance(this.#chance.between(0, 1_000_000)),
    })).sort((one, other) => one.part - other.part);
    const doPhase = async (phase: (typeof PHASES)[number], ms: number) => {
      const begun = performance.now();
      for (const { part, name, chance } of plan.filter((one) => one.phase === phase)) {
        await sleep(Math.max(0, part * ms - (performance.now() - begun)));
        if (!this.#isOver) await this.#do(name, chance);
      }
    };
    while (!this.#pair.follower.hasBegun() && !this.#isWritten) await sleep(LOOK_EVERY_MS);
    await doPhase("start", writeMs / 2);
    while (this.#looks.length === 0 && !this.#isWritten) await sleep(LOOK_EVERY_MS);
    await doPhase("following", writeMs / 2);
    this.#isFollowingOver = true;
    while (!this.#isWritten) await sleep(LOOK_EVERY_MS);
    await doPhase("cutover", CUTOVER_MS);
  }

  async #do(name: string, chance: Chance): Promise<void> {
    const after = Math.round(this.#sinceBegin());
    const wasFollowing = this.#looks.length > 0;
    if (SILENT_FAULTS.has(name)) this.#limitMs = SILENCE_LIMIT_MS;
    this.#done.push(`${after} ms: ${await ONLINE_FAULTS[name]?.(this.#pair.stage, chance)}`);
    this.#upSince = performance.now();
    // How long a copy takes is another matter.
    if (wasFollowing) await this.#awaitProgress();
  }

  /** Until the target has what the source has now, or the writers have ended. */
  async #awaitProgress(): Promise<void> {
    const aim = await this.#lastOnSource();
    const isThere = () => (this.#looks.at(-1)?.last ?? 0) >= aim;
    const ms = () => performance.now() - this.#upSince;
    while (!this.#isWritten && !isThere() && ms() < 2 * this.#limitMs) await sleep(LOOK_EVERY_MS);
    if (this.#isWritten) return;
    this.#goingOnMs = Math.max(this.#goingOnMs, Math.round(ms()));
    this.#demand(ms(), "going on");
  }

  async #lastOnSource(): Promise<number> {
    const sql = `select max(n)::int as n from ${LEDGER}`;
    const [row] = await queryRows<{ n: number }>(this.#pair.source(), sql);
    return row?.n ?? 0;
  }

  async #judge({ unfollowed }: CutoverOutcome, isChanged: boolean, wishedAt: string): Promise<void> {
    const { source, target, stage, follower } = this.#pair;
    const past = await readPast(source());
    const change = isChanged ? schemaChangeOf(this.#options.seed) : null;
    const given: ReadonlyMap<string, string> = change?.named ?? new Map<string, string>();
    const rewritten = new Set(change?.rewritten);
    const options = {
      tables: ONLINE_TABLES,
      exempt: new Set([...follower.exempt(), ...rewritten]),
      resets: stage.resets,
    };
    this.#faults.push(...judgeAll(this.#looks, past, options));
    const final = this.#looks.at(-1);
    if (final?.last !== past.entries.length)
      this.#faults.push(
        `the target ends at transaction ${final?.last}, the source at ${past.entries.length}`,
      );
    // Of an unlogged table a crash of the source empties, of an altered one the rows change, and no trigger tells.
    const told = ONLINE_TABLES.filter(
      ({ name, relation }) => relation !== UNLOGGED_TABLE && !given.has(relation) && !rewritten.has(name),
    );
    const everything = told.map((table) => ({ ...table, followed: "exact" as const }));
    if (final) this.#faults.push(...judge(final, past, { tables: everything }));
    const exempt = new Set([...given.keys(), ...(await this.#emptied(wishedAt))]);
    this.#faults.push(...(await compareEnds(source(), target(), { exempt })));
    const expected = [...given.keys(), ...[...rewritten].map((name) => `s.${name}`)];
    const others = follower.complaints().filter((said) => !expected.some((name) => said.includes(name)));
    this.#faults.push(...others.map((message) => `it complained: ${message}`));
    this.#judgeWords(unfollowed, given);
  }

  /** An unlogged table is empty after a crash of the target that came when its rows had been copied for the last time. */
  async #emptied(wishedAt: string): Promise<string[]> {
    const { target, stage } = this.#pair;
    if (!stage.resets.some((at) => at >= wishedAt)) return [];
    const rows = await queryRows(target(), `select from ${UNLOGGED_TABLE} limit 1`);
    return rows.length === 0 ? [UNLOGGED_TABLE] : [];
  }

  /** What was given up is named with its reason, and nothing else is. */
  #judgeWords(unfollowed: CutoverOutcome["unfollowed"], given: ReadonlyMap<string, string>): void {
    const named = new Map<string, string>(unfollowed.map(({ name, reason }) => [name, reason]));
    for (const name of new Set([...named.keys(), ...given.keys()]))
      if (named.get(name) !== given.get(name))
        this.#faults.push(`${name} is named as ${named.get(name)}, not as ${given.get(name)}`);
  }
}

/** What the promise resolves to; throws when that takes longer. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new Error(`${what} within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
