import { afterAll, beforeAll, expect, test } from "vitest";
import { settingsOf } from "../settings-of";
import { runEngineRound } from "./engine-round";
import { FragileServers } from "./fragile-servers";
import { NativeFollower } from "./native-follower";
import { subscribe } from "./native-subscription";
import { runOnlineRound } from "./online-round";
import { createOnlineSource } from "./online-source";

/** A few of the rounds of `npm run chaos -- --online`, short ones. */
const SHORT = { fewest: 2, most: 2, writeMs: 3_000, fewestStates: 5, writers: 3, bulkRows: 300, pauseMs: 5 };

let servers: FragileServers;

beforeAll(() => {
  servers = new FragileServers();
});

afterAll(() => servers?.[Symbol.asyncDispose]());

/** What fails here is the round's own: PostgreSQL's own replication stands every fault. */
test("a round on PostgreSQL's own logical replication, with crashes and a network that is cut", async () => {
  const [source, target] = [await servers.source(12), await servers.target()];
  const here = await createOnlineSource(source.server, "native");
  const { host, port } = source.proxy;
  await using native = await subscribe({ ...here, host, port }, target.server, "native");
  const stage = { source, target, resets: [], interrupt: () => follower.interrupt() };
  const follower = new NativeFollower(here, native);
  const result = await runOnlineRound(
    {
      source: () => settingsOf(source.server, "native"),
      target: () => settingsOf(target.server, "native"),
      stage,
      follower,
    },
    { ...SHORT, seed: 5, faults: ["restart-server", "cut", "interrupt"] },
  );
  expect(result.faults).toEqual([]);
  expect(result.states).toBeGreaterThan(3);
});

test.each([
  { seed: 1, major: 12, plugin: "test_decoding", faults: ["interrupt", "cut"] },
  { seed: 2, major: 18, plugin: "pgoutput", faults: ["restart-server", "end-sender"], changesSchema: true },
] as const)(
  "a database of $major followed by $plugin while there is $faults",
  async ({ faults, ...which }) => {
    const result = await runEngineRound(servers, { ...SHORT, ...which, faults });
    expect(result.faults, result.log.join("\n")).toEqual([]);
    expect(result.done.length, "a fault that came too late proves nothing").toBeGreaterThan(0);
    expect(result.states).toBeGreaterThan(3);
  },
);
