import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf } from "@/lib/store/testing/test-store";
import { leftOnServer } from "./faults";
import { DATABASE, directly, type Rig } from "./rig";

const END_TIMEOUT_MS = 120_000;
/** Pools and caches fill with the first migrations; what grows after them grows for ever. */
const WARM_UP = 3;

export interface LeakReport {
  migrations: number;
  /** After the warm-up and at the end, in bytes, each after a garbage collection. */
  heapBytes: [number, number];
  rssBytes: [number, number];
  descriptors: [number, number];
  sessions: [number, number];
  /** Everything that should not be; empty when nothing leaks. */
  leaks: string[];
}

interface Usage {
  heapBytes: number;
  rssBytes: number;
  descriptors: number;
  sessions: number;
}

/**
 * Bounds of what may grow after the warm-up; a migration that kept one buffer of 256 KB would pass the heap's within 50. The
 * resident size is only bounded coarsely: V8 and malloc keep for later what they once had, with a flat heap it still moves.
 */
const GROWTH = { heapBytes: 8 * 2 ** 20, rssBytes: 160 * 2 ** 20, descriptors: 5, sessions: 0 } as const;

/** Runs that many migrations through the worker of this process, one after another, and looks at what stays behind. */
export async function findLeaks(rig: Rig, migrations: number): Promise<LeakReport> {
  let early: Usage | null = null;
  for (let index = 0; index < migrations; index++) {
    await migrate(rig, index);
    if (index === Math.min(WARM_UP, migrations - 1) - 1) early = await measure(rig);
  }
  const late = await measure(rig);
  early ??= late;
  const leaks = [
    ...(await leftOnServer("source", rig.source)),
    ...(await leftOnServer("target", rig.target)),
    ...rig.workers.leftFiles().map((name) => `temporary file: ${name}`),
  ];
  for (const [name, bound] of Object.entries(GROWTH) as [keyof Usage, number][]) {
    if (late[name] - early[name] > bound) leaks.push(`${name}: ${early[name]} grew to ${late[name]}`);
  }
  return {
    migrations,
    heapBytes: [early.heapBytes, late.heapBytes],
    rssBytes: [early.rssBytes, late.rssBytes],
    descriptors: [early.descriptors, late.descriptors],
    sessions: [early.sessions, late.sessions],
    leaks,
  };
}

async function migrate(rig: Rig, index: number): Promise<void> {
  const { proxy, server } = rig.source;
  const source = { ...server, host: proxy.host, port: proxy.port };
  const body = bodyOf(source, rig.target.server, { dbsToMigrate: [DATABASE], overwriteDbsInTarget: "True" });
  const name = `leak-${Date.now()}-${index}`;
  const { id } = await createMigration({ server: rig.registered, name, body, actor: "leaks" });
  const until = performance.now() + END_TIMEOUT_MS;
  for (;;) {
    const row = await store().migration.findUniqueOrThrow({ where: { id } });
    if (row.state === "Succeeded") break;
    if (row.substate === "Completed" || performance.now() > until) {
      throw new Error(`Migration ${index}: ${row.state}/${row.substate}: ${row.error}`);
    }
    await sleep(50);
  }
  await runSql(directly(rig.target, "postgres"), `drop database if exists ${DATABASE} with (force)`);
}

async function measure(rig: Rig): Promise<Usage> {
  // Sockets that were just closed, and the queue's next look, settle within a moment.
  await sleep(1_500);
  collectGarbage();
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    rssBytes: rss,
    descriptors: countDescriptors(),
    sessions: (await countSessions(rig, "source")) + (await countSessions(rig, "target")),
  };
}

/** Node hides it unless told otherwise at its start; here it is told later. */
const collectGarbage: () => void = (() => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

/** Open files and sockets of this process, where the system tells. */
function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

async function countSessions(rig: Rig, side: "source" | "target"): Promise<number> {
  const rows = await queryRows(
    directly(rig[side], "postgres"),
    "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  return rows.length;
}
