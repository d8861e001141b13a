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

/** Latency in milliseconds from then on, always of the last transaction applied: what is shown to people is never larger. */
function latencyOf(applier: Applier): number {
  const { committedAtMs } = applier.position;
  return committedAtMs === null ? 0 : Date.now() - committedAtMs;
}

async function follow(order: FollowOrder): Promise<FollowCost> {
  const { source, target, slot, plugin } = order;
  const end = parseLsn(order.endLsn);
  const signal = new AbortController().signal;
  const rssBefore = process.memoryUsage.rss();
  let rss = rssBefore;
  const memory = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, MEMORY_EVERY_MS);
  const latenciesMs: number[] = [];
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  await using applier = await Applier.open({
    target,
    name: slot,
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
  const startLsn = applier.progressLsn;
  const stream = await ChangeStream.open({
    ...{ settings: source, slot, plugin, publications: ["bench"], startLsn, signal },
  });
  const latency = setInterval(() => latenciesMs.push(latencyOf(applier)), LATENCY_EVERY_MS);
  let isOver = end > NO_LSN;
  // Of a source that is written to all the while the parent tells when it was enough.
  process.once("message", () => {
    isOver = true;
    clearInterval(latency);
  });
  try {
    using throttle = new Throttle();
    const pump = new ChangePump({ stream, applier, throttle, signal });
    await pump.run(() => isOver && (end === NO_LSN || pump.reachedLsn >= end));
    await pump.settle();
    const ms = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpuBefore);
    const { appliedChanges } = applier.counters;
    const memoryMib = { rssMib: rss / MIB, rssBeforeMib: rssBefore / MIB };
    return { ms, cpuSeconds: (user + system) / 1e6, ...memoryMib, appliedChanges, latenciesMs };
  } finally {
    clearInterval(memory);
    clearInterval(latency);
    await stream.end();
  }
}

serveParent(follow);
