import { expect, test } from "vitest";
import { settingsOf } from "../settings-of";
import { FragileServers } from "./fragile-servers";
import { NativeFollower } from "./native-follower";
import { subscribe } from "./native-subscription";
import { ONLINE_FAULTS } from "./online-faults";
import { runOnlineRound } from "./online-round";
import { createOnlineSource } from "./online-source";

/** Rounds are tried on PostgreSQL's own logical replication, which stands every fault: what fails here is the round's own. */
test("an exact follower passes a round in which servers crash and connections end", async () => {
  await using servers = new FragileServers();
  const [source, target] = [await servers.source(15), await servers.target()];
  const here = await createOnlineSource(source.server, "app");
  const { host, port } = source.proxy;
  await using native = await subscribe({ ...here, host, port }, target.server, "app");
  const stage = { source, target, resets: [], interrupt: () => follower.interrupt() };
  const follower = new NativeFollower(here, native);
  const result = await runOnlineRound(
    {
      source: () => settingsOf(source.server, "app"),
      target: () => settingsOf(target.server, "app"),
      stage,
      follower,
    },
    {
      seed: Number(process.env["SEED"] ?? 3),
      faults: process.env["FAULTS"]?.split(",") ?? Object.keys(ONLINE_FAULTS),
      fewest: 4,
      most: 4,
      writeMs: 6_000,
      writers: 3,
      bulkRows: 500,
      pauseMs: 5,
    },
  );
  console.log(result);
  expect(result.faults).toEqual([]);
  expect(result.states).toBeGreaterThan(10);
}, 120_000);
