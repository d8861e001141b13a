import { type EngineRoundResult, runEngineRound } from "@/lib/engine/testing/online/engine-round";
import { FragileServers } from "@/lib/engine/testing/online/fragile-servers";
import type { OnlineRoundOptions } from "@/lib/engine/testing/online/online-round";
import { Chance } from "@/lib/engine/testing/random/chance";
import { startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { runWorkerRound } from "./online-worker-round";
import { WorkerPool } from "./worker-pool";

/** Where a round runs: the engine in this process, or worker processes that run it. */
export const DRIVERS = ["engine", "worker"] as const;
export type Driver = (typeof DRIVERS)[number];

export interface OnlineChaosOptions {
  rounds: number;
  seed: number;
  faults: readonly string[];
  drivers: readonly Driver[];
  report: (seed: number, result: EngineRoundResult | Error) => void;
}

/** A store with its workers, for the rounds of workers. */
export interface WorkerRig extends AsyncDisposable {
  store: TestStore;
  workers: WorkerPool;
}

/** Runs online rounds one after another; resolves to how many failed. */
export async function runOnlineRounds(options: OnlineChaosOptions): Promise<number> {
  const { rounds, seed, drivers, report } = options;
  await using servers = new FragileServers();
  await using rig = drivers.includes("worker") ? await startWorkerRig() : null;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      await rig?.[Symbol.asyncDispose]();
      await servers[Symbol.asyncDispose]();
      process.exit(130);
    });
  }
  let failed = 0;
  for (let at = seed; at < seed + rounds; at++) {
    const result = await runOne(servers, rig, at, options).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    if (result instanceof Error || result.faults.length > 0) failed++;
    report(at, result);
  }
  return failed;
}

function runOne(
  servers: FragileServers,
  rig: WorkerRig | null,
  seed: number,
  { drivers, faults }: OnlineChaosOptions,
): Promise<EngineRoundResult> {
  const chance = new Chance(seed + 700_000);
  const isLarge = chance.percent(10);
  const round: OnlineRoundOptions = {
    seed,
    faults,
    fewest: 1,
    most: 4,
    writeMs: chance.between(4_000, 9_000),
    fewestStates: 5,
    writers: chance.between(2, 4),
    bulkRows: isLarge ? 50_000 : chance.pick([50, 500, 3_000]),
    pauseMs: chance.pick([0, 5, 20]),
    changesSchema: chance.percent(20),
  };
  return rig && chance.pick(drivers) === "worker"
    ? runWorkerRound(servers, rig, round)
    : runEngineRound(servers, round);
}

/** A store of its own, and a pool without workers yet. */
export async function startWorkerRig(): Promise<WorkerRig> {
  const testStore = await startTestStore();
  const workers = new WorkerPool(testStore.url);
  return {
    store: testStore,
    workers,
    async [Symbol.asyncDispose]() {
      await workers[Symbol.asyncDispose]();
      await testStore[Symbol.asyncDispose]();
    },
  };
}
