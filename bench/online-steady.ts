import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { connect } from "@/lib/postgres/connect";
import { runInChild } from "./child";
import {
  createDatabase,
  dropSlot,
  type FollowCost,
  type FollowOrder,
  makePlace,
  orderOf,
  type Servers,
} from "./online-lanes";
import { ONLINE_WORKLOADS } from "./online-workloads";
import { median } from "./summary";

/** Until the process has connected and has caught up with what was written meanwhile. */
const WARM_UP_MS = 3_000;
/** Latencies come every 100 ms. */
const WARM_UP_SAMPLES = WARM_UP_MS / 100;

export interface SteadyLoad {
  /** Transactions per second. */
  rate: number;
  seconds: number;
}

/** Transactions of pgbench's kind at a constant rate: how far behind the target is while they are written. */
export async function runSteady(servers: Servers, { rate, seconds }: SteadyLoad): Promise<void> {
  console.log(`\nsteady: ${rate} transactions/s of pgbench's kind for ${seconds} s`);
  const [workload] = ONLINE_WORKLOADS;
  if (!workload) throw new Error("there is no workload");
  const from = settingsOf(servers.source, "online_steady");
  await createDatabase(from, workload.setup);
  const client = await connect(from);
  try {
    await client.query("create publication bench for all tables");
    for (const plugin of ["test_decoding", "pgoutput"] as const) {
      const place = await makePlace(servers, from, `howdah_bench_steady_${plugin}`, workload.setup);
      const order = await orderOf(place, plugin, client);
      let written = { transactions: 0, ms: 0 };
      const load = async (child: ChildProcess) => {
        await sleep(WARM_UP_MS);
        const begin = performance.now();
        await workload.write(client, rate * seconds, rate);
        written = { transactions: rate * seconds, ms: performance.now() - begin };
        child.send({ stop: true });
      };
      let loading: Promise<void> = Promise.resolve();
      const cost = await runInChild<FollowOrder, FollowCost>("online-child", order, (child) => {
        loading = load(child);
      });
      await loading;
      report(plugin, cost, written);
      await dropSlot(client, order.slot);
    }
  } finally {
    await client.end();
  }
}

function report(
  plugin: string,
  { latenciesMs, cpuSeconds }: FollowCost,
  written: { transactions: number; ms: number },
): void {
  // Before the first transaction there is none to be late.
  const samples = latenciesMs.slice(WARM_UP_SAMPLES).filter((ms) => ms > 0);
  const rate = Math.round(written.transactions / (written.ms / 1000));
  const late = samples.filter((ms) => ms >= 1_000).length;
  console.log(
    `  Howdah, ${plugin.padEnd(16)} ${rate} transactions/s written; latency median ${median(samples).toFixed(0)} ms, ` +
      `worst ${Math.max(...samples).toFixed(0)} ms, ${late} of ${samples.length} samples of 1 s or more; CPU ${cpuSeconds.toFixed(1)} s`,
  );
}
