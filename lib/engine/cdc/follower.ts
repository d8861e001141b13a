import type pg from "pg";
import { readBackendState } from "@/lib/postgres/backend-state";
import { type Lsn, maxLsn, NO_LSN, parseLsn } from "@/lib/postgres/lsn";
import type { ReplicationSession } from "@/lib/postgres/replication/replication-session";
import { displayName } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import type { ObjectFailure, TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import { Throttle } from "../throttle";
import { lookForAltered } from "./altered-tables";
import { Applier } from "./apply/applier";
import { startLsnOf } from "./begin-progress";
import { hasProgress, keepSourceHistory, readSourceHistory } from "./capture-state";
import { ChangePump } from "./change-pump";
import type { ChangeStream } from "./change-stream";
import { type CutoverOptions, cutOver, reportOfEarlier } from "./cut-over";
import { dropSourceCapture, dropTargetCapture } from "./drop-capture";
import { readValueEncoding } from "./encodings";
import { FollowMonitor } from "./follow-monitor";
import type { CutoverReport, FollowDatabaseOptions, FollowEvent, FollowResult } from "./follow-options";
import { addLateKeys } from "./late-foreign-keys";
import { openStream } from "./open-stream";
import { inOwnSession } from "./own-session";
import { unpublish } from "./publication";
import { listRewritten } from "./rewritten-tables";
import { assertNotBehind, slotLost } from "./slot-lost";
import { isStandby, slotHealth } from "./slots";
import { assertSourceHolds, type SourceHistory } from "./source-history";
import { SourceWatch } from "./source-watch";
import { TableStops } from "./table-stops";

/** Milliseconds of silence after which the stream's connection is looked into: going on is to take 15 s at most. */
const DEAD_AFTER_MS = 5_000;

/** What may come of changes that are applied to the rows of another table. */
const DIVERGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["CHANGE_DIVERGED", "CHANGE_REFUSED"]);

/** What follows while it is open. */
interface Running {
  stream: ChangeStream;
  applier: Applier;
  pump: ChangePump;
  monitor: FollowMonitor;
  monitoring: Promise<void>;
}

/** One run of following a database; its owner ends it when it is stopped. */
export class Follower implements AsyncDisposable {
  readonly #options: FollowDatabaseOptions;
  readonly #stop: (error: unknown) => void;
  readonly #throttle: Throttle;
  readonly #watch: SourceWatch;
  readonly #failures: ObjectFailure[] = [];
  readonly #positions: ReadonlyMap<string, Lsn>;
  /** The position at which all tables agree. */
  readonly #agreedLsn: Lsn;
  readonly #stops: TableStops;
  /** What the slot was told that it may forget, as of the beginning. */
  #confirmedLsn: Lsn | null = null;
  /** Of the source, when what is on the target was written. */
  #history: SourceHistory | null = null;
  #running: Running | null = null;
  #lateKeys: "waiting" | "running" | "done";
  #addingKeys: Promise<void> | null = null;
  /** What is to be done while nothing is applied. */
  #errand: (() => Promise<void>) | null = null;
  readonly #rehearsed = new Set<string>();
  #wasCaughtUp = false;
  /** Told once it is sure that a divergence is one. */
  #held: FollowEvent[] = [];

