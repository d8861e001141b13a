import { expect, it } from "vitest";
import { FragileServers } from "@/lib/engine/testing/online/fragile-servers";
import { startWorkerRig } from "./chaos/online-rounds";
import { runWorkerRound } from "./chaos/online-worker-round";

/** One of the rounds of `npm run chaos -- --online --driver worker`, a short one; the seed lets its fault come while changes are followed. */
it("a worker process killed while it follows is replaced: every look at the target is a prefix of the source", async () => {
  await using servers = new FragileServers();
  await using rig = await startWorkerRig();
  const result = await runWorkerRound(servers, rig, {
    ...{ seed: 13, major: 15, plugin: "test_decoding", faults: ["interrupt"], breaks: ["kill"] },
    ...{ fewest: 1, most: 1, writeMs: 3_000, fewestStates: 5, writers: 3, bulkRows: 300, pauseMs: 5 },
  });
  const log = result.log.join("\n");
  expect(result.faults, log).toEqual([]);
  expect(result.done, "a fault that came too late proves nothing").toEqual([
    expect.stringContaining("worker killed"),
  ]);
  expect(log).toContain("worker-took-over");
  // The first is of when the rows had just been copied: it was killed after that one.
  expect(result.states).toBeGreaterThan(3);
}, 120_000);
