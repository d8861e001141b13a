import { expect, it } from "vitest";
import { startWorker } from "@/lib/worker/start-worker";
import { findLeaks } from "./chaos/leaks";
import { startRig } from "./chaos/rig";
import { runRound } from "./chaos/round";
import { TINY } from "./chaos/source-database";

// One rig for both: servers and their sample cost more than what is done with them.
it("killed, cut and restarted on its way, a database arrives whole; then nothing is left over", async () => {
  await using rig = await startRig(TINY);
  const common = { atMost: 1, withinMs: 2_000, megabytesPerSecond: [1] };
  for (const [seed, fault] of [
    [1, "kill-worker"],
    [2, "restart-server"],
    [3, "cut"],
  ] as const) {
    const result = await runRound(rig, seed, { ...common, faults: [fault] });
    expect([result.state, result.faults], result.log.join("\n")).toEqual(["Succeeded", []]);
    expect(result.done, "a fault that came too late proves nothing").toHaveLength(1);
  }
  await Promise.all(rig.workers.running.map((worker) => rig.workers.end(worker, "SIGTERM")));
  const worker = await startWorker({ databaseUrl: rig.store.url, name: "leaks" });
  try {
    expect((await findLeaks(rig, 5)).leaks).toEqual([]);
  } finally {
    await worker.stop();
  }
}, 300_000);