  /** `stop` aborts the options' signal, for all that is under way. */
  constructor(options: FollowDatabaseOptions, stop: (error: unknown) => void) {
    const { start, limits, source, signal } = options;
    this.#options = options;
    this.#stop = stop;
    this.#throttle = new Throttle(limits);
    this.#watch = new SourceWatch(source, start.capture.name, signal);
    this.#stops = new TableStops(options, (failure) => this.#failures.push(failure));
    this.#positions = new Map(start.tables.map((table) => [tableKey(table), parseLsn(table.lsn)]));
    const positions = [...this.#positions.values()];
    this.#agreedLsn = positions.reduce(maxLsn, NO_LSN);
    this.#lateKeys = start.foreignKeys.length > 0 ? "waiting" : "done";
  }

  async run(): Promise<FollowResult> {
    const { report, signal } = this.#options;
    const ended = await this.#readState();
    if (ended) return ended;
    for (;;) {
      try {
        return await this.#follow();
      } catch (error) {
        signal.throwIfAborted();
        // A look that fails throws: called again it comes to the same divergence, if it is one.
        if (!(await this.#isOfAltered(error))) {
          for (const event of this.#held) report(event);
          throw error;
        }
      }
      this.#held = [];
      await this.#close();
    }
  }

  async #follow(): Promise<FollowResult> {
    const { wish, report, signal } = this.#options;
    const { pump } = await this.#open();
    for (;;) {
      await this.#pumpUntil(pump, () => wish().kind === "cutover" || this.#rehearsal() !== null);
      signal.throwIfAborted();
      const id = this.#rehearsal();
      if (id === null) return await this.#finish(await this.#cutOver(false));
      this.#rehearsed.add(id);
      report({ type: "rehearsed", id, cutover: await this.#cutOver(true) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#addingKeys?.catch(() => undefined);
    await this.#watch[Symbol.asyncDispose]();
    this.#throttle[Symbol.dispose]();
  }

  /**
   * What is on the two servers. The target's progress is made before a move ends and is the first to go when a cutover has
   * done all else, so that without it, and with the wish to cut over, only the rest of the clean-up is left.
   */
  async #readState(): Promise<FollowResult | null> {
    const { start, wish, target, signal } = this.#options;
    const { name } = start.capture;
    const [slot, isKnown] = await Promise.all([
      this.#watch.use((client) => slotHealth(client, name)),
      inOwnSession(target, "howdah follow", signal, async (client) => {
        await this.#stops.load(client);
        this.#history = (await readSourceHistory(client, name)) ?? start.capture.history ?? null;
        return await hasProgress(client, name);
      }),
    ]);
    this.#confirmedLsn = slot?.confirmedLsn ?? null;
    if (isKnown && slot && !slot.isLost) return null;
    if (isKnown) throw slotLost(name, slot);
    if (wish().kind === "cutover") {
      const stopped = () => this.#stops.all;
      return await this.#finish(await reportOfEarlier({ start, target, stopped, signal }, this.#watch, slot));
    }
    const message =
      "The target does not know any more what was applied to it: the database has to be copied anew.";
    throw new CodedError("CHECKPOINT_UNUSABLE", message, { subject: name });
  }

  async #open(): Promise<Running> {
    const { source, start, walLimitBytes, signal } = this.#options;
    const { name: slot, plugin, publications } = start.capture;
    const opening = this.#openApplier(await this.#watch.use(readValueEncoding));
    const startLsn = opening.then(({ progressLsn }) => progressLsn);
    // Whoever waits for it gets the error; until then it must not count as unhandled.
    startLsn.catch(() => undefined);
    try {
      const stream = await openStream({
        ...{ settings: source, slot, plugin, publications, deadAfterMs: DEAD_AFTER_MS, startLsn, signal },
        applicationName: "howdah follow",
        isDead: (processId) => this.#isReaderGone(processId),
        beforeStart: (session, lsn) => this.#checkSource(session, lsn),
      });
      const applier = await opening;
      const pump = new ChangePump({ stream, applier, throttle: this.#throttle, signal });
      const isComplete = () => this.#lateKeys === "done";
      const watching = {
        ...{ source, target: this.#options.target, start, walLimitBytes },
        report: (event: FollowEvent) => this.#tell(event),
        onReplaced: (tables: readonly TableName[]) => this.#stopReplaced(tables),
        onRefused: (tables: readonly TableName[]) => this.#withdraw(tables),
        watch: this.#watch,
        signal,
      };
      const monitor = new FollowMonitor({ ...watching, stream, applier, pump, isComplete });
      const monitoring = monitor.run().catch((error: unknown) => this.#stop(error));
      this.#running = { stream, applier, pump, monitor, monitoring };
      return this.#running;
    } catch (error) {
      const applier = await opening.catch(() => null);
      await applier?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Another history than before is kept before anything of it is applied. */
  async #checkSource(session: ReplicationSession, lsn: Lsn): Promise<void> {
    const { start, target, signal } = this.#options;
    const { name: slot } = start.capture;
    if (start.tables.length > 0) assertNotBehind(slot, this.#confirmedLsn, lsn);
    const known = this.#history;
    const asking = { session, slot, known, lsn, isStandby: () => this.#watch.use(isStandby) };
    const now = await assertSourceHolds(asking);
    if (known?.timeline === now.timeline && known.systemId === now.systemId) return;
    await inOwnSession(target, "howdah follow", signal, (client) => keepSourceHistory(client, slot, now));
    this.#history = now;
  }

  async #openApplier(valueEncoding: "utf8" | "latin1"): Promise<Applier> {
    const { target, start, onDivergence, report, signal } = this.#options;
    return await Applier.open({
      ...{ target, name: start.capture.name, onDivergence, valueEncoding, signal },
      startLsn: startLsnOf(start),
      tableLsn: (table) => (this.#stops.has(table) ? null : (this.#positions.get(tableKey(table)) ?? null)),
      onDiverged: (divergence, failure) => {
        const event: FollowEvent = { type: "diverged", divergence, failure };
        if (onDivergence === "stop") this.#held.push(event);
        else report(event);
      },
      onTableStopped: (table, stop, failure) => this.#stops.add(table, stop, failure),
      onNote: (message, data) => report({ type: "note", message, ...(data ? { data } : {}) }),
    });
  }

  /** A following that begins again has been caught up with already. */
  #tell(event: FollowEvent): void {
    if (event.type === "caught-up" && this.#wasCaughtUp) return;
    this.#wasCaughtUp ||= event.type === "caught-up";
    this.#options.report(event);
  }

  /**
   * A change of a table that was altered on the source may not fit what the target has: that stops the table, not the others. True
   * when it is stopped now.
   */
  async #isOfAltered(error: unknown): Promise<boolean> {
    if (!(error instanceof CodedError) || !DIVERGED.has(error.code)) return false;
    const { source, target, start, stopsRefused = true, signal } = this.#options;
    const before = this.#stops.all.length;
    const isSubject = ({ schema, name }: TableName) => displayName(schema, name) === error.subject;
    const altered = await lookForAltered({ source, target, signal }, start);
    const subject = start.tables.filter(isSubject);
    const rewritten = await this.#watch.use((client) => listRewritten(client, subject));
    await this.#stopReplaced([...altered.filter(({ reason }) => reason === "replaced"), ...rewritten]);
    if (stopsRefused || error.code !== "CHANGE_REFUSED")
      await this.#stops.addFound(altered.filter(isSubject), "refused", (table) => this.#leaveOut(table));
    // Or the monitor has found it at the same time.
    const isKnown = this.#stops.all.some(({ table }) => isSubject(table));
    return this.#stops.all.length > before || isKnown;
  }

  async #stopReplaced(tables: readonly TableName[]): Promise<void> {
    await this.#stops.addFound(tables, "replaced", (table) => this.#leaveOut(table));
  }

  #leaveOut(table: TableName): void {
    this.#running?.applier.leaveOut(table);
  }

  /** They are stopped before they leave the publication: from then on the stream has a gap. */
  async #withdraw(tables: readonly TableName[]): Promise<void> {
    if (tables.length === 0) return;
    await this.#stops.addFound(tables, "no-identity", (table) => this.#leaveOut(table));
    const { source, start, signal } = this.#options;
    const leave = (client: pg.Client) => unpublish(client, start.capture.publications, tables);
    // One that is locked, or a source that is away, is tried again at the next look.
    await inOwnSession(source, "howdah follow", signal, leave).catch(() => signal.throwIfAborted());
  }

  /**
   * True when our reader on the source is not there, or waits for us, who hear nothing of it. Asked over a session of its own:
   * one that is open already may have died the same way.
   */
  async #isReaderGone(processId: number): Promise<boolean> {
    const { source, signal } = this.#options;
    return (await readBackendState(source, processId, signal)) !== "busy";
  }

  async #close(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (!running) return;
    running.monitor.stop();
    // What it asks of a source that does not answer would be waited for.
    await this.#watch[Symbol.asyncDispose]();
    await running.monitoring;
    await running.stream.end();
    await running.applier[Symbol.asyncDispose]();
  }

  #rehearsal(): string | null {
    const wish = this.#options.wish();
    return wish.kind === "rehearse" && !this.#rehearsed.has(wish.id) ? wish.id : null;
  }

  /** Applies what comes until `isDone`, and does meanwhile what needs the stream to have come so far. */
  async #pumpUntil(pump: ChangePump, isDone: () => boolean): Promise<void> {
    const areKeysDue = () => this.#lateKeys === "waiting" && pump.reachedLsn >= this.#agreedLsn;
    while (!isDone()) {
      await pump.run(() => isDone() || this.#errand !== null || areKeysDue());
      if (areKeysDue()) this.#startLateKeys();
      const errand = this.#errand;
      if (!errand) continue;
      if (await pump.commit()) {
        this.#errand = null;
        await errand();
      } else {
        // Of a transaction only a part has come. Asking again without taking more would ask for ever, and nothing else would run.
        await pump.more();
      }
    }
  }

  #startLateKeys(): void {
    const { target, start, signal } = this.#options;
    this.#lateKeys = "running";
    const paused = async (work: () => Promise<void>) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      this.#errand = () => work().then(resolve, reject);
      await promise.finally(() => signal.removeEventListener("abort", abort));
    };
    const onFailures = (failures: readonly ObjectFailure[]) => this.#fail(failures);
    this.#addingKeys = addLateKeys({ target, keys: start.foreignKeys, paused, onFailures, signal }).then(
      () => {
        this.#lateKeys = "done";
      },
      (error: unknown) => this.#stop(error),
    );
  }

