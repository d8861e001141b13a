import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { type Lsn, maxLsn, parseLsn } from "@/lib/postgres/lsn";
import { displayName } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import { followDatabase } from "../../cdc/follow-database";
import type {
  CaptureOptions,
  FollowEvent,
  FollowResult,
  FollowStart,
  FollowWish,
} from "../../cdc/follow-options";
import type { EngineEvent, ObjectFailure } from "../../events";
import { moveDatabase } from "../../move-database";
import { createTargetDatabase, dropTargetDatabase } from "../../target-database";
import { memoryCheckpoint } from "../memory-checkpoint";
import { type CutoverOutcome, type Follower, onlineTableOf } from "./follower";

export interface EngineFollowerOptions {
  source: ConnectionSettings;
  target: ConnectionSettings;
  capture: CaptureOptions;
  jobs: number;
  /** Bytes a second of the base copy; null: as fast as it goes. */
  bytesPerSecond: number | null;
  /** Asks for a rehearsal of the cutover as soon as changes are followed. */
  rehearses: boolean;
}

const AGAIN_AFTER_MS = 200;

/** Moves and follows a database in this process, and calls the engine again after whatever is transient, as a worker does. */
export class EngineFollower implements Follower {
  readonly #options: EngineFollowerOptions;
  readonly #checkpoint = memoryCheckpoint();
  readonly #exempt = new Set<string>();
  readonly #complaints: string[] = [];
  /** What was told, newest last, for a round that failed. */
  readonly log: string[] = [];
  readonly #end = new AbortController();
  #call = new AbortController();
  #wish: FollowWish = { kind: "follow" };
  #start: FollowStart | null = null;
  #mayLook = false;
  #isRepeated = false;
  readonly #done: Promise<FollowResult>;

  constructor(options: EngineFollowerOptions) {
    this.#options = options;
    this.#done = this.#run();
    // cutOver() tells.
    this.#done.catch(() => undefined);
  }

  hasBegun(): boolean {
    return true;
  }

  mayLook(): boolean {
    return this.#mayLook;
  }

  exempt(): ReadonlySet<string> {
    return this.#exempt;
  }

  complaints(): string[] {
    return this.#complaints;
  }

  async interrupt(): Promise<string> {
    this.#call.abort(new Error("interrupted"));
    return `interrupted while ${this.#start ? "following" : "copying"}`;
  }

  async cutOver(): Promise<CutoverOutcome> {
    this.#wish = { kind: "cutover" };
    const { cutover, failures } = await this.#done;
    for (const failure of failures) this.#complainOf(failure);
    const unfollowed = cutover.unfollowed.map(({ schema, name, reason }) => ({
      name: `${schema}.${name}`,
      reason,
    }));
    return { ms: cutover.ms, unfollowed };
  }

  /** Ends the follower, whatever it is at; what is left on the servers stays. */
  async end(): Promise<void> {
    this.#end.abort(new Error("the round is over"));
    await this.#done.catch(() => undefined);
  }

  async #run(): Promise<FollowResult> {
    for (;;) {
      this.#call = new AbortController();
      const signal = AbortSignal.any([this.#call.signal, this.#end.signal]);
      try {
        return await this.#follow(await this.#move(signal), signal);
      } catch (error) {
        this.#end.signal.throwIfAborted();
        const isExpected = this.#call.signal.aborted || (error instanceof CodedError && error.transient);
        this.#say(`ended: ${error instanceof CodedError ? `${error.code} ` : ""}${error}`);
        if (!isExpected) throw error;
      }
      await sleep(AGAIN_AFTER_MS);
    }
  }

  async #move(signal: AbortSignal): Promise<FollowStart> {
    if (this.#start) return this.#start;
    const { source, target, capture, jobs, bytesPerSecond } = this.#options;
    // Nothing of an earlier call can be gone on with: what it left is in the way.
    if (this.#isRepeated && !(await this.#checkpoint.load())) await this.#emptyTarget(signal);
    this.#isRepeated = true;
    const { follow, failures } = await moveDatabase({
      ...{ source, target, capture, jobs, signal },
      checkpoint: this.#checkpoint,
      limits: () => ({ bytesPerSecond, connections: null }),
      stallMs: 5_000,
      report: (event) => this.#hear(event),
    });
    for (const failure of failures) this.#complainOf(failure);
    if (!follow) throw new Error("nothing to follow after the move");
    // It is kept as JSON.
    this.#start = JSON.parse(JSON.stringify(follow)) as FollowStart;
    for (const table of [...follow.recopied, ...follow.leftOut]) this.#exempt.add(onlineTableOf(table));
    if (new Set(follow.tables.map(({ lsn }) => lsn)).size === 1) this.#mayLook = true;
    if (this.#options.rehearses && this.#wish.kind === "follow")
      this.#wish = { kind: "rehearse", id: "only" };
    return this.#start;
  }

  async #emptyTarget(signal: AbortSignal): Promise<void> {
    const { source, target } = this.#options;
    const server = { target: { ...target, database: "postgres" }, name: target.database, signal };
    await dropTargetDatabase(server);
    await createTargetDatabase({ ...server, source });
  }

  #follow(start: FollowStart, signal: AbortSignal): Promise<FollowResult> {
    const { source, target } = this.#options;
    const last = start.tables.reduce((lsn: Lsn, table) => maxLsn(lsn, parseLsn(table.lsn)), 0n);
    return followDatabase({
      ...{ source, target, start, signal },
      onDivergence: "continue",
      walLimitBytes: null,
      wish: () => this.#wish,
      report: (event) => {
        if (event.type === "follow-progress" && event.figures.appliedLsn >= last) this.#mayLook = true;
        this.#hear(event);
      },
    });
  }

  #hear(event: EngineEvent | FollowEvent): void {
    switch (event.type) {
      case "diverged":
        this.#complain(`diverged: ${JSON.stringify(event.divergence)}`);
        break;
      case "object-failed":
        this.#complainOf(event.failure);
        break;
      case "table-stopped": {
        const { schema, name } = event.table;
        this.#exempt.add(onlineTableOf(event.table));
        this.#say(`${displayName(schema, name)} stopped: ${event.stop}`);
        break;
      }
      case "note":
        this.#say(event.message);
        break;
      case "rehearsed":
        this.#say(`rehearsed in ${event.cutover.ms} ms`);
        break;
      default:
        if (event.type.startsWith("cutover") || event.type === "caught-up") this.#say(event.type);
    }
  }

  #complainOf({ object, code, message }: ObjectFailure): void {
    this.#complain(`${object}: ${code}: ${message}`);
  }

  #complain(message: string): void {
    this.#complaints.push(message);
    this.#say(message);
  }

  #say(message: string): void {
    this.log.push(`${new Date().toISOString()} ${message}`);
  }
}
