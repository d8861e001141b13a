/** The process in which Howdah catches up, or keeps up, with a source: one slot, one target database. */
import { Applier } from "@/lib/engine/cdc/apply/applier";
import { ChangePump } from "@/lib/engine/cdc/change-pump";
import { ChangeStream } from "@/lib/engine/cdc/change-stream";
import { Throttle } from "@/lib/engine/throttle";
import { NO_LSN, parseLsn } from "@/lib/postgres/lsn";
import { serveParent } from "./child";
import type { FollowCost, FollowOrder } from "./online-lanes";

const MEMORY_EVERY_MS = 50;
const LATENCY_EVERY_MS = 100;
const MIB = 1024 * 1024;

/** Time, CPU and memory of this process from when it is made. */
class Meter implements Disposable {
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #rssBefore = process.memoryUsage.rss();
  #rss = this.#rssBefore;
  readonly #timer = setInterval(() => {
    this.#rss = Math.max(this.#rss, process.memoryUsage.rss());
  }, MEMORY_EVERY_MS);

  get cost(): Omit<FollowCost, "appliedChanges" | "latenciesMs"> {
    const { user, system } = process.cpuUsage(this.#cpu);
    const ms = performance.now() - this.#startedAt;
    const memory = { rssMib: this.#rss / MIB, rssBeforeMib: this.#rssBefore / MIB };
    return { ms, cpuSeconds: (user + system) / 1e6, ...memory };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

async function openApplier(order: FollowOrder, signal: AbortSignal): Promise<Applier> {
  return await Applier.open({
    target: order.target,
    name: order.slot,
    startLsn: parseLsn(order.startLsn),
    tableLsn: () => NO_LSN,
    valueEncoding: "utf8",
    onDivergence: "stop",
    onDiverged: () => undefined,
    onTableStopped: (table, stop) => {
      throw new Error(`changes of ${table.name} are not applied: ${stop}`);
    },
    signal,
  });
}

/** Milliseconds since the last transaction applied was committed on the source: what is shown to people is never larger. */
function latencyOf({ position: { committedAtMs } }: Applier): number {
  return committedAtMs === null ? 0 : Date.now() - committedAtMs;
}

async function follow(order: FollowOrder): Promise<FollowCost> {
  const { source: settings, slot, plugin } = order;
  const end = parseLsn(order.endLsn);
  const signal = new AbortController().signal;
  using meter = new Meter();
  const opening = openApplier(order, signal);
  const start = { startLsn: opening.then(({ progressLsn }) => progressLsn), publications: ["bench"] };
  await using stream = await ChangeStream.open({ settings, slot, plugin, ...start, signal });
  await using applier = await opening;
  const latenciesMs: number[] = [];
  const latency = setInterval(() => latenciesMs.push(latencyOf(applier)), LATENCY_EVERY_MS);
  // Of a source that is written to all the while the parent tells when it was enough.
  let isOver = end > NO_LSN;
  process.once("message", () => {
    isOver = true;
    clearInterval(latency);
  });
  try {
    using throttle = new Throttle();
    const pump = new ChangePump({ stream, applier, throttle, signal });
    await pump.run(() => isOver && (end === NO_LSN || pump.reachedLsn >= end));
    await pump.settle();
    return { ...meter.cost, appliedChanges: applier.counters.appliedChanges, latenciesMs };
  } finally {
    clearInterval(latency);
  }
}

serveParent(follow);