  async #cutOver(isRehearsal: boolean): Promise<CutoverReport> {
    const running = this.#running;
    if (!running) throw new Error("nothing is followed");
    const { pump, applier } = running;
    const { source, target, start, report, signal } = this.#options;
    const options: CutoverOptions = {
      ...{ source, target, start, report, signal, isRehearsal, pump, applier, throttle: this.#throttle },
      stopped: () => this.#stops.all,
      stopReplaced: (tables) => this.#stopReplaced(tables),
      finishLateKeys: () => this.#pumpUntil(pump, () => this.#lateKeys === "done"),
      onFailures: (failures) => this.#fail(failures, isRehearsal),
    };
    return await cutOver(options);
  }

  /** The target's progress goes first: from then on a repetition knows that all else is done. */
  async #finish(cutover: CutoverReport): Promise<FollowResult> {
    const { source, target, start, report, signal } = this.#options;
    const { name } = start.capture;
    const began = performance.now();
    await this.#close();
    await dropTargetCapture(target, name, signal);
    await dropSourceCapture(source, name, signal);
    const ms = Math.round(performance.now() - began);
    report({ type: "cutover-step", step: "clean-up", ms });
    const steps = [...cutover.steps, { step: "clean-up" as const, ms }];
    return { cutover: { ...cutover, ms: cutover.ms + ms, steps }, failures: this.#failures };
  }

  #fail(failures: readonly ObjectFailure[], isRehearsal = false): void {
    for (const failure of failures) {
      if (!isRehearsal) this.#failures.push(failure);
      this.#options.report({ type: "object-failed", failure });
    }
  }
}
